"""What time does the stand-in believe it is?"""

import time
from datetime import UTC, datetime


class Clock:
    """The wall clock, moved by as many seconds as a test asks for."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock on; negative seconds put it back."""
        self._ahead += seconds

    def stamp(self, at: float | None = None) -> str:
        """A moment (now, unless given) as GitHub writes it: `2026-01-31T12:00:00Z`."""
        return datetime.fromtimestamp(self.now() if at is None else at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
