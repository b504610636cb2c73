"""Risk: how risky is an intent, and which words and paths say so?"""

from typing import Literal

from shared.domain.document import Document

RiskLevel = Literal["Low", "Med", "High"]


class RiskFactor(Document):
    """One reason: the area it is about, its weight, and what was found there (inert, at most 200 characters)."""

    code: str
    weight: int
    evidence: str


class Risk(Document):
    """The level of an intent, the sum that it comes from (0 to 100), its reasons, and the policy that was followed."""

    level: RiskLevel
    score: int
    factors: tuple[RiskFactor, ...]
    policy_version: str
