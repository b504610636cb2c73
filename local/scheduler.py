"""What Cloud Scheduler is in production: calls the reconciler once a minute, with the task account's token."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import requests

RECONCILER = "/api/tasks/reconcile"
MINUTE = 60.0
_TIMEOUT = 60.0


class Scheduler:
    """Started with `with`; calls the API at `api` every `seconds`, each time with a new token of `token`'s."""

    def __init__(self, *, api: str, token: Callable[[], str], seconds: float = MINUTE) -> None:
        self._api = api
        self._token = token
        self._seconds = seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def call(self) -> int | None:
        """Call the reconciler now; its status, or None when it can't be reached."""
        bearer = {"Authorization": f"Bearer {self._token()}"}
        with requests.Session() as session:
            session.trust_env = False  # no proxy leads to loopback
            try:
                return session.post(self._api + RECONCILER, json={}, headers=bearer, timeout=_TIMEOUT).status_code
            except requests.RequestException:
                return None  # like the real one, it comes again in a minute

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            self.call()
