"""Whose turn is it to call GitHub: two calls at a time for each installation, its changes one after the other?

https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from shared.domain.errors import RetryLaterError

_AT_A_TIME = 2
_WAIT_FOR_TURN = 30.0
_APP = 0


class Turns:
    """Hands out turns by installation. `gap` is the number of seconds between the end of a change and the next one.

    The App's own calls (installation 0) need no gap: they ask for tokens and for deliveries to be repeated.
    """

    def __init__(self, gap: float) -> None:
        self._gap = gap
        self._lock = threading.Lock()
        self._places: dict[int, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(_AT_A_TIME))
        self._changes: dict[int, threading.Semaphore] = defaultdict(threading.Semaphore)
        self._changed_at: dict[int, float] = {}

    @contextmanager
    def take(self, installation_id: int, *, changes: bool) -> Iterator[None]:
        """A turn; raises `RetryLaterError` when others keep theirs for longer than a task can wait."""
        with self._lock:
            place, change = self._places[installation_id], self._changes[installation_id]
        if not changes or installation_id == _APP:
            with _held(place):
                yield
            return
        with _held(change):
            time.sleep(max(0.0, self._changed_at.get(installation_id, 0.0) + self._gap - time.monotonic()))
            try:
                with _held(place):
                    yield
            finally:
                self._changed_at[installation_id] = time.monotonic()


@contextmanager
def _held(semaphore: threading.Semaphore) -> Iterator[None]:
    if not semaphore.acquire(timeout=_WAIT_FOR_TURN):
        raise RetryLaterError("others are talking to GitHub", after=10)
    try:
        yield
    finally:
        semaphore.release()
