"""How a Markdown text falls into paragraphs and list items, and which of them are for reviewers alone."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

_FENCE = re.compile(r"\s*(```+|~~~+)")
_HEADING = re.compile(
    r"\s{0,8}(?:#{1,6}\s{1,8}(?P<marked>\S.{0,200})|\*\*(?P<bold>[^*]{1,60})\*\*[:：]?|(?P<label>[^-*+.!?]{1,40})[:：])\s*$"
)
_ITEM = re.compile(r"(?P<indent>\s*)(?:[-*+•・]|\d{1,3}[.)])\s+(?P<box>\[.\]\s+)?")
_TAGS = (
    "a|b|br|center|code|details|div|h[1-6]|hr|i|img|kbd|li|ol|p|picture|pre|source|sub|summary|sup|table|tbody|td|th|"
    "thead|tr|ul|video"
)
_OTHER = re.compile(rf"\s*(?:[>|]|!\[|</?(?:{_TAGS})\b|[-=_*]{{3,}}\s*$|\[[^\]]{{1,60}}\]:|\.\.\.$)", re.IGNORECASE)


class Block(NamedTuple):
    """A paragraph or item by its place in the text; `role` is that of the heading above it."""

    start: int
    end: int
    role: str
    is_item: bool


def blocks(raw: str) -> Iterator[Block]:
    """The paragraphs and list items outside code, quotes, tables, skipped sections and trailers."""
    role, fence, folded, quiet = "", "", False, False
    start, end, is_item = -1, -1, False
    position = 0
    for line in raw.splitlines(keepends=True):
        here, position = position, position + len(line)
        kind = "code" if fence else _line_kind(line)
        if kind == "fence" or fence:
            fence = _fence(line, fence)
        folded = _is_folded(line, folded=folded)
        if kind == "text" and start >= 0 and not folded:
            end = position
            continue
        if start >= 0:
            yield Block(start, end, role, is_item)
            start = -1
        if kind == "heading":
            role = _section(line)
            quiet = role == "skip"
        elif kind in {"text", "item"} and not folded and not quiet:
            item = _ITEM.match(line)
            is_item = item is not None
            start, end = here + (item.end() if item else 0), position
    if start >= 0:
        yield Block(start, end, role, is_item)


def _line_kind(line: str) -> str:
    """Which part of a Markdown document a line is."""
    if not line.strip():
        return "blank"
    if _FENCE.match(line):
        return "fence"
    item = _ITEM.match(line)
    if item is not None:
        return "other" if item["box"] or len(item["indent"].expandtabs()) > 3 else "item"  # noqa: PLR2004
    if _HEADING.match(line):
        return "heading"
    return "other" if _OTHER.match(line) or _trailer().search(line.strip()) else "text"


def _fence(line: str, fence: str) -> str:
    """The fence that is open after this line, empty where none is."""
    match = _FENCE.match(line)
    if match is None:
        return fence
    if not fence:
        return match[1]
    return "" if match[1].startswith(fence) else fence


def _is_folded(line: str, *, folded: bool) -> bool:
    lowered = line.lower()
    return (folded or "<details" in lowered) and "</details" not in lowered


def _section(line: str) -> str:
    """The role of what follows a heading."""
    match = _HEADING.match(line)
    assert match is not None
    return role_of(match["marked"] or match["bold"] or match["label"])


def role_of(title: str) -> str:
    """The role of what follows a heading: `skip`, `reason`, `effect`, `change`, or empty without a title."""
    return next((role for role, pattern in _sections() if pattern.search(title.strip().lower())), "")


@cache
def _sections() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((role, re.compile(pattern, re.IGNORECASE)) for role, pattern in _data()["sections"])


@cache
def _trailer() -> re.Pattern[str]:
    return re.compile(_data()["trailer"], re.IGNORECASE)


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(__file__).with_name("blocks.json").read_text("utf-8"))
    return data
