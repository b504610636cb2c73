"""Number words: which numbers do English words and Japanese numerals write out?"""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from shared.domain.units import FACTOR, MAGNITUDE, ORDINAL, RATIO, UNITS, Unit, comparison_after, unit_after

_TEENS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_SMALL: Mapping[str, int] = {word: value for value, word in enumerate(_TEENS.split())}
_TENS: Mapping[str, int] = {
    f"{word}ty": 10 * value
    for value, word in enumerate(("twen", "thir", "for", "fif", "six", "seven", "eigh", "nine"), start=2)
}
SCALES: Mapping[str, int] = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_PARTS: Mapping[str, int] = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_ORDINALS: Mapping[str, int] = {
    f"{word}th": value
    for value, word in enumerate(("four", "fif", "six", "seven", "eigh", "nin", "ten", "eleven", "twelf"), start=4)
} | {"third": 3}
_FACTORS: Mapping[str, tuple[Fraction, Unit]] = {
    **dict.fromkeys(("doubled", "doubles", "doubling"), (Fraction(2), FACTOR)),
    **dict.fromkeys(("tripled", "triples", "tripling"), (Fraction(3), FACTOR)),
    **dict.fromkeys(("quadrupled", "quadruples"), (Fraction(4), FACTOR)),
    **dict.fromkeys(("halved", "halves", "halving"), (Fraction(1, 2), RATIO)),
    **{f"{word}fold": (Fraction(value), FACTOR) for word, value in _SMALL.items()},
    **{f"{word}s": (Fraction(value), MAGNITUDE) for word, value in SCALES.items()},
}
_BEFORE_WHOLE = {"double": (Fraction(2), FACTOR), "triple": (Fraction(3), FACTOR), "half": (Fraction(1, 2), RATIO)}
_TIMES = {"twice": 2, "thrice": 3}

_BELOW_TEN = "|".join(word for word, value in _SMALL.items() if 0 < value < 10)  # noqa: PLR2004  # its name says it
_BELOW_HUNDRED = (
    rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{_BELOW_TEN})(?![a-z]))?|{'|'.join(sorted(_SMALL, key=len, reverse=True))})"
)
_CARDINAL = re.compile(
    rf"""(?P<first>{_BELOW_HUNDRED}|a(?=[ -](?:{"|".join(SCALES)})(?![a-z])))(?![a-z])
         (?:[ -](?P<hundred>hundred)(?![a-z])(?:[ ](?:and[ ])?(?P<rest>{_BELOW_HUNDRED})(?![a-z]))?)?
         (?:[ -](?P<scale>{"|".join(SCALES)})(?![a-z]))?""",
    re.VERBOSE | re.IGNORECASE,
)
_PART = re.compile(
    rf"(?P<count>{_BELOW_TEN}|a(?=[ ][a-z]+[ ]of[ ]))[ -](?P<part>{'|'.join(_PARTS)})s?(?![a-z-])", re.IGNORECASE
)
_WHOLE = re.compile(r"\s(?:the|its|their|that|our|as|of)(?![A-Za-z])", re.IGNORECASE)
_IN_HALF = re.compile(r"(?:in|by|to)\s\Z", re.IGNORECASE)
_PARTY = re.compile(r"[ -]part(?:y|ies)", re.IGNORECASE)

_KANJI_DIGITS = "〇一二三四五六七八九"
KANJI_SCALES: Mapping[str, int] = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "億": 10**8, "兆": 10**12}
KANJI = f"[{_KANJI_DIGITS}{''.join(KANJI_SCALES)}]"
_MYRIAD = 10**4
_LONGEST_KANJI = 20


class Reading(NamedTuple):
    """A number that begins at `start`: itself up to `number_end`, with its unit up to `end`."""

    number: Fraction | str
    unit: Unit | None
    start: int
    number_end: int
    end: int


def read_word(text: str, start: int, word: str) -> Reading | None:
    """The number that the English `word` at `start` begins, or None; a bare "one" is a pronoun more often."""
    lower, end = word.lower(), start + len(word)
    if lower in _FACTORS:
        return Reading(*_FACTORS[lower], start, end, end)
    if lower in _BEFORE_WHOLE and (_WHOLE.match(text, end) or (lower == "half" and _IN_HALF.search(text[:start][-4:]))):
        return Reading(*_BEFORE_WHOLE[lower], start, end, end)
    if lower in _TIMES:
        return Reading(Fraction(_TIMES[lower]), comparison_after(text, end), start, end, end)
    if lower in _ORDINALS and not _PARTY.match(text, end):
        return Reading(Fraction(_ORDINALS[lower]), ORDINAL, start, end, end)
    if lower in _SMALL or lower in _TENS or lower == "a":
        return _fraction(text, start) or _cardinal(text, start)
    return None


def kanji_number(numeral: str) -> Fraction | None:
    """The value of a Japanese numeral such as 十二, 三百 or 二〇二六, None when it is too long to be one."""
    if len(numeral) > _LONGEST_KANJI:
        return None
    if not set(numeral) & set(KANJI_SCALES):
        return Fraction(int("".join(str(_KANJI_DIGITS.index(sign)) for sign in numeral)))
    total = below = digit = 0
    for sign in numeral:
        scale = KANJI_SCALES.get(sign)
        if scale is None:
            digit = digit * 10 + _KANJI_DIGITS.index(sign)
        elif scale < _MYRIAD:
            below, digit = below + (digit or 1) * scale, 0
        else:
            total, below, digit = total + (below + digit or 1) * scale, 0, 0
    return Fraction(total + below + digit)


def _fraction(text: str, start: int) -> Reading | None:
    match = _PART.match(text, start)
    if match is None:
        return None
    count = _SMALL.get(match["count"].lower(), 1)
    return Reading(Fraction(count, _PARTS[match["part"].lower()]), RATIO, start, match.end(), match.end())


def _cardinal(text: str, start: int) -> Reading | None:
    match = _CARDINAL.match(text, start)
    if match is None:
        return None
    value = _below_hundred(match["first"])
    if match["hundred"]:
        value = value * 100 + _below_hundred(match["rest"] or "zero")
    value *= SCALES[match["scale"].lower()] if match["scale"] else 1
    unit, end = unit_after(text, match.end())
    if value == 1 and (unit is None or unit.counted or unit is UNITS["time"]):
        return None
    return Reading(Fraction(value), unit, start, match.end(), end)


def _below_hundred(words: str) -> int:
    parts = re.split("[ -]", words.lower())
    return 1 if parts == ["a"] else sum(_SMALL.get(part, _TENS.get(part, 0)) for part in parts)
