"""What the title of a pull request or the subject of a commit says once its wrapping is off.

The wrapping is everything that serves the tracker and not the reader: conventional prefixes
(https://www.conventionalcommits.org/en/v1.0.0/), tags in brackets, ticket and issue numbers, emoji.
"""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from functions.asset_generator.offline import verbs

_LONGEST = 500
_CONVENTIONAL = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,14}) ?(?:\(([^()]{0,60})\))?(!)?(?:[:：]\s*|$)")
_SCOPED = re.compile(r"([\w./@+-]{1,40}(?:, ?[\w./@+-]{1,40}){0,3}): +(?=\S)")
_TAG = re.compile(r"[\[【]([^\]】]{1,30})[\]】]\s*[:：-]?\s*")
_TICKET = re.compile(r"\(?([A-Z][A-Z0-9]{1,9})-\d{1,7}\)?(?:\s*[:：|]\s*|\s+[-–]\s+|$)")
_NUMBER = re.compile(
    r"(?:(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|refs?|gh)[ -]?)?#\d{1,9}\s*[:：,.–-]?\s*", re.IGNORECASE
)
_GITMOJI = re.compile(r":[a-z0-9_+-]{2,40}:\s*")
_NUMBERS_AT_END = re.compile(
    r"\s*[(（\[]?\s*"
    r"(?:(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|refs?|see|reported in|as in|for|from|in|of|via|after)[:\s]+)?"
    r"(?:(?:issues?|bugs?|prs?|tickets?)\s*)?(?:[\w./-]{0,60}#\d{1,9}|https?://[^\s)）\]]{1,300})[\s,.)）\]]*$",
    re.IGNORECASE,
)
_TAG_AT_END = re.compile(r"\s*\[[A-Z][A-Z -]{1,20}\]\s*$")
_STYLE = re.compile(r"\x1b\[[0-9;?]{0,20}[A-Za-z]|\x1b\][^\x07\x1b]{0,500}(?:\x07|\x1b\\)?|\[\d{1,3}(?:;\d{1,3}){0,5}m")
_CODE = re.compile(r"`([^`\s]{1,60}(?: [^`\s]{1,60}){1,8})`")
_BOLD = re.compile(r"\*\*([^\s*](?:[^*]{0,200}[^\s*])?)\*\*")
_PART = re.compile(r"\s*[(（\[]\d{1,3}/\d{1,3}[)）\]]\s*$")
_REVERT = re.compile(r"(revert|reapply)(?:s|ed)?:?\s+[\"“「'](.+?)[\"”」']?\s*$", re.IGNORECASE)


class Subject(NamedTuple):
    """A title taken apart: `type` is a kind of work or empty, `scope` a part of the code or empty.

    `reverts` counts how often it is quoted as reverted, `cut` tells that an ellipsis ends it.
    """

    words: str
    type: str = ""
    scope: str = ""
    reverts: int = 0
    cut: bool = False


def parse(line: str) -> Subject:
    """What one line of plain text says; total and linear in its length."""
    words, reverts = _unquoted(" ".join(unstyled(line[:_LONGEST]).split()))
    kind, scope, words = _prefixes(words)
    if kind == "revert":
        reverts += 1
        _, scope, words = _prefixes(words)
    words = _TAG_AT_END.sub("", words)
    words, cut = _uncut(_PART.sub("", _without_numbers(words)))
    return Subject(
        words=_BOLD.sub(r"\1", _CODE.sub(r"“\1”", words).replace("`", "")).strip(" ,;:、-–"),
        type=kind,
        scope=scope,
        reverts=reverts,
        cut=cut,
    )


def unstyled(text: str) -> str:
    """The text without the colours of a terminal, also those whose escape character is gone already."""
    return _STYLE.sub("", text)


def is_weak(words: str) -> bool:
    """Whether these words would tell a reader nothing."""
    return len(words) < 2 or any(pattern.search(words) for pattern in _patterns("weak"))  # noqa: PLR2004


