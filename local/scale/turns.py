"""The same day under one setting after another: what saturates, what is turned, and what comes of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isinf
from pathlib import Path

from local.scale.arrivals import Merge, merges
from local.scale.cloud import Cloud
from local.scale.counts import Counts
from local.scale.day import Day, Simulation
from local.scale.fullness import fullness
from local.scale.tables import table

FILE = Path(__file__).with_name("turns.json")
_MINUTE, _HOUR = 60.0, 3600.0
_SHARES = (0.5, 0.95, 0.99)


@dataclass(frozen=True)
class Turn:
    """A setting, what it takes to have it, and the cells that it sets on top of those before it."""

    name: str
    does: str
    cells: Mapping[str, float]


@dataclass(frozen=True)
class Course:
    """A turn's day and how full each limit is in it, the fullest first."""

    turn: Turn
    day: Day
    limits: Sequence[tuple[str, float]]


def read(file: Path = FILE) -> list[Turn]:
    """The turns in their order."""
    return [Turn(each["name"], each["does"], each["set"]) for each in json.loads(file.read_text("utf-8"))]


def courses(counts: Counts, cloud: Cloud, per_month: float, *, seed: int, turns: Sequence[Turn]) -> Iterator[Course]:
    """The same day under each turn in its order; some seconds each."""
    day: list[Merge] = merges(cloud, per_month, seed=seed)
    for turn in turns:
        cloud = cloud.having(**turn.cells)
        yield Course(turn, Simulation(counts, cloud, day, seed=seed).run(), fullness(counts, cloud, day))


def courses_table(found: Sequence[Course]) -> str:
    """What becomes of the day under each turn."""
    headings = ["", "fullest limits at the busiest", "most without a card at once", "left at midnight", "failed"]
    return table([*headings, *(f"to card, p{share * 100:.0f}" for share in _SHARES)], map(_course, found), words=(0, 1))


def limits_table(found: Sequence[Course]) -> str:
    """How full each limit is at its busiest, for the first and the last turn; 100 % is all that it gives."""
    columns = [dict(course.limits) for course in found]
    names = dict.fromkeys(name for column in reversed(columns) for name in column)
    ranked = sorted(names, key=lambda name: -max(column.get(name, 0) for column in columns))
    rows = ([name, *(_share(column.get(name)) for column in columns)] for name in ranked)
    return table(["asked for, of what there is", *(course.turn.name for course in found)], rows)


def _course(course: Course) -> list[str]:
    day = course.day
    full = [f"{name} {_share(share)}" for name, share in course.limits if share > 1][:2]
    return [
        f"**{course.turn.name}**: {course.turn.does}",
        "; ".join(full) or "none",
        f"{max(number for _, number in day.waiting):,}",
        f"{day.left:,}",
        f"{day.failed:,}",
        *(_time(day.percentile(share)) for share in _SHARES),
    ]


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:,.0%}" if share >= 0.1 else f"{share:.1%}"  # noqa: PLR2004  # two digits


def _time(seconds: float) -> str:
    if isinf(seconds):
        return "not that day"
    if seconds < 2 * _MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.0f} min" if seconds < 2 * _HOUR else f"{seconds / _HOUR:.1f} h"
