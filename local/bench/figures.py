"""What was measured, what was wanted, and whether it is met."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Protocol

HEADINGS = ("figure", "ours", "hello", "ratio", "range", "target", "")


class Figure(Protocol):
    """A line of the report."""

    @property
    def is_met(self) -> bool:
        """Whether it is what was wanted."""

    def cells(self) -> tuple[str, ...]:
        """It as `HEADINGS` name it."""

    def record(self) -> dict[str, Any]:
        """Everything that was measured, for a file."""


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """Ours against hello's: the ratio of the medians, and the range of the pairs that were measured side by side."""

    name: str
    unit: str
    ours: Sequence[float]
    hello: Sequence[float]
    at_most: float | None = None

    @property
    def value(self) -> float:
        """How many times hello's."""
        return median(self.ours) / median(self.hello)

    @property
    def is_met(self) -> bool:
        """Whether it is within its target; without one it is only told."""
        return self.at_most is None or self.value <= self.at_most

    def cells(self) -> tuple[str, ...]:
        """It as `HEADINGS` name it."""
        pairs = [ours / hello for ours, hello in zip(self.ours, self.hello, strict=True)]
        return (
            f"{self.name}, {self.unit}",
            _number(median(self.ours)),
            _number(median(self.hello)),
            f"{self.value:.2f}",
            f"{min(pairs):.2f}–{max(pairs):.2f}",
            "" if self.at_most is None else f"≤ {self.at_most:.2f}",
            _verdict(self.at_most, self.is_met),
        )

    def record(self) -> dict[str, Any]:
        """Everything that was measured, for a file."""
        measured = {"ours": list(self.ours), "hello": list(self.hello), "ratio": self.value}
        return {"name": self.name, "unit": self.unit, **measured, "atMost": self.at_most, "met": self.is_met}


@dataclass(frozen=True, kw_only=True)
class Amount:
    """Something of ours alone: the median of what was measured."""

    name: str
    unit: str
    ours: Sequence[float]
    at_least: float | None = None
    at_most: float | None = None

    @property
    def value(self) -> float:
        """The median."""
        return median(self.ours)

    @property
    def is_met(self) -> bool:
        """Whether it is within its bounds; without any it is only told."""
        enough = self.at_least is None or self.value >= self.at_least
        return enough and (self.at_most is None or self.value <= self.at_most)

    def cells(self) -> tuple[str, ...]:
        """It as `HEADINGS` name it."""
        bounds = [("≥", self.at_least), ("≤", self.at_most)]
        target = ", ".join(f"{sign} {_number(bound)}" for sign, bound in bounds if bound is not None)
        spread = f"{_number(min(self.ours))}–{_number(max(self.ours))}" if len(self.ours) > 1 else ""
        name = f"{self.name}, {self.unit}"
        return name, _number(self.value), "", "", spread, target, _verdict(target, self.is_met)

    def record(self) -> dict[str, Any]:
        """Everything that was measured, for a file."""
        bounds = {"atLeast": self.at_least, "atMost": self.at_most, "met": self.is_met}
        return {"name": self.name, "unit": self.unit, "ours": list(self.ours), **bounds}


def _number(value: float) -> str:
    """Three digits that tell something."""
    if value == int(value):
        return f"{value:.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004  # three digits


def _verdict(target: object, is_met: bool) -> str:  # noqa: FBT001  # what the report says of it
    if target in (None, ""):
        return ""
    return "ok" if is_met else "MISSED"
