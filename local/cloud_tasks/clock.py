"""What time is it in the queues, which may run faster than the wall clock?"""

import time


class Clock:
    """Seconds since it was made, `speed` of them in each real second; raises ValueError unless speed > 0."""

    def __init__(self, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError(f"a clock's speed is above 0, not {speed}")
        self.speed = speed
        self._made_at = time.monotonic()

    def now(self) -> float:
        """Queue seconds since the clock was made."""
        return (time.monotonic() - self._made_at) * self.speed

    def real(self, seconds: float) -> float:
        """How many real seconds so many queue seconds last."""
        return seconds / self.speed

    def wall(self) -> float:
        """Real seconds since 1970: what is shown to people, and what callers schedule by."""
        return time.time()
