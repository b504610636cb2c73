"""Who calls: nobody, the App itself by its JWT, or an installation by a token that it was given?

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

import base64
import json
import secrets
import string
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from local.github.apps import App
from local.github.clock import Clock
from local.github.shapes import Json
from local.github.world import Installation

_DRIFT, _LONGEST = 60, 600  # seconds a JWT may be issued in the future, and last
_LIFE = 3600  # seconds of an installation token
_LENGTH = 520
_DOTS_IN_JWT = 2
_SCHEMES = ("bearer", "token")

NOT_DECODED = "A JSON web token could not be decoded"
_BAD_EXPIRY = (
    "'Expiration time' claim ('exp') must be a numeric value representing the future time "
    "at which the assertion expires"
)
_FAR_EXPIRY = "'Expiration time' claim ('exp') is too far in the future"
_BAD_ISSUE = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"


@dataclass(frozen=True)
class Principal:
    """Who makes a call. `repository_ids` None stands for all that the installation covers."""

    kind: Literal["nobody", "app", "installation", "refused"]
    installation_id: int | None = None
    repository_ids: frozenset[int] | None = None
    permissions: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""
    status: int = 401
    app_id: int | None = None


@dataclass(frozen=True)
class Minted:
    """An installation token, the body it was asked for with, and what it allows until `expires` (epoch seconds)."""

    token: str
    app_id: int
    installation_id: int
    asked: Json
    repository_ids: frozenset[int] | None
    permissions: Mapping[str, str]
    expires: float


class Tokens:
    """Checks the JWTs of the Apps and keeps the tokens it gave out, so that tests can ask for their scope."""

    def __init__(self, apps: Mapping[int, App], clock: Clock) -> None:
        self._apps = apps
        self._clock = clock
        self._lock = threading.Lock()
        self._minted: dict[str, Minted] = {}

    @property
    def minted(self) -> list[Minted]:
        """Every token given out so far, oldest first."""
        with self._lock:
            return list(self._minted.values())

    def revoke(self, token: str | None = None) -> None:
        """Let GitHub forget one token, or all of them: their next use is a 401."""
        with self._lock:
            for name in list(self._minted) if token is None else [token]:
                self._minted[name] = Minted(**{**vars(self._minted[name]), "expires": 0.0})

    def identify(self, authorization: str | None) -> Principal:
        """The caller that an `Authorization` header proves."""
        if not authorization:
            return Principal("nobody")
        scheme, _, credential = authorization.strip().partition(" ")
        credential = credential.strip()
        if scheme.lower() not in _SCHEMES or not credential:
            return Principal("refused", refusal="Bad credentials")
        return self._installation(credential) if credential.startswith("ghs_") else self._app(credential)

    def mint(
        self,
        installation: Installation,
        asked: Json,
        repository_ids: frozenset[int] | None,
        permissions: Mapping[str, str],
        *,
        classic: bool = False,
    ) -> Minted:
        """A new token that lasts an hour; `classic` gives the forty characters of old."""
        token = _classic_token() if classic else _long_token(installation.app.id, installation.id)
        expires = self._clock.now() + _LIFE
        minted = Minted(token, installation.app.id, installation.id, asked, repository_ids, permissions, expires)
        with self._lock:
            self._minted[token] = minted
        return minted

    def _installation(self, credential: str) -> Principal:
        with self._lock:
            minted = self._minted.get(credential)
        if minted is None or self._clock.now() >= minted.expires:
            return Principal("refused", refusal="Bad credentials")
        number, scope = minted.installation_id, minted.repository_ids
        return Principal("installation", number, scope, minted.permissions, app_id=minted.app_id)

    def _app(self, credential: str) -> Principal:
        if credential.count(".") != _DOTS_IN_JWT:
            return Principal("refused", refusal="Bad credentials")
        apps = list(self._apps.values())
        proofs = [(app, claims) for app in apps if (claims := _claims(credential, app.key)) is not None]
        if not proofs:
            return Principal("refused", refusal=NOT_DECODED)
        _, claims = proofs[0]
        refusal = _time_refusal(claims, self._clock.now())
        if refusal:
            return Principal("refused", refusal=refusal)
        named = [app for app in apps if _issues(app, claims.get("iss"))]
        if not named:
            return Principal("refused", refusal="Integration not found", status=404)
        if all(app.id != named[0].id for app, _ in proofs):
            return Principal("refused", refusal=NOT_DECODED)
        return Principal("app", app_id=named[0].id)


def _claims(credential: str, key: RSAPublicKey | None) -> Mapping[str, Any] | None:
    """What a JWT says, if this key has signed it."""
    if key is None:
        return None
    try:
        claims = json.loads(jwt.PyJWS().decode(credential, key=key, algorithms=["RS256"]))
    except (jwt.PyJWTError, ValueError):
        return None
    return claims if isinstance(claims, dict) else None


def _issues(app: App, issuer: object) -> bool:
    """Whether a JWT names this App: by its number or its client id."""
    return not isinstance(issuer, bool) and str(issuer) in (str(app.id), app.client_id)


def _time_refusal(claims: Mapping[str, Any], now: float) -> str:
    """What is wrong with a JWT's times, in GitHub's words; empty when nothing is."""
    issued, expires = claims.get("iat"), claims.get("exp")
    if type(issued) is not int or issued > now + _DRIFT:
        return _BAD_ISSUE
    if type(expires) not in (int, float) or expires <= now:  # type: ignore[operator]  # a number, by the first half
        return _BAD_EXPIRY
    return _FAR_EXPIRY if expires > now + _LONGEST else ""  # type: ignore[operator]  # as above


def _long_token(app_id: int, installation_id: int) -> str:
    """`ghs_APPID_JWT`, about 520 characters; nobody but GitHub can read the JWT, so nobody may rely on it.

    https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app
    """
    head = _encoded(json.dumps({"alg": "ES256", "typ": "JWT", "kid": secrets.token_hex(8)}).encode())
    signature = f"-_{_encoded(secrets.token_bytes(64))}"
    start = f"ghs_{app_id}_{head}."
    claims = json.dumps({"iss": "github.com", "sub": f"installation:{installation_id}", "jti": ""})
    room = (_LENGTH - len(start) - len(signature) - 1) * 3 // 4 - len(claims)
    claims = claims.replace('""', f'"{secrets.token_hex(_LENGTH)[:room]}"')
    return f"{start}{_encoded(claims.encode())}.{signature}"


def _classic_token() -> str:
    return "ghs_" + "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(36))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
