"""Folding: which words does a piece of text show to a reader, however it is disguised?

Everything here looks at one chunk between two spaces, so that text put before or after it changes nothing.
"""

import html
import json
import re
import unicodedata
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff"
_KANJI = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_HIRAGANA = "\u3041-\u3096"
_PART = re.compile(r"[^/\\,;:()\[\]{}<>=\"]+")
_RUN = re.compile(
    rf"[A-Za-z0-9]+|[{_KATAKANA}]+|[{_KANJI}]+|[{_HIRAGANA}]+|[^\W_A-Za-z0-9{_KATAKANA}{_KANJI}{_HIRAGANA}]+"
)
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_JAPANESE = re.compile(f"[{_KATAKANA}{_KANJI}{_HIRAGANA}]")
_PLAIN_JAPANESE = re.compile(f"[{_KATAKANA}{_KANJI}{_HIRAGANA}]+")
_TAG = re.compile(r"<[^<>]*>")
_NOT_LETTERS = re.compile(r"[\W_]+")
_VOICING = frozenset("\u3099\u309a")
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_HIDDEN = frozenset(("Cc", "Cf"))
_FOR_LETTERS = re.compile(r"[0134578@$|!]")
_READINGS = (str.maketrans("0134578@$|!", "oieastbasii"), str.maketrans("0134578@$|!", "oleastbasll"))
_READABLE = re.compile(f"[\x00-\x7f{_KATAKANA}{_KANJI}{_HIRAGANA}]")
_FEWEST_UNREAD = 2
_LIGATURE = re.compile("[\ufdf0-\ufdfb]")  # each would become up to 18 letters


class Words(NamedTuple):
    """What a chunk says: its `pieces` in order, further `readings` of them, and its Japanese without marks between."""

    pieces: tuple[str, ...]
    readings: tuple[str, ...] = ()
    japanese: str = ""
    unread: bool = False


def words_of(chunk: str) -> Words:
    """The folded words of `chunk`, without spaces: `payMent`, `pay-ment` and `ｐａｙｍｅｎｔ` all say payment."""
    if chunk.isascii() and chunk.isalpha() and chunk.islower():
        return Words((chunk,))
    shown = fold(chunk)
    if shown.isprintable() and _BLANK.isdisjoint(shown) and "<" not in shown:
        return _read(shown)
    hidden = {ord(c): None for c in set(shown) if unicodedata.category(c) in _HIDDEN or c in _BLANK}
    whole, apart = _read(_TAG.sub("", shown.translate(hidden))), _read(shown)
    japanese = f"{whole.japanese}\n{apart.japanese}".strip()
    return Words(whole.pieces, whole.readings + apart.pieces + apart.readings, japanese, whole.unread or apart.unread)


def fold(text: str) -> str:
    """`text` in compatibility form, with Latin letters for their look-alikes and without marks; its case stays."""
    if text.isascii():
        return html.unescape(text) if "&" in text else text
    if _PLAIN_JAPANESE.fullmatch(text):
        return text
    short = _LIGATURE.sub("\u0627\u0627", html.unescape(text))
    plain = unicodedata.normalize("NFKD", short).translate(_look_alikes())
    marks = {ord(c): None for c in set(plain) - _VOICING if unicodedata.category(c)[0] == "M"}
    return unicodedata.normalize("NFC", plain.translate(marks) if marks else plain)


def _read(shown: str) -> Words:
    pieces: list[str] = []
    readings: list[str] = []
    for part in _PART.findall(shown):
        runs = _RUN.findall(part)
        smaller = [hump for run in runs for hump in (_HUMP.findall(run) if run.isascii() else (run,))]
        pieces += map(str.casefold, smaller)
        readings += _joined(runs)
        readings += _joined(smaller)
        if _FOR_LETTERS.search(part):
            readings += (run for table in _READINGS for run in _RUN.findall(part.translate(table).casefold()))
    japanese = _NOT_LETTERS.sub("", shown).casefold() if _JAPANESE.search(shown) else ""
    return Words(tuple(pieces), tuple(readings), japanese, _is_unread(shown))


def _joined(runs: list[str]) -> list[str]:
    """The runs themselves, each with its neighbour, and all of them as one word."""
    low = [run.casefold() for run in runs]
    neighbours = [first + second for first, second in pairwise(low)]
    return [*low, *neighbours, "".join(low)] if neighbours else low


def _is_unread(shown: str) -> bool:
    """Whether letters stay that the policy has no words in: not Latin, not Japanese, no look-alikes of them."""
    if shown.isascii():
        return False
    others = _READABLE.sub("", shown)
    found = [c for c in others if c.isalpha() and not unicodedata.name(c, "").startswith("LATIN")]
    return len(found) >= _FEWEST_UNREAD


@cache
def _look_alikes() -> dict[int, str]:
    table = json.loads(Path(__file__).with_name("look_alikes.json").read_text("utf-8"))
    return {ord(like): letter for letter, likes in table.items() for like in likes}
