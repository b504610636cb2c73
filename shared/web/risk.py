"""How a risk is shown, to whoever states an intent and to whoever decides about it."""

from shared.web.typed import Shown


class RiskFactorShown(Shown):
    """Something that makes an intent risky: its weight, and the words or the path that say so."""

    code: str
    weight: int
    evidence: str
