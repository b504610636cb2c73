"""How often was each operation of a stand-in called, and which calls fail or take their time?"""

import threading
from collections import Counter
from dataclasses import dataclass

from local.google_error import error_of
from local.script import Rule, Script


@dataclass(frozen=True)
class Fault:
    """Seconds that pass before the answer, and the HTTP status of an error to answer with (None: as usual)."""

    status: int | None
    latency: float


class Operations:
    """Counts calls by name and lets scripted faults strike them; `stopping` cuts their waits short."""

    def __init__(self, stopping: threading.Event, seed: int | None = None) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._script: Script[Fault] = Script(seed)
        self._stopping = stopping

    def fail(
        self,
        operation: str,
        *,
        status: int | None = None,
        latency: float = 0.0,
        times: int | None = 1,
        probability: float = 1.0,
    ) -> Rule[Fault]:
        """Let the next `times` calls (None: all) meet this fault; returns the rule, which counts its strikes."""
        return self._script.add(Fault(status, latency), operation=operation, times=times, probability=probability)

    def heal(self) -> None:
        """Let everything go well again."""
        self._script.clear()

    def count(self, operation: str) -> int:
        """How many calls of `operation` have come, those that failed among them."""
        with self._lock:
            return self._counts[operation]

    def enter(self, operation: str) -> None:
        """Count a call and let its fault strike; raises `GoogleError` where that is an error."""
        with self._lock:
            self._counts[operation] += 1
        fault = self._script.draw(operation)
        if fault is None:
            return
        self._stopping.wait(fault.latency)
        if fault.status is not None:
            raise error_of(fault.status, "an injected fault")
