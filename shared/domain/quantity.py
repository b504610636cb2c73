"""Quantities: what a number in a text says, and when two of them say the same.

Versions and dates are quantities too, of the units "version" and "date", with their digits as value. A percentage is
compared as a ratio, so that 50 % and half are equal, while 200 % and twice are not: "by 200 %" is three times as much.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from shared.domain.units import COUNTED, DATE, VERSION

Key = tuple[str, Fraction | str]
"""A dimension and a value in its base unit: equal keys are the same quantity."""

_LOOKS_LIKE_A_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Quantity:
    """What `text` says from `start` to `end`: `value` in the base of `unit`, which is empty where none is given.

    "95 ms" is 0.095 of "second", "50 %" is 0.5 of "ratio", "twice as fast" is 2 of "factor", "3 files" is 3 of "file".
    The number itself, without its unit, ends at `number_end`.
    """

    value: Fraction | str
    unit: str
    text: str
    start: int
    number_end: int
    end: int

    @property
    def key(self) -> Key:
        """What it says, whatever way it is written."""
        return self.unit, self.value

    def offers(self) -> frozenset[Key]:
        """What a source that says this proves: of a date also its month and year, of a count also its number."""
        keys = {self.key}
        if self.unit in COUNTED:
            keys.add(("counted", self.value))
        if self.unit == DATE.dimension and isinstance(self.value, str) and self.value[0] != "-":
            keys |= {(self.unit, self.value[:7]), ("", Fraction(self.value[:4]))}
        return frozenset(keys | self._as_number())

    def accepts(self) -> frozenset[Key]:
        """What proves this, any one of it: a bare number and a count do for each other, a measure needs its unit."""
        if self.unit in COUNTED:
            return frozenset((self.key, ("", self.value)))
        more = {("counted", self.value)} if not self.unit else set()
        return frozenset({self.key} | more | self._as_number())

    def same_as(self, other: "Quantity") -> bool:
        """Whether both say the same: 1.2k and 1,200, half and 50 %, twice as fast and 2x, 1 s and 1000 ms."""
        return bool(self.offers() & other.accepts() or other.offers() & self.accepts())

    def _as_number(self) -> set[Key]:
        """A version of one or two parts is also the number that it looks like: "Python v3.11" and "Python 3.11"."""
        is_version = self.unit == VERSION.dimension and isinstance(self.value, str)
        return {("", Fraction(self.value))} if is_version and _LOOKS_LIKE_A_NUMBER.fullmatch(str(self.value)) else set()
