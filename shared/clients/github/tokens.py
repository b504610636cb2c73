"""The App's credentials: a JWT that proves which App calls, and installation tokens for no more than is needed.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import RSAAlgorithm

from shared.clients.github.transport import GitHubRefusedError, Transport, read_json
from shared.domain.errors import ConfigurationError, NotFoundError, RetryLaterError

_DRIFT = timedelta(seconds=60)
_LIFE = timedelta(seconds=540)
_RENEW_BEFORE = timedelta(minutes=5)
_UNPROCESSABLE = 422
Permissions = Mapping[str, str]


class NoTokenError(GitHubRefusedError):
    """GitHub gives no such token: the App, or its installation, was not granted as much."""


class AppTokens:
    """Mints the App's JWT and keeps installation tokens by what they allow. Safe to share between threads.

    `setting` is the name of the setting by which the key is found.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        app_id: str,
        private_key: Callable[[], str],
        now: Callable[[], datetime],
        setting: str,
    ) -> None:
        self._transport = transport
        self._app_id = app_id
        self._private_key = private_key
        self._now = now
        self._setting = setting
        self._lock = threading.Lock()
        self._kept: dict[tuple[Any, ...], tuple[str, datetime]] = {}

    def app_jwt(self) -> str:
        """A JWT of ten minutes less the clocks' drift; raises `ConfigurationError` when the key is no RSA key."""
        now = self._now()
        claims = {"iss": self._app_id, "iat": now - _DRIFT, "exp": now + _LIFE}
        try:
            return jwt.encode(claims, _parsed(self._private_key()), algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise ConfigurationError(f"the secret of {self._setting} is not an RSA key in PEM") from None

    def installation(self, installation_id: int, scope: Mapping[str, Any], permissions: Permissions) -> str:
        """A token of this installation for `scope` (`repositories` or `repository_ids`) and `permissions` alone.

        Raises `NotFoundError` when the installation, or the repository in it, is not there.
        """
        key = (installation_id, _frozen(scope), _frozen(permissions))
        with self._lock:
            token, expires = self._kept.get(key, ("", datetime.min.replace(tzinfo=UTC)))
        if token and self._now() < expires - _RENEW_BEFORE:
            return token
        token, expires = self._fetch(installation_id, {**scope, "permissions": dict(permissions)})
        with self._lock:
            self._kept[key] = (token, expires)
        return token

    def once(self, installation_id: int, scope: Mapping[str, Any], permissions: Permissions) -> str:
        """The same, asked for anew and kept by nobody."""
        return self._fetch(installation_id, {**scope, "permissions": dict(permissions)})[0]

    def forget(self, token: str) -> None:
        """Drop a token that GitHub refused."""
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if kept[0] != token}

    def _fetch(self, installation_id: int, body: Mapping[str, Any]) -> tuple[str, datetime]:
        path = f"/app/installations/{installation_id}/access_tokens"
        try:
            response = self._transport.call("POST", path, installation_id=0, token=self.app_jwt(), body=body)
        except GitHubRefusedError as error:
            # The same status stands for permissions that were not granted: somebody has to look at that.
            if error.status == _UNPROCESSABLE and "at least one repository" in error.reason:
                raise NotFoundError("repository at GitHub") from error
            raise NoTokenError(error.status, error.reason) from error
        answer = read_json(response)
        try:
            return str(answer["token"]), datetime.fromisoformat(answer["expires_at"]).astimezone(UTC)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise RetryLaterError("GitHub's answer is no token", after=30) from error


@lru_cache(maxsize=2)
def _parsed(key: str) -> RSAPrivateKey:
    """The key of a PEM, kept: reading one costs 35 ms, for it is checked to be a key."""
    return cast("RSAPrivateKey", RSAAlgorithm(RSAAlgorithm.SHA256).prepare_key(key))


def _frozen(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(sorted((key, tuple(value) if isinstance(value, list) else value) for key, value in values.items()))
