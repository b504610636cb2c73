"""How the tests call the local GitHub: as its App, with tokens, or as nobody."""

# ruff: noqa: ANN401 -- what is passed on is whatever requests takes

import json
import time
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.github import APP_ID, GitHub

SAMPLES = Path(__file__).parents[2] / "local" / "samples"
SECRET = "sample-org/secret-plans"
DIFF = {"Accept": "application/vnd.github.diff"}


@cache
def app_key() -> RSAPrivateKey:
    """The App's private key, one for each test process."""
    return generate_private_key(public_exponent=65537, key_size=2048)


@cache
def public_key() -> bytes:
    """Its public half in PEM."""
    return app_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def app_jwt(key: Any = None, algorithm: str = "RS256", **claims: Any) -> str:
    """A JWT of the App as the client makes it, with some claims replaced; None leaves one out."""
    now = int(time.time())
    merged = {"iss": str(APP_ID), "iat": now - 60, "exp": now + 540, **claims}
    kept = {name: value for name, value in merged.items() if value is not None}
    return jwt.PyJWS().encode(json.dumps(kept).encode(), key or app_key(), algorithm=algorithm)


class Caller:
    """Calls one `GitHub` over HTTP."""

    def __init__(self, github: GitHub) -> None:
        self.github = github
        self.session = requests.Session()
        self.session.trust_env = False

    def call(self, method: str, path: str, credential: str | None = None, **options: Any) -> requests.Response:
        """One call, redirects not followed."""
        headers = {**({"Authorization": f"Bearer {credential}"} if credential else {}), **options.pop("headers", {})}
        url = path if path.startswith("http") else self.github.url + path
        return self.session.request(method, url, headers=headers, timeout=10, allow_redirects=False, **options)

    def get(self, path: str, credential: str | None = None, **options: Any) -> requests.Response:
        """GET."""
        return self.call("GET", path, credential, **options)

    def as_app(self, path: str, method: str = "GET", **options: Any) -> requests.Response:
        """A call of the App itself."""
        return self.call(method, path, app_jwt(), **options)

    def ask_token(self, owner: str, body: Any = None, **options: Any) -> requests.Response:
        """The answer to the request for a token of the installation on an account."""
        installation = self.github.world.installation_of(owner)
        assert installation is not None
        return self.as_app(f"/app/installations/{installation.id}/access_tokens", "POST", json=body, **options)

    def token(self, owner: str, **body: Any) -> str:
        """A token of the installation on an account."""
        answer = self.ask_token(owner, body or None)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def pages(self, path: str, credential: str | None = None) -> list[list[Any]]:
        """All pages of a list, by its `Link` headers."""
        found, following = [], self.github.url + path
        while following:
            answer = self.get(following, credential)
            assert answer.status_code == 200, answer.text
            found.append(answer.json())
            following = answer.links.get("next", {}).get("url", "")
        return found

    def close(self) -> None:
        """Close its connections."""
        self.session.close()
