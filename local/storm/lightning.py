"""Which worker dies, at which effect, before it or after it, and how often has that happened?"""

import enum
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")


class When(enum.StrEnum):
    """Where in an effect the worker dies: it was not asked for, or it was done and nobody heard."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, order=True)
class Place:
    """An effect of a function and the side of it on which the worker dies."""

    function: str
    effect: str
    when: When


@dataclass(frozen=True)
class Tally:
    """How often each effect of each function was asked for, and each place struck.

    `instances` counts the strikes that ended a whole instance.
    """

    effects: Counter[tuple[str, str]]
    struck: Counter[Place]
    instances: int


class Victim(Protocol):
    """A worker that makes effects."""

    @property
    def function(self) -> str:
        """What it runs."""

    @property
    def pid(self) -> int:
        """The process that serves now; 0 for none."""

    def kill(self, pid: int, *, whole: bool) -> bool:
        """End that process, or the `whole` instance around it, by SIGKILL; False when it is gone already."""


class StruckError(Exception):
    """Whoever asked for this effect is dead."""


class Lightning:
    """Strikes a `share` of all effects, as often before as after; `whole` of the strikes end a whole instance.

    The same seed throws the same dice; which effect meets which throw depends on the order in which threads come.
    """

    def __init__(self, *, seed: int, share: float, whole: float = 0.1) -> None:
        self._lock = threading.Lock()
        self._dice = random.Random(seed)  # noqa: S311 -- dice, not secrets
        self._share = share
        self._whole = whole
        self._is_over = False
        self._effects: Counter[tuple[str, str]] = Counter()
        self._struck: Counter[Place] = Counter()
        self._instances = 0

    def around(self, victim: Victim, effect: str, ask: Callable[[], T]) -> T:
        """What `ask` answers; raises `StruckError` when the worker that asks was killed before or after."""
        asking = victim.pid
        when, whole = self._draw(victim.function, effect)
        if when is When.BEFORE and self._strike(victim, asking, effect, when, whole=whole):
            raise StruckError
        answer = ask()
        if when is When.AFTER and self._strike(victim, asking, effect, when, whole=whole):
            raise StruckError
        return answer

    def end(self) -> None:
        """Strike no more."""
        with self._lock:
            self._is_over = True

    @property
    def tally(self) -> Tally:
        """What has been counted so far."""
        with self._lock:
            return Tally(Counter(self._effects), Counter(self._struck), self._instances)

    def _draw(self, function: str, effect: str) -> tuple[When | None, bool]:
        with self._lock:
            if self._is_over:
                return None, False
            self._effects[function, effect] += 1
            if self._dice.random() >= self._share:
                return None, False
            return self._dice.choice(list(When)), self._dice.random() < self._whole

    def _strike(self, victim: Victim, pid: int, effect: str, when: When, *, whole: bool) -> bool:
        if not pid or not victim.kill(pid, whole=whole):
            return False
        with self._lock:
            self._struck[Place(victim.function, effect, when)] += 1
            self._instances += whole
        return True
