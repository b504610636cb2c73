"""Google's JSON APIs by plain HTTP, for the few calls whose official client costs more than it gives.

The webhook makes one call to Firestore and one to Cloud Tasks; importing the two clients would take more than
half of its cold start (docs/decisions/0002, 0010). urllib3 keeps the connections, the metadata server gives the token.
"""

import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import urllib3

from shared.domain.errors import RetryLaterError

CALL_TIMEOUT = 3.0
_METADATA = "http://metadata.google.internal"
_TOKEN_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"  # noqa: S105  # its place, not a token
_TOKEN_TIMEOUT = 1.0
# The server hands out the same token until it has five minutes left.
_RENEWED_BEFORE = 240.0


@dataclass(frozen=True)
class Answer:
    """What an API said: an HTTP status and a JSON object."""

    status: int
    body: Mapping[str, Any]


class Peer:
    """JSON over HTTP with the server at `address`. Safe to share between threads."""

    def __init__(self, address: str) -> None:
        # Once more, for a kept connection that the peer had closed; every call of ours may be repeated.
        again = urllib3.Retry(1, redirect=False, status=False, allowed_methods=None)
        secured = {"ssl_context": _tls()} if address.startswith("https:") else {}
        # Its own pool: a `PoolManager` looks for it at every call, a fifth of what the call costs.
        self._pool = urllib3.connection_from_url(address, maxsize=16, retries=again, **secured)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None, *, timeout: float
    ) -> Answer:
        """What it answers in twice `timeout` seconds at most; raises `RetryLaterError` when it is nothing sensible."""
        try:
            response = self._pool.urlopen(
                method, path, body=body, headers=headers, timeout=urllib3.Timeout(total=timeout)
            )
            answer = Answer(response.status, cast("dict[str, Any]", json.loads(response.data or b"{}")))
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise RetryLaterError("a Google API does not answer") from error
        if answer.status == 429 or answer.status >= 500:  # noqa: PLR2004  # HTTP's own numbers
            raise RetryLaterError(f"a Google API answered {answer.status}")
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


class GoogleApi:
    """One API at `address`; `token` gives the bearer token of each call. Safe to share between threads."""

    def __init__(self, address: str, token: Callable[[], str]) -> None:
        self._peer = Peer(address)
        self._token = token

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, timeout: float = CALL_TIMEOUT
    ) -> Answer:
        """Call the API, twice `timeout` seconds at most; raises `RetryLaterError` when nothing sensible comes back."""
        headers = {"Authorization": f"Bearer {self._token()}", "Content-Type": "application/json"}
        content = json.dumps(body).encode() if body is not None else None
        return self._peer.ask(method, path, headers, content, timeout=timeout)

    def close(self) -> None:
        """Close the connections."""
        self._peer.close()


def stand_in_token() -> str:
    """What the emulators take for an administrator."""
    return "owner"


class AccessToken:
    """The function's own access token, fetched when first needed and renewed before it expires.

    Straight from the metadata server: google-auth takes 90 ms to ask it, and longer to give up than GitHub waits.
    https://cloud.google.com/run/docs/container-contract#metadata-server
    """

    def __init__(self, address: str = _METADATA, clock: Callable[[], float] = time.monotonic) -> None:
        self._server = Peer(address)
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._until = 0.0

    def __call__(self) -> str:
        """A valid token; raises `RetryLaterError` when the metadata server gives none."""
        with self._lock:
            if not self._token or self._clock() >= self._until:
                self._fetch()
            return self._token

    def _fetch(self) -> None:
        began = self._clock()
        answer = self._server.ask("GET", _TOKEN_PATH, {"Metadata-Flavor": "Google"}, timeout=_TOKEN_TIMEOUT)
        match answer:
            case Answer(status=200, body={"access_token": str(token), "expires_in": int(seconds)}):
                self._token, self._until = token, began + seconds - _RENEWED_BEFORE
            case _:
                raise RetryLaterError("no access token to be had")


@cache
def _tls() -> ssl.SSLContext:
    """Who is trusted: read from disk once, for that takes 20 ms."""
    return ssl.create_default_context()
