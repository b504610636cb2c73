"""Who is calling: a person with a Firebase ID token, or Cloud Tasks with a Google one. Headers name nobody.

https://firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library
https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt

from shared.clients.keys import KeySet
from shared.domain.errors import UnauthenticatedError

APPROVER, AUDITOR, BREAK_GLASS = ROLES = ("approver", "auditor", "breakGlass")
LEEWAY = 10
_GITHUB = "github.com"
_GOOGLE_ISSUERS = ["https://accounts.google.com", "accounts.google.com"]
_REQUIRED = ["exp", "iat", "aud", "iss", "sub"]
_MAX_UID = 128


@dataclass(frozen=True)
class Actor:
    """A signed-in person; `github_id` is None where their account names no GitHub identity.

    `signed_in_at` is when they last proved who they are, in seconds since 1970: what is revoked was signed in before.
    """

    id: str
    github_id: int | None
    roles: frozenset[str]
    signed_in_at: float = 0.0

    @property
    def sees_everything(self) -> bool:
        """Whether everybody's intents, runs and reports are open to them."""
        return not self.roles.isdisjoint({APPROVER, AUDITOR})


class SignIn:
    """Checks Firebase ID tokens of one project."""

    def __init__(self, keys: KeySet, project: str, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._project = project
        self._now = now

    def actor(self, authorization: str | None) -> Actor:
        """The person behind an `Authorization` header; raises `UnauthenticatedError` for anything but a good token."""
        issuer = f"https://securetoken.google.com/{self._project}"
        claims = _verified(authorization, self._keys, audience=self._project, issuers=[issuer])
        uid, auth_time = claims["sub"], claims.get("auth_time")
        if not 0 < len(uid) <= _MAX_UID or "/" in uid:
            raise UnauthenticatedError("sign in first")
        latest = self._now().timestamp() + LEEWAY
        if isinstance(auth_time, bool) or not isinstance(auth_time, int | float) or auth_time > latest:
            raise UnauthenticatedError("sign in first")
        roles = frozenset(role for role in ROLES if claims.get(role) is True)
        return Actor(uid, _github_id(claims), roles, float(auth_time))


class TaskSignIn:
    """Checks the OIDC tokens that Cloud Tasks sends: anyone can mint one for our address, one account may."""

    def __init__(self, keys: KeySet, service_account: str, audience: Callable[[str], str]) -> None:
        self._keys = keys
        self._service_account = service_account
        self._audience = audience

    def check(self, authorization: str | None, *, function: str) -> None:
        """Raise `UnauthenticatedError` unless the task account's token for this function's address is there."""
        claims = _verified(authorization, self._keys, audience=self._audience(function), issuers=_GOOGLE_ISSUERS)
        if claims.get("email") != self._service_account or claims.get("email_verified") is not True:
            raise UnauthenticatedError("tasks come from the task queue alone")


def _verified(authorization: str | None, keys: KeySet, *, audience: str, issuers: list[str]) -> Mapping[str, Any]:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UnauthenticatedError("sign in first")
    try:
        header = jwt.get_unverified_header(token)
        claims: Mapping[str, Any] = jwt.decode(
            token,
            keys.key(str(header.get("kid", ""))),
            algorithms=["RS256"],
            audience=audience,
            issuer=issuers,
            leeway=LEEWAY,
            options={"require": _REQUIRED, "strict_aud": True},
        )
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise UnauthenticatedError("sign in first") from error
    return claims


def _github_id(claims: Mapping[str, Any]) -> int | None:
    """The numeric id of the GitHub account that the person signed in with or linked."""
    firebase = claims.get("firebase")
    identities = firebase.get("identities", {}) if isinstance(firebase, Mapping) else {}
    ids = identities.get(_GITHUB) if isinstance(identities, Mapping) else None
    first = str(ids[0]) if isinstance(ids, list) and ids else ""
    return int(first) if first.isascii() and first.isdigit() else None