def is_housekeeping(words: str) -> bool:
    """Whether a commit with this subject is work on the pull request itself."""
    return is_weak(words) or any(pattern.search(words) for pattern in _patterns("housekeeping"))


def is_secondary(words: str) -> bool:
    """Whether a step is about tests, documents or tidiness, which the figures tell anyway."""
    return any(pattern.search(words) for pattern in _patterns("secondary"))


def names_kind(scope: str) -> bool:
    """Whether a scope says what kind of work it was and not where."""
    return scope.lower() in _data()["kind_scopes"] or scope.lower() in _data()["types"]


def without_dangling(words: str) -> str:
    """The words without those at the end that lead to something that is not there."""
    parts = words.split()
    while len(parts) > 1 and parts[-1].lower().strip(",;:") in _data()["dangling"]:
        parts.pop()
    return " ".join(parts).rstrip(" ,;:、，")


def _unquoted(words: str) -> tuple[str, int]:
    """What a revert quotes, and how many reverts are around it (a reapply counts twice)."""
    count = 0
    for _ in range(8):
        match = _REVERT.match(_without_tags(_without_numbers(words))[0])
        if match is None:
            break
        count += 1 if match[1].lower() == "revert" else 2
        words = match[2]
    return words, count


def _prefixes(words: str) -> tuple[str, str, str]:
    """The kind of work, the scope, and the rest."""
    words, tag = _without_tags(words)
    kind, scope = "", tag
    match = _CONVENTIONAL.match(words)
    if match is not None and match[1].lower() in _data()["types"]:
        kind, scope = _data()["types"][match[1].lower()], match[2] or tag
        words, _ = _without_tags(words[match.end() :])
    scoped = _SCOPED.match(words)
    if scoped is not None and verbs.begins_with_verb(words[scoped.end() :]):
        scope, words = scoped[1], words[scoped.end() :]
    return kind, scope.strip(), words


def _without_tags(words: str) -> tuple[str, str]:
    """The words without brackets, ticket numbers and emoji before them, and the last thing in brackets."""
    tag = ""
    for _ in range(8):
        words = _without_emoji(words)
        match = _TAG.match(words) or _ticket(words) or _GITMOJI.match(words)
        if match is None:
            break
        tag = match[1] if match.re is _TAG else tag
        words = words[match.end() :]
    number = _NUMBER.match(words)
    if number is not None and number.end() < len(words):
        words = _after_number(words, number)
    return words, tag


def _ticket(words: str) -> re.Match[str] | None:
    match = _TICKET.match(words)
    return None if match is None or match[1] in _data()["standards"] else match


def _after_number(words: str, number: re.Match[str]) -> str:
    """Of "Fix #1: crash" a fix, of "Fix #1: add x" and "Closes #1, add x" what follows."""
    rest = words[number.end() :]
    fixes = number[0].lower().startswith("fix") and not verbs.begins_with_verb(rest)
    return f"Fix {rest}" if fixes else rest


def _without_numbers(words: str) -> str:
    for _ in range(4):
        shorter = _NUMBERS_AT_END.sub("", words[-400:]) if words else words
        shorter = words[:-400] + shorter
        if shorter == words or not shorter.strip():
            break
        words = shorter
    return words.strip()


def _uncut(words: str) -> tuple[str, bool]:
    """The words without an ellipsis or full stop at the end, and whether there was an ellipsis."""
    if words.endswith(("…", "...")):
        return words.rstrip("….").rstrip(), True
    return words.rstrip(".。 "), False


def _without_emoji(words: str) -> str:
    position = 0
    while position < len(words) and unicodedata.category(words[position]) in {"So", "Sk", "Cn", "Mn", "Zs", "Cf"}:
        position += 1
    return words[position:]


@cache
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in _data()[name])


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(__file__).with_name("subjects.json").read_text("utf-8"))
    return data
