"""Which of a card's quotes stands beside its highlight, and how is it introduced?"""

from functions.assets.exports.portfolio import Achievement, Quote
from functions.assets.exports.words import one_line, shortened
from shared.domain.asset_card import Source

_PLACES: dict[Source, tuple[str, str]] = {
    "title": ("title", "says"),
    "body": ("description", "says"),
    "commit": ("commit message", "says"),
    "file": ("changes", "say"),
}
_ORDER: tuple[Source, ...] = ("body", "commit", "file", "title")


def said(achievement: Achievement) -> str:
    """`quoted from its description` where the highlight is such a quote, else `its title says “…”`; may be empty."""
    if achievement.proof is None:
        return ""
    quotes = sorted(achievement.proof.quotes, key=lambda quote: _ORDER.index(quote.source))
    statement = _bare(achievement.statement)
    verbatim = next((each for each in quotes if (bare := _bare(each.quote)) and bare in statement), None)
    if verbatim:
        return f"quoted from its {_PLACES[verbatim.source][0]}"
    first = next((each for each in quotes if _bare(each.quote)), None)
    return f"its {' '.join(_PLACES[first.source])} {quoted(first)}" if first else ""


def all_quotes(achievement: Achievement) -> str:
    """The first quotes in one line, for whoever points at the link."""
    quotes = achievement.proof.quotes if achievement.proof else ()
    distinct = dict.fromkeys(quoted(each) for each in quotes if _bare(each.quote))
    return " ".join(list(distinct)[:2])


def quoted(quote: Quote) -> str:
    """The quote between quotation marks, cut where it is long."""
    return f"“{shortened(quote.quote)}”"


def _bare(words: str) -> str:
    return one_line(words).casefold().strip(" .。!?")
