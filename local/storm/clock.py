"""What time is it in a storm, whose clock runs faster than the wall's?"""

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from local.github.clock import Clock as GitHubClock

_TICK = 0.02  # real seconds
_PAUSE = 0.2  # real seconds between two looks at `stopping`


@dataclass(frozen=True)
class FastClock:
    """`speed` seconds pass in each real one since `began` (epoch seconds), in every process that is told both."""

    began: float
    speed: float

    @classmethod
    def read(cls, text: str) -> Self:
        """The clock that `str` wrote down."""
        began, speed = map(float, text.split(":"))
        return cls(began, speed)

    def __str__(self) -> str:
        return f"{self.began!r}:{self.speed!r}"

    def now(self) -> float:
        """Seconds since 1970 as they would be."""
        return self.began + (time.time() - self.began) * self.speed

    def moment(self) -> datetime:
        """The same, aware and in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)

    def wait_until(self, moment: float, stopping: threading.Event) -> bool:
        """Wait until then (epoch seconds of this clock); False when `stopping` came first."""
        while (left := (moment - self.now()) / self.speed) > 0:
            if stopping.wait(min(left, _PAUSE)):
                return False
        return not stopping.is_set()


def keep_time(github: GitHubClock, clock: FastClock, stopping: threading.Event) -> threading.Thread:
    """Move GitHub's clock on with ours, in a thread, until `stopping`."""

    def run() -> None:
        ahead = 0.0
        while not stopping.wait(_TICK):
            step = clock.now() - time.time() - ahead
            github.advance(step)
            ahead += step

    thread = threading.Thread(target=run, name="GitHub's clock", daemon=True)
    thread.start()
    return thread
