"""Numbers: which quantities does an English or Japanese text state?

What is a name rather than a number is left alone: `utf8`, SHA-256, commits, UUIDs, addresses and references.
"""

import re
from collections.abc import Iterator
from fractions import Fraction

from shared.domain.dates import date_at
from shared.domain.number_words import KANJI, KANJI_SCALES, SCALES, Reading, kanji_number, read_word
from shared.domain.quantity import Quantity
from shared.domain.references import blank, references
from shared.domain.units import (
    CLOCK,
    DATE,
    FACTOR,
    MAGNITUDE,
    ORDINAL,
    PERCENTILE,
    RATIO,
    UNITS,
    VERSION,
    Unit,
    unit_after,
)

_NARROW = {ord(wide): narrow for wide, narrow in zip("％．，＋－／：～〜−＄", "%.,+-/:~~-$", strict=True)}
_DIGITS = (
    r"(?:\d{1,3}(?:,\d{3})++(?!\d)|\d{1,3}(?:[\u00a0\u2009\u202f]\d{3})++(?!\d)|\d++(?:_\d{3}(?!\d))*+)(?:\.\d++)?"
)
_TOKEN = re.compile(
    rf"""
      (?P<name>(?i:UTF[-_ ]?(?:7|8|16|32)(?:LE|BE)?|SHA[-_ ]?(?:1|224|256|384|512)|MD[-_]?[245]|AES[-_ ]?(?:128|192|256)
        |ISO[-_ ]?\d{{4,5}}|IEEE[-_ ]?(?:754|802)|x86[-_]64)(?!\w)|HTTP/\d(?:\.\d)?|0[xX][0-9A-Fa-f_]++|&\#x?\w{{1,8}};)
    | (?P<clock>\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?![\d:]))
    | [pP](?P<percentile>\d{{2}}(?:\.\d{{1,3}})?)(?![A-Za-z0-9_])
    | (?P<version>(?:[vV]\d++(?:\.\d++)*+(?:\.[xX*])?|\d++(?:\.\d++){{2,}}+|\d++(?:\.\d++)*+\.[xX*](?!\w))
        [A-Za-z0-9]*+(?:-(?:alpha|beta|rc|dev|pre|preview|canary|next)[.\-]?\d*+)?)
    | (?P<number>(?<![\w.])\.\d++|{_DIGITS})
    | 第[ ]?(?P<nth>\d{{1,9}}|{KANJI}{{1,9}})
    | 数(?P<magnitude>{KANJI}{{1,4}}|倍)
    | (?P<kanji>(?<![\u4e00-\u9fff]){KANJI}++)
    | (?P<share>半分|半減|半数|倍増|倍に|[½⅓⅔¼¾⅛])
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*+)
    """,
    re.VERBOSE,
)
_SHARES = {"½": Fraction(1, 2), "⅓": Fraction(1, 3), "⅔": Fraction(2, 3), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
_EXPONENT = re.compile(r"[eE]([+-]?\d{1,2})(?![A-Za-z0-9_.])")
_SCALE = re.compile(
    rf"""(?P<letter>[kKMG])(?![A-Za-z0-9_])
       | [ -](?P<word>{"|".join(SCALES)})(?![A-Za-z])
       | (?P<kanji>[{"".join(KANJI_SCALES)}])(?:(?P<more>\d{{1,4}})(?P<scale>[{"".join(KANJI_SCALES)}])?)?""",
    re.VERBOSE,
)
_LETTERS = {"k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9}
_OVER = re.compile(rf"分の(\d{{1,9}}|{KANJI}{{1,9}})")
_SUFFIX = re.compile(r"[A-Za-z0-9_]*+")
_ORDINAL_ENDINGS = ("st", "nd", "rd", "th")
_NAMES_AFTER_DIGITS = frozenset(("d", "fa", "xx", "z", "zip", "p", "day", "password"))
_RANGE = re.compile(
    r"[ \t\u00a0]*(?:-|–|—|~|→|->|=>|から|と)[ \t\u00a0]*"
    r"|(?:[ \t]|\r?\n)[ \t]*(?:to|and|or)(?:[ \t]|\r?\n)[ \t]*(?:about |over |only )?"
)
_MOST_DIGITS = 24


def quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities that `text` states, in their order."""
    narrow = _narrow(text)
    masked = blank(narrow, ((reference.start, reference.end) for reference in references(narrow)))
    readings = _with_shared_units(masked, list(_readings(masked)))
    return tuple(_quantity(text, reading) for reading in readings)


def _narrow(text: str) -> str:
    """`text` with every decimal digit and the signs of numbers in ASCII, each in its place."""
    if text.isascii():
        return text
    return text.translate(_NARROW | {ord(c): str(int(c)) for c in set(text) if c.isdecimal()})


def _quantity(text: str, reading: Reading) -> Quantity:
    number, unit, start, number_end, end = reading
    value = number * unit.factor if unit and isinstance(number, Fraction) else number
    dimension = unit.dimension if unit else ""
    if dimension == FACTOR.dimension and isinstance(value, Fraction) and value < 1:
        dimension = RATIO.dimension
    return Quantity(value, dimension, text[start:end], start, number_end, end)


def _with_shared_units(text: str, readings: list[Reading]) -> list[Reading]:
    """The readings, where the first number of "30-40 ms" or "from 95 to 40 ms" has the unit of the second."""
    for index in range(len(readings) - 2, -1, -1):
        one, next_one = readings[index : index + 2]
        between = text[one.end : min(next_one.start, one.end + 20)]
        if one.unit is None and next_one.unit and isinstance(next_one.number, Fraction) and _RANGE.fullmatch(between):
            readings[index] = one._replace(unit=next_one.unit)
    return readings


def _readings(text: str) -> Iterator[Reading]:
    """Every number of a text with narrow digits, from left to right."""
    position = 0
    while match := _TOKEN.search(text, position):
        reading = _read(text, match)
        position = max(match.end(), reading.end) if reading else match.end()
        if reading and reading.number_end > reading.start:
            yield reading


def _read(text: str, match: re.Match[str]) -> Reading | None:
    """The number that a token begins; one that ends where it starts only says how far a name goes."""
    kind, start, end = match.lastgroup, match.start(), match.end()
    word = match[kind] if kind else ""
    if kind == "number":
        return _read_number(text, word, start, end)
    if kind == "word":
        date = date_at(text, start) if word[:1].isupper() else None
        return _dated(date, start) if date else read_word(text, start, word)
    if kind == "kanji":
        return _read_kanji(text, word, start, end)
    number, unit = _fixed(kind, word)
    return Reading(number, unit, start, end, end) if number is not None else None


def _fixed(kind: str | None, word: str) -> tuple[Fraction | str | None, Unit | None]:
    """The number and unit of a token that says everything by itself, no number for a name."""
    match kind:
        case "clock":
            fixed: tuple[Fraction | str | None, Unit | None] = word, CLOCK
        case "percentile":
            fixed = Fraction(word), PERCENTILE
        case "version":
            fixed = word.lower().removeprefix("v"), VERSION
        case "nth":
            fixed = (Fraction(word) if word.isdecimal() else kanji_number(word)), ORDINAL
        case "magnitude":
            fixed = (word if word == "倍" else kanji_number(word)), MAGNITUDE
        case "share":
            fixed = (Fraction(2), FACTOR) if word.startswith("倍") else (_SHARES.get(word, Fraction(1, 2)), RATIO)
        case _:
            fixed = None, None
    return fixed


def _dated(date: tuple[str, int], start: int) -> Reading:
    name, end = date
    is_year = name.isdecimal()
    return Reading(Fraction(name) if is_year else name, None if is_year else DATE, start, end, end)


def _read_kanji(text: str, word: str, start: int, end: int) -> Reading | None:
    """A Japanese numeral counts when a unit or a counter follows; 十分, 二分木 and a lone 一 are words."""
    value = kanji_number(word)
    over = _OVER.match(text, end)
    if value and over:
        return _share(over, value, start)
    unit, unit_end = unit_after(text, end)
    split = text.startswith("分", end) and not text.startswith("分間", end)
    if value is None or unit_end == end or word == "一" or split:
        return None
    return Reading(value, unit, start, end, unit_end)


def _share(over: re.Match[str], whole: Fraction, start: int) -> Reading:
    part = Fraction(over[1]) if over[1].isdecimal() else kanji_number(over[1]) or Fraction(0)
    return Reading(part / whole, RATIO, start, over.end(), over.end())


def _read_number(text: str, digits: str, start: int, end: int) -> Reading | None:
    date = date_at(text, start)
    if date:
        return _dated(date, start)
    glued = _SUFFIX.match(text, end)
    suffix = glued[0] if glued else ""
    if len(digits) > _MOST_DIGITS:
        return Reading("", None, start, start, end + len(suffix))
    value = Fraction(re.sub(r"[^\d.]", "", digits))
    over = _OVER.match(text, end)
    if value and over:
        return _share(over, value, start)
    value, number_end = _scaled(text, value, end)
    unit, unit_end = _unit_of(text, number_end, suffix if number_end == end else "")
    if unit_end < number_end:
        return Reading("", None, start, start, end + len(suffix))
    currency = UNITS.get(text[start - 1]) if start and text[start - 1] in "$€£¥￥" else None
    return Reading(value, currency or unit, start, number_end, unit_end)


def _scaled(text: str, value: Fraction, end: int) -> tuple[Fraction, int]:
    """A number with what multiplies it: "1.2k", "3 million", "1e6", "2万5千"."""
    exponent = _EXPONENT.match(text, end)
    if exponent:
        return value * Fraction(10) ** int(exponent[1]), exponent.end()
    scale = _SCALE.match(text, end)
    if scale is None:
        return value, end
    if scale["kanji"]:
        more = int(scale["more"] or 0) * KANJI_SCALES.get(scale["scale"] or "", 1)
        return value * KANJI_SCALES[scale["kanji"]] + more, scale.end()
    return value * (_LETTERS[scale["letter"]] if scale["letter"] else SCALES[scale["word"].lower()]), scale.end()


def _unit_of(text: str, end: int, suffix: str) -> tuple[Unit | None, int]:
    """The unit after a number and where it ends, which is before `end` when number and suffix make a name."""
    if suffix in _ORDINAL_ENDINGS:
        return ORDINAL, end + len(suffix)
    unit, unit_end = unit_after(text, end)
    if unit or not suffix:
        return unit, unit_end
    if suffix[0] == "x" and suffix[1:2].isdigit():
        return None, end + 1
    if not suffix.isalpha() or suffix.lower() in _NAMES_AFTER_DIGITS:
        return None, -1
    return Unit(suffix, suffix.lower()), end + len(suffix)
