"""A card's words in one line, and the words that every export uses for the same thing."""

import re
from datetime import datetime

from shared.domain.text import clean, language, normalise, sentences

_LONGEST_OUTCOME = 600
_LONGEST_QUOTE = 240
WIDE_ENDS = ("。", "！", "？", "：")
_ENDS = (".", "!", "?", ":", "…", *WIDE_ENDS)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SPACE = re.compile(r"\s+")


def one_line(text: str) -> str:
    """What can be seen of the text, its blanks and line ends single spaces."""
    return _SPACE.sub(" ", normalise(text)).strip()


def ended(text: str) -> str:
    """The text with a full stop of its own language, unless it ends in a mark already."""
    if not text or text.endswith(_ENDS):
        return text
    return text + ("。" if language(text) == "ja" else ".")


def outcome(impact: str, description: str) -> str:
    """What came of the work: its impact where it has one, else the first sentence of its description."""
    told = one_line(impact) or one_line(next(iter(sentences(normalise(description))), ""))
    return ended(clean(told, limit=_LONGEST_OUTCOME))


def shortened(quote: str) -> str:
    """A quote that fits beside a highlight; an ellipsis says where it was cut."""
    return clean(one_line(quote), limit=_LONGEST_QUOTE)


def day(moment: datetime) -> str:
    """`18 Mar 2026`."""
    return f"{moment.day} {month(moment)}"


def month(moment: datetime) -> str:
    """`Mar 2026`."""
    return f"{_MONTHS[moment.month - 1]} {moment.year:04}"


def period(since: datetime, until: datetime) -> str:
    """`Mar 2026`, or `Mar 2026 – Jun 2026`."""
    first, last = month(since), month(until)
    return first if first == last else f"{first} – {last}"


def merges(count: int) -> str:
    """`1 merged pull request`, `2 merged pull requests`."""
    return f"{count} merged pull request" + ("" if count == 1 else "s")
