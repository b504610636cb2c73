"""A day of merges through the queues, simulated: how many wait when, how long it takes to a card, and who says no."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import exp, inf

from local.scale.arrivals import DAY, HOUR, Merge
from local.scale.cloud import Cloud
from local.scale.counts import LARGE, OFFLINE, ONE, Counts
from local.scale.limits import GitHubHours, Model
from local.scale.queue import SimulatedQueue

FETCH, GENERATE = 0, 1
_FUNCTIONS = ("pr_event_processor", "asset_generator")
_ENTER, _DONE, _WAKE = range(3)
_LOOK = 300.0
_REFUSED = 0.1  # seconds of a task that is told to come again
_JITTER = 20.0  # seconds over which those that were told the same moment come back
_MOST_DOUBLINGS = 5
_MOST_ATTEMPTS = 40  # shared/domain/step.py


@dataclass
class Day:
    """What became of a day; `seconds` to each card, `waiting` at each look, refusals by who refused."""

    merges: int
    seconds: list[float] = field(default_factory=list)
    waiting: list[tuple[float, int]] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    failed: int = 0

    @property
    def left(self) -> int:
        """Merges without a card at midnight."""
        return self.merges - len(self.seconds)

    def percentile(self, share: float) -> float:
        """Seconds within which this share of all merges had their card; infinite where midnight came first."""
        place = int(share * self.merges)
        return sorted(self.seconds)[place] if place < len(self.seconds) else inf


def mean_seconds(counts: Counts, cloud: Cloud) -> list[list[float]]:
    """Seconds of a fetch and of a generation, each for a small and for a large merge."""
    small, large = counts.stories[ONE], counts.stories[LARGE]
    fetch = [cloud.seconds(each, _FUNCTIONS[FETCH]) for each in (small, large)]
    if not cloud["model_writes"]:
        return [fetch, [cloud.seconds(counts.stories[OFFLINE], _FUNCTIONS[GENERATE])] * 2]
    return [fetch, [cloud.seconds(each, _FUNCTIONS[GENERATE], large=each is large) for each in (small, large)]]


class Simulation:
    """One day: the merges, the counted times and calls, and the cloud's limits."""

    def __init__(self, counts: Counts, cloud: Cloud, merges: Sequence[Merge], *, seed: int) -> None:
        self._merges = merges
        self._dice = random.Random(seed)  # noqa: S311 -- dice, not secrets
        self._spread = cloud["spread"]
        stories = (counts.stories[ONE], counts.stories[LARGE])
        self._seconds = mean_seconds(counts, cloud)
        self._calls = [story.functions[_FUNCTIONS[FETCH]]["github"] for story in stories]
        self._tokens = [story.total("tokens_in") for story in stories]
        self._queues = [SimulatedQueue(cloud["queue_a_second"], int(cloud["queue_at_once"])) for _ in _FUNCTIONS]
        self._github = GitHubHours(cloud, Counter(merge.installation for merge in merges))
        self._model = Model(cloud) if cloud["model_writes"] else None
        self._waits = (cloud["queue_first_wait"], cloud["queue_last_wait"])
        self._attempts: Counter[tuple[int, int]] = Counter()
        self._events: list[tuple[float, int, int, int]] = []
        self._wakes = [inf, inf]
        self.day = Day(len(merges))

    def run(self) -> Day:
        """From midnight to midnight."""
        events, looks = self._events, 0.0
        events += [(merge.at, _ENTER, FETCH, number) for number, merge in enumerate(self._merges)]  # sorted: a heap
        while events and events[0][0] < DAY:
            at, kind, stage, task = heappop(events)
            while looks <= at:
                self._look(looks)
                looks += _LOOK
            if kind == _ENTER:
                self._queues[stage].waiting.append(task)
            elif kind == _DONE:
                self._queues[stage].out -= 1
                self._follow(stage, task, at)
            else:
                self._wakes[stage] = inf
            self._dispatch(stage, at)
        while looks <= DAY:
            self._look(looks)
            looks += _LOOK
        return self.day

    def _dispatch(self, stage: int, at: float) -> None:
        queue = self._queues[stage]
        while (task := queue.take(at)) is not None:
            self._begin(stage, task, at)
        wake = queue.opens(at)
        if wake is not None and wake < self._wakes[stage]:
            self._wakes[stage] = wake
            heappush(self._events, (wake, _WAKE, stage, -1))

    def _begin(self, stage: int, task: int, at: float) -> None:
        """A task goes out; whoever refuses it sends it back for later."""
        later = self._refusal(stage, task, at)
        if later is None:
            mean = self._seconds[stage][self._merges[task].large]
            took = mean * exp(self._dice.gauss(-(self._spread**2) / 2, self._spread))
            heappush(self._events, (at + took, _DONE, stage, task))
            return
        heappush(self._events, (at + _REFUSED, _DONE, stage, -1))
        self._attempts[stage, task] += 1
        if self._attempts[stage, task] >= _MOST_ATTEMPTS:
            self.day.failed += 1
        else:
            again = max(later, at + self._backoff(self._attempts[stage, task]))
            heappush(self._events, (again + self._dice.random() * _JITTER, _ENTER, stage, task))

    def _backoff(self, attempts: int) -> float:
        first, last = self._waits
        return float(min(last, first * 2 ** min(attempts - 1, _MOST_DOUBLINGS)))

    def _refusal(self, stage: int, task: int, at: float) -> float | None:
        merge = self._merges[task]
        if stage == FETCH:
            later, who = self._github.spend(merge.installation, at, self._calls[merge.large]), "GitHub"
        elif self._model:
            later, who = self._model.ask(at, self._tokens[merge.large])
        else:
            return None
        if later is not None:
            self.day.refusals[who] += 1
        return later

    def _follow(self, stage: int, task: int, at: float) -> None:
        if task < 0:
            return
        if stage == FETCH:
            heappush(self._events, (at, _ENTER, GENERATE, task))
        else:
            self.day.seconds.append(at - self._merges[task].at)

    def _look(self, at: float) -> None:
        come = self._come(at)
        self.day.waiting.append((at / HOUR, come - len(self.day.seconds)))

    def _come(self, at: float) -> int:
        low, high = 0, len(self._merges)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._merges[middle].at <= at else (low, middle)
        return low
