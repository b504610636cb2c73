"""Text in columns, measured as a terminal shows it: a Japanese character is two wide."""

import unicodedata
from collections.abc import Sequence

_WIDE = "FW"
_ELLIPSIS = "…"


def width(text: str) -> int:
    """How many columns a terminal gives to `text`."""
    return sum(2 if unicodedata.east_asian_width(character) in _WIDE else 1 for character in text)


def render(headings: Sequence[str], rows: Sequence[Sequence[str]], *, widest: int = 64) -> str:
    """The rows under their headings, no cell wider than `widest`."""
    table = [[_cut(cell, widest) for cell in row] for row in (headings, *rows)]
    widths = [max(map(width, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(_padded(*cell) for cell in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([lines[0], "  ".join("─" * columns for columns in widths), *lines[1:]])


def _cut(text: str, widest: int) -> str:
    if width(text) <= widest:
        return text
    while width(text) >= widest:
        text = text[:-1]
    return text.rstrip() + _ELLIPSIS


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))
