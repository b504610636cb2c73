"""What goes wrong on purpose, and has it gone wrong yet?"""

import enum
import random
import threading
from dataclasses import dataclass

from local.cloud_tasks.errors import RESOURCE_EXHAUSTED, ApiError, code_of


class Duplicate(enum.Enum):
    """When the second delivery of a task comes."""

    TOGETHER = "together"
    AFTERWARDS = "afterwards"


@dataclass(kw_only=True)
class CreateFault:
    """What happens to calls of CreateTask instead of the usual.

    `hang` real seconds pass; with a `status` the call is answered with that error, without one as usual; with
    `applied` the task is made all the same, before the wait, so that the caller can't know. It strikes `times`
    calls (None: until cleared), each with `probability`; `fired` counts how many it struck.
    """

    status: int | None = RESOURCE_EXHAUSTED.http
    applied: bool = False
    hang: float = 0.0
    times: int | None = 1
    probability: float = 1.0
    fired: int = 0

    def error(self) -> ApiError | None:
        """The answer to give, or None for the usual one."""
        if self.status is None:
            return None
        return ApiError(code_of(self.status), "an injected fault", http=self.status)


class Faults:
    """The faults that are on; `seed` makes what is drawn repeatable."""

    def __init__(self, seed: int | None = None) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)  # noqa: S311 -- dice, not secrets
        self._creates: list[CreateFault] = []
        self._duplicates = 0.0

    def on_create(self, fault: CreateFault) -> CreateFault:
        """Let calls of CreateTask meet this fault; returns it, to ask whether it `fired`."""
        with self._lock:
            self._creates.append(fault)
        return fault

    def duplicate(self, probability: float) -> None:
        """Deliver twice with this probability, half of the times both at once."""
        with self._lock:
            self._duplicates = probability

    def clear(self) -> None:
        """Let everything go well again."""
        with self._lock:
            self._creates.clear()
            self._duplicates = 0.0

    def draw_create(self) -> CreateFault | None:
        """The fault that this call of CreateTask meets."""
        with self._lock:
            for fault in self._creates:
                spent = fault.times is not None and fault.fired >= fault.times
                if not spent and self._random.random() < fault.probability:
                    fault.fired += 1
                    return fault
        return None

    def draw_duplicate(self) -> Duplicate | None:
        """Whether this delivery comes a second time, and when."""
        with self._lock:
            if self._random.random() >= self._duplicates:
                return None
            return self._random.choice(list(Duplicate))
