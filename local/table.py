"""Text in columns, measured as a terminal shows it: a Japanese character is two wide, a combining one nothing."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

_ELLIPSIS = "…"
_GAP = "  "
_NUMBER = re.compile(r"\d+(?:\.\d+)?|")
_WIDE = "\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6"
# A word, or one wide character; closing marks do not begin a line.
_PIECE = re.compile(rf"\s*(?:[{_WIDE}][、。，．）」』】〕ー]*|[^\s{_WIDE}]+)")


def width(text: str) -> int:
    """How many columns a terminal gives to `text`."""
    return sum(map(_columns, text))


def render(headings: Sequence[str], rows: Iterable[Sequence[str]], *, widest: int = 140) -> str:
    """The rows under their headings, numbers to the right; the widest columns are cut until `widest` is kept."""
    table = [[one_line(cell) for cell in row] for row in (headings, *rows)]
    columns = list(zip(*table, strict=True))
    widths = _fitted([max(map(width, column)) for column in columns], widest - len(_GAP) * (len(columns) - 1))
    numeric = [all(map(_NUMBER.fullmatch, column[1:])) for column in columns]
    lines = [_GAP.join(map(_placed, row, widths, numeric)).rstrip() for row in table]
    return "\n".join([lines[0], _GAP.join("─" * each for each in widths), *lines[1:]])


def wrap(text: str, columns: int) -> list[str]:
    """The text in lines of at most so many columns, unless a word is longer; Japanese breaks between characters."""
    lines = [""]
    for piece in _PIECE.findall(one_line(text)):
        if lines[-1] and width(lines[-1] + piece) > columns:
            lines.append(piece.lstrip())
        else:
            lines[-1] += piece
    return lines


def one_line(text: str) -> str:
    """The text without line breaks, and without what moves a terminal's cursor or turns its writing round."""
    return "".join(filter(str.isprintable, " ".join(text.split())))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "FW" else 1


def _fitted(widths: list[int], room: int) -> list[int]:
    while sum(widths) > room and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return widths


def _placed(text: str, columns: int, to_the_right: bool) -> str:  # noqa: FBT001 -- `map` gives it by position
    cut = _cut(text, columns)
    space = " " * (columns - width(cut))
    return space + cut if to_the_right else cut + space


def _cut(text: str, columns: int) -> str:
    if width(text) <= columns:
        return text
    room = columns - len(_ELLIPSIS)
    kept = 0
    for character in text:
        room -= _columns(character)
        if room < 0:
            break
        kept += 1
    return text[:kept].rstrip() + _ELLIPSIS
