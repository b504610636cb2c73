"""How may a queue be set, and when does a failed task of it come again?

The rules and defaults are those of https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.
"""

import math
import re
from dataclasses import dataclass

MAX_RATE = 500
MAX_CONCURRENT = 5000
RETENTION = 31 * 24 * 3600.0  # seconds; https://cloud.google.com/tasks/docs/quotas

QUEUE_NAME = "projects/PROJECT/locations/LOCATION/queues/QUEUE"

_QUEUE_NAME = re.compile(r"projects/[A-Za-z0-9:.-]+/locations/[A-Za-z0-9-]+/queues/[A-Za-z0-9-]{1,100}")
_ENDLESS = -1
_LARGEST_EXPONENT = 64  # any backoff has long met its ceiling


def _require(holds: bool, rule: str) -> None:  # noqa: FBT001 -- reads as the sentence it is
    if not holds:
        raise ValueError(rule)


@dataclass(frozen=True, kw_only=True)
class Retry:
    """When a failed task is tried again; times in seconds. Raises ValueError for what Google refuses."""

    max_attempts: int = 100
    min_backoff: float = 0.1
    max_backoff: float = 3600.0
    max_doublings: int = 16
    max_retry_duration: float = 0.0

    def __post_init__(self) -> None:
        _require(self.max_attempts >= 1 or self.max_attempts == _ENDLESS, "maxAttempts is above 0, or -1 for no limit")
        _require(self.min_backoff >= 0, "minBackoff is not negative")
        _require(self.max_backoff >= self.min_backoff, "minBackoff is not above maxBackoff")
        _require(self.max_doublings >= 0, "maxDoublings is not negative")
        _require(self.max_retry_duration >= 0, "maxRetryDuration is not negative")

    def delay(self, failures: int) -> float:
        """Seconds to wait after the n-th failure: doublings from minBackoff, then linear, up to maxBackoff."""
        doublings = min(failures - 1, self.max_doublings, _LARGEST_EXPONENT)
        steps = max(1, failures - self.max_doublings)
        return min(self.max_backoff, self.min_backoff * 2.0**doublings * steps)

    def gives_up(self, attempts: int, trying: float, age: float) -> bool:
        """Whether no further attempt is made, `trying` seconds after the first and `age` after creation.

        A task goes when every limit that is set has been reached, and always at the end of its retention.
        """
        limits = []
        if self.max_attempts != _ENDLESS:
            limits.append(attempts >= self.max_attempts)
        if self.max_retry_duration > 0:
            limits.append(trying >= self.max_retry_duration)
        return (bool(limits) and all(limits)) or age >= RETENTION


@dataclass(frozen=True, kw_only=True)
class Queue(Retry):
    """A queue's full name, how fast and how many at once it dispatches, and how it retries."""

    name: str
    max_dispatches_per_second: float = 500.0
    max_concurrent: int = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        _require(is_queue_name(self.name), f"a queue's name is {QUEUE_NAME}, not {self.name!r}")
        _require(
            0 < self.max_dispatches_per_second <= MAX_RATE,
            f"maxDispatchesPerSecond is above 0 and at most {MAX_RATE}",
        )
        _require(
            0 < self.max_concurrent <= MAX_CONCURRENT,
            f"maxConcurrentDispatches is above 0 and at most {MAX_CONCURRENT}",
        )

    @property
    def max_burst(self) -> int:
        """How many dispatches may come at once after a pause."""
        return math.ceil(self.max_dispatches_per_second)


def is_queue_name(name: str) -> bool:
    """Whether this can be a queue's full name."""
    return _QUEUE_NAME.fullmatch(name) is not None


def queue_id(name: str) -> str:
    """The last part of a queue's or task's full name."""
    return name.rsplit("/", 1)[-1]
