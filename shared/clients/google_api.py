"""Google's JSON APIs by plain HTTP, for the few calls whose official client costs more than it gives.

The webhook makes one call to Firestore and one to Cloud Tasks; importing the two clients would take more than
half of its cold start (docs/decisions/0002). google-auth finds the credentials, urllib3 keeps the connections.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import urllib3

from shared.domain.errors import RetryLaterError

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
CALL_TIMEOUT = 3.0


@dataclass(frozen=True)
class Answer:
    """What an API said: an HTTP status and a JSON object."""

    status: int
    body: Mapping[str, Any]


class GoogleApi:
    """One API at `address`; `token` gives the bearer token of each call. Safe to share between threads."""

    def __init__(self, address: str, token: Callable[[], str]) -> None:
        self._address = address
        self._token = token
        # Once more, for a kept connection that the peer had closed; every call of ours may be repeated.
        again = urllib3.Retry(1, redirect=False, status=False, allowed_methods=None)
        self._pool = urllib3.PoolManager(maxsize=16, retries=again)

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, timeout: float = CALL_TIMEOUT
    ) -> Answer:
        """Call the API, twice `timeout` seconds at most; raises `RetryLaterError` when nothing sensible comes back."""
        try:
            response = self._pool.request(
                method,
                f"{self._address}{path}",
                body=json.dumps(body).encode() if body is not None else None,
                headers={"Authorization": f"Bearer {self._token()}", "Content-Type": "application/json"},
                timeout=urllib3.Timeout(total=timeout),
            )
            answer = Answer(response.status, cast("dict[str, Any]", json.loads(response.data or b"{}")))
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise RetryLaterError("a Google API does not answer") from error
        if answer.status == 429 or answer.status >= 500:  # noqa: PLR2004  # HTTP's own numbers
            raise RetryLaterError(f"a Google API answered {answer.status}")
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()


def stand_in_token() -> str:
    """What the emulators take for an administrator."""
    return "owner"


class AccessToken:
    """The function's own access token, fetched when first needed and renewed before it expires."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._credentials: Any = None

    def __call__(self) -> str:
        """A valid token; raises `RetryLaterError` when the metadata server gives none."""
        # 60 ms to import, and only where no stand-in answers.
        import google.auth  # noqa: PLC0415
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
        from google.auth.transport.urllib3 import Request  # noqa: PLC0415

        try:
            with self._lock:
                if self._credentials is None:
                    self._credentials, _ = google.auth.default(scopes=_SCOPES)
                if not self._credentials.valid:
                    request = Request(urllib3.PoolManager())  # type: ignore[no-untyped-call]
                    self._credentials.refresh(request)
                return cast("str", self._credentials.token)
        except GoogleAuthError as error:
            raise RetryLaterError("no access token to be had") from error
