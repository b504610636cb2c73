"""When are merges delivered on a working day, and whose are they?"""

import random
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from local.scale.cloud import Cloud

HOUR = 3600.0
DAY = 24 * HOUR
_BURST = 60.0


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge: when it is delivered (seconds of the day), its installation (0 is the largest), whether it is large."""

    at: float
    installation: int
    large: bool


def merges(cloud: Cloud, per_month: float, *, seed: int) -> list[Merge]:
    """A working day's merges in the order in which they come; the same seed gives the same day.

    They come by the weights of the hours, a share of them in bursts of one installation.
    """
    dice = random.Random(seed)  # noqa: S311 -- dice, not secrets
    hours, sizes = list(accumulate(cloud.row("hours"))), list(accumulate(_sizes(int(cloud["installations"]))))
    count, size = round(per_month * cloud["day_share"]), int(cloud["burst_size"])
    bursts = round(count * cloud["burst_share"] / size)
    found = []
    for number in range(count - bursts * (size - 1)):
        installation, begin = _drawn(sizes, dice), _moment(hours, dice)
        together = size if number < bursts else 1
        for _ in range(together):
            at = begin if together == 1 else begin + dice.random() * _BURST
            found.append(Merge(at, installation, dice.random() < cloud["large"]))
    return sorted(found, key=lambda each: each.at)


def _sizes(installations: int) -> Sequence[float]:
    return [1 / (rank + 1) for rank in range(installations)]


def _drawn(sums: Sequence[float], dice: random.Random) -> int:
    return min(bisect(sums, dice.random() * sums[-1]), len(sums) - 1)


def _moment(hours: Sequence[float], dice: random.Random) -> float:
    return (_drawn(hours, dice) + dice.random()) * HOUR
