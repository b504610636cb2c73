"""How does what a person stated become Markdown that says the same and does nothing?

Every word of a user in a provisioned repository comes through here: secrets out, markup and references dead.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.domain.inert_markdown import inert_words, literal
from shared.domain.redaction import MARKER, redact
from shared.domain.text import language, normalise, sentences

_LONGEST = 20_000  # twice what an intent takes: nothing that was approved is cut
_TITLE = 80
_NOTHING = "–"
_LEADS = (":", "：")
_GAP = re.compile(r"\n[ \t]*\n")
_ITEM = re.compile(r"\s*(?:[-*+•・]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?(?=\S)")
_HEADING = re.compile(r"\s*#{1,6}\s+(?=\S)")
_LETTER = re.compile(r"[^\W_]")
_WORD = re.compile(r"[a-z0-9]+")
_SLUG_WORDS = 4
_SLUG = 40
_SHORTEST = 2
_WITHOUT_MEANING = re.compile(
    "an?|and|are|as|at|be|been|but|by|can|do|for|from|has|have|how|in|into|is|its?|may|must|my|of|on|or|our|shall|"
    "should|so|that|the|their|them|then|there|these|this|those|to|want|was|we|were|what|which|will|with|you|your|"
    "build|create|make|provide|set|up"
)


@dataclass(frozen=True)
class _Block:
    """A paragraph, or an item of a list, in one line as it was written."""

    text: str
    is_item: bool


def date(moment: datetime) -> str:
    """The day, in UTC."""
    return moment.astimezone(UTC).date().isoformat()


def told(words: str) -> str:
    """What is said, without its secrets and what can't be seen."""
    return redact(normalise(words)).text.strip()


def line(words: str, *, limit: int = _LONGEST) -> str:
    """The words in one line of at most `limit` characters, and what keeps them as they are in Markdown."""
    return literal(inert_words(words, limit=limit))


def markdown(words: str) -> str:
    """The text with its paragraphs and lists."""
    written, in_list = "", False
    for block in _blocks(words):
        text = line(block.text)
        if text:
            gap = "\n" if in_list and block.is_item else "\n\n"
            written += f"{gap if written else ''}{'- ' if block.is_item else ''}{text}"
            in_list = block.is_item
    return written


def statements(words: str) -> tuple[str, ...]:
    """What a text states, one by one and without the stops at their ends; an item after what leads to it."""
    found = (line(_unstopped(each)) for each in _statements(words))
    return tuple(dict.fromkeys(each for each in found if _LETTER.search(each))) or (line(words) or _NOTHING,)


def title(words: str) -> str:
    """The first thing that a text states, in about eighty characters."""
    first = next(iter(sentences(told(words))), told(words))
    return line(_unstopped(_HEADING.sub("", first)), limit=_TITLE) or _NOTHING


def slug(words: str, otherwise: str) -> str:
    """A few ASCII words of a text for a file's name, of `otherwise` where it has none or is Japanese."""
    said = "" if language(words) == "ja" else told(words).replace(MARKER, " ")
    for text in (said, otherwise):
        found = [word for word in _words(text) if len(word) >= _SHORTEST and not _WITHOUT_MEANING.fullmatch(word)]
        if found:
            return "-".join(found[:_SLUG_WORDS])[:_SLUG].strip("-")
    return "first-feature"


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower())


def _blocks(words: str) -> Iterator[_Block]:
    """The paragraphs, each in one line, and the items."""
    for paragraph in _GAP.split(told(words)):
        found: list[tuple[list[str], bool]] = [([], False)]
        for text in paragraph.split("\n"):
            item = _ITEM.match(text)
            if item:
                found.append(([text[item.end() :]], True))
            else:
                found[-1][0].append(_HEADING.sub("", text))
        yield from (_Block(" ".join(lines).strip(), is_item) for lines, is_item in found if any(lines))


def _statements(words: str) -> Iterator[str]:
    lead, is_told = "", True
    for block in _blocks(words):
        stated = sentences(block.text)
        if block.is_item:
            yield from (f"{lead} {each}".strip() for each in stated)
            is_told = True
            continue
        if not is_told:
            yield lead
        lead = stated[-1] if stated and stated[-1].endswith(_LEADS) else ""
        is_told = not lead
        yield from stated[:-1] if lead else stated
    if not is_told:
        yield lead


def _unstopped(sentence: str) -> str:
    return sentence.strip().rstrip(".。．")
