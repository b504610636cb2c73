"""What does everything cost? A price list that is data: another file in its place changes every cell."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("prices.json")


@dataclass(frozen=True)
class Price:
    """US dollars for `per` units, after the `free` units of a month; `checked` says that the page was read for it."""

    name: str
    price: float
    per: float
    unit: str
    free: float
    page: str
    date: str
    checked: bool
    note: str

    def of(self, amount: float) -> float:
        """What a month's amount costs, in dollars."""
        return max(0.0, amount - self.free) / self.per * self.price


def read(file: Path = FILE) -> Mapping[str, Price]:
    """The prices by name; raises TypeError for an entry that lacks a member or has another one."""
    return {each["name"]: Price(**each) for each in json.loads(file.read_text("utf-8"))}
