"""Google's public keys for verifying tokens, kept for as long as their headers say."""

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import requests
from jwt import PyJWK, PyJWTError

from shared.domain.errors import RetryLaterError, UnauthenticatedError

_MAX_AGE = re.compile(r"max-age=(\d{1,7})")
_DEFAULT_SECONDS = 300.0
_AT_MOST_EVERY = 30.0
_TIMEOUT = 5.0


class KeySet:
    """The JWKS at `url`, fetched again when it is stale or a token names a key it does not have."""

    def __init__(self, url: str, session: requests.Session, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._session = session
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str, Any] = {}
        self._stale_at = 0.0
        self._fetched_at = float("-inf")

    def key(self, key_id: str) -> Any:  # noqa: ANN401  # whatever cryptography calls an RSA key
        """The public key `key_id`; raises `UnauthenticatedError` when there is none, `RetryLaterError` when unknown."""
        with self._lock:
            now = self._clock()
            if now >= self._stale_at or (key_id not in self._keys and now >= self._fetched_at + _AT_MOST_EVERY):
                self._fetch(now)
            found = self._keys.get(key_id)
        if found is None:
            raise UnauthenticatedError("sign in first")
        return found

    def _fetch(self, now: float) -> None:
        try:
            response = self._session.get(self._url, timeout=_TIMEOUT)
            response.raise_for_status()
            keys = {each["kid"]: PyJWK(each, algorithm="RS256").key for each in response.json()["keys"]}
        except (requests.RequestException, PyJWTError, ValueError, KeyError, TypeError) as error:
            if self._keys and now < self._stale_at:
                return
            raise RetryLaterError("the keys for sign-in can't be fetched", after=5) from error
        found = _MAX_AGE.search(response.headers.get("Cache-Control", ""))
        self._keys, self._fetched_at = keys, now
        self._stale_at = now + (float(found[1]) if found else _DEFAULT_SECONDS)
