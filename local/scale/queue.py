"""A queue of Cloud Tasks as the simulation knows it: a rate, so many tasks at once, first come, first served."""

from collections import deque
from dataclasses import dataclass, field

_BURST = 10.0  # tasks that may go at once after a pause


@dataclass
class SimulatedQueue:
    """Waiting tasks, how many are out, and how many more may go now (a bucket that fills with time)."""

    a_second: float
    at_once: int
    waiting: deque[int] = field(default_factory=deque)
    out: int = 0
    _tokens: float = _BURST
    _filled_at: float = 0.0

    def take(self, at: float) -> int | None:
        """The next task that may go now; None when there is none, no room, or the rate is used up."""
        if not self.waiting or self.out >= self.at_once:
            return None
        self._tokens = min(_BURST, self._tokens + (at - self._filled_at) * self.a_second)
        self._filled_at = at
        if self._tokens < 1 - 1e-9:
            return None
        self._tokens -= 1
        self.out += 1
        return self.waiting.popleft()

    def opens(self, at: float) -> float | None:
        """When the rate lets the next one go, where nothing but the rate keeps it."""
        if not self.waiting or self.out >= self.at_once:
            return None
        return at + max(0.0, 1 - self._tokens) / self.a_second
