"""Which bearer tokens must be refused? Each forgery takes what a good token is made of and spoils one thing.

    genuine = genuine_id_token(identity.keys.newest, project="p")
    @pytest.mark.parametrize("forge", ID_TOKEN_FORGERIES.values(), ids=ID_TOKEN_FORGERIES.keys())
    def test_refuses(forge): client.get(path, headers={"Authorization": f"Bearer {forge(genuine)}"})

`genuine.token()` itself must be accepted, or a refusal proves nothing.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm

from local.identity.keys import SigningKey
from local.identity.tokens import PROJECT, id_token_claims

HOUR = 3600
LONGEST_UID = 128
_STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Signer(Protocol):
    """Who signs good tokens: `local.identity`'s keys and the task queue's both fit."""

    @property
    def key(self) -> rsa.RSAPrivateKey:
        """The private key."""

    @property
    def key_id(self) -> str:
        """The name that its public half is published under."""


@dataclass(frozen=True)
class Genuine:
    """What a token is made of: good as it stands, a forgery with one thing changed."""

    key: Any
    headers: Mapping[str, Any]
    claims: Mapping[str, Any]
    algorithm: str = "RS256"

    def token(self) -> str:
        """The signed token."""
        return jwt.encode(dict(self.claims), self.key, self.algorithm, headers=dict(self.headers))

    def saying(self, **claims: Any) -> "Genuine":  # noqa: ANN401 -- a token may claim anything
        """The same with other claims."""
        return replace(self, claims={**self.claims, **claims})

    def silent_about(self, *names: str) -> "Genuine":
        """The same without some claims."""
        return replace(self, claims={name: value for name, value in self.claims.items() if name not in names})

    def headed(self, **headers: Any) -> "Genuine":  # noqa: ANN401 -- the same
        """The same with other headers."""
        return replace(self, headers={**self.headers, **headers})


Forgery: TypeAlias = Callable[[Genuine], str]


def genuine_id_token(
    signer: Signer, *, project: str = PROJECT, uid: str = "ann", github_id: int | None = 1, claims: tuple[str, ...] = ()
) -> Genuine:
    """A person's Firebase ID token."""
    said = id_token_claims(
        uid, github_id=github_id, claims=claims, project=project, issued_at=int(time.time()), lifetime=HOUR
    )
    return Genuine(signer.key, {"kid": signer.key_id}, said)


def genuine_task_token(signer: Signer, *, audience: str, email: str) -> Genuine:
    """A service account's Google OIDC token, as Cloud Tasks sends it."""
    now = int(time.time())
    said = {"iss": "https://accounts.google.com", "aud": audience, "azp": "1001", "sub": "1001", "email": email}
    return Genuine(signer.key, {"kid": signer.key_id}, {**said, "email_verified": True, "iat": now, "exp": now + HOUR})


def encoded(value: bytes | Mapping[str, Any]) -> str:
    """One segment of a token."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed_by_hand(genuine: Genuine, header: Mapping[str, Any], secret: bytes | None) -> str:
    """A token as PyJWT refuses to make it: HMAC-SHA256 with any secret, or no signature at all."""
    content = f"{encoded({'typ': 'JWT', **genuine.headers, **header})}.{encoded(genuine.claims)}"
    signature = b"" if secret is None else hmac.new(secret, content.encode(), hashlib.sha256).digest()
    return f"{content}.{encoded(signature)}"


def public_pem(genuine: Genuine) -> bytes:
    """The public key as text, which naive verifiers take for an HMAC secret."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public: bytes = genuine.key.public_key().public_bytes(serialization.Encoding.PEM, form)
    return public


def _changed_claims(genuine: Genuine) -> str:
    header, _, signature = genuine.token().split(".")
    return f"{header}.{encoded({**genuine.claims, 'sub': 'mallory', 'user_id': 'mallory'})}.{signature}"


def _changed_signature(genuine: Genuine) -> str:
    content, _, signature = genuine.token().rpartition(".")
    spoiled = bytearray(base64.urlsafe_b64decode(f"{signature}=="))
    spoiled[0] ^= 1
    return f"{content}.{encoded(bytes(spoiled))}"


def _own_key_in_header(genuine: Genuine) -> str:
    own = RSAAlgorithm.to_jwk(_STRANGER.public_key(), as_dict=True)
    return replace(genuine.headed(jwk=own), key=_STRANGER).token()


def _unknown_key(genuine: Genuine) -> str:
    stranger = SigningKey.of(_STRANGER)
    return replace(genuine.headed(kid=stranger.key_id), key=stranger.key).token()


def _without_key_id(genuine: Genuine) -> str:
    return replace(genuine, headers={}).token()


def _key_location(genuine: Genuine) -> str:
    return replace(genuine.headed(jku="http://127.0.0.1:1/keys"), key=_STRANGER).token()


def _other_curve(genuine: Genuine) -> str:
    return replace(genuine, key=ec.generate_private_key(ec.SECP256R1()), algorithm="ES256").token()


def _now() -> int:
    return int(time.time())


_FORM: dict[str, Forgery] = {
    "empty": lambda _: "",
    "no token": lambda _: "abc",
    "two segments": lambda genuine: genuine.token().rpartition(".")[0],
    "five segments": lambda genuine: f"{genuine.token()}.e30.e30",
    "claims that are no JSON": lambda genuine: jwt.PyJWS().encode(
        b"[1, 2", genuine.key, "RS256", headers=dict(genuine.headers)
    ),
}

_SIGNATURE: dict[str, Forgery] = {
    "unsigned": lambda genuine: signed_by_hand(genuine, {"alg": "none"}, None),
    "unsigned in odd letters": lambda genuine: signed_by_hand(genuine, {"alg": "nOnE"}, None),
    "unsigned under RS256": lambda genuine: signed_by_hand(genuine, {"alg": "RS256"}, None),
    "HS256 with the public key": lambda genuine: signed_by_hand(genuine, {"alg": "HS256"}, public_pem(genuine)),
    "HS256 with an empty secret": lambda genuine: signed_by_hand(genuine, {"alg": "HS256"}, b""),
    "RS512 with the right key": lambda genuine: replace(genuine, algorithm="RS512").token(),
    "PS256 with the right key": lambda genuine: replace(genuine, algorithm="PS256").token(),
    "ES256": _other_curve,
    "another key under the right name": lambda genuine: replace(genuine, key=_STRANGER).token(),
    "a key that is not published": _unknown_key,
    "no key named": _without_key_id,
    "a path for a key": lambda genuine: replace(genuine.headed(kid="../../dev/null"), key=_STRANGER).token(),
    "its own key in the header": _own_key_in_header,
    "a place to fetch the key from": _key_location,
    "changed claims": _changed_claims,
    "a changed signature": _changed_signature,
}

_CLAIMS: dict[str, Forgery] = {
    "expired": lambda genuine: genuine.saying(iat=_now() - 2 * HOUR, exp=_now() - HOUR).token(),
    "without an end": lambda genuine: genuine.silent_about("exp").token(),
    "issued in the future": lambda genuine: genuine.saying(iat=_now() + HOUR, exp=_now() + 2 * HOUR).token(),
    "without a time of issue": lambda genuine: genuine.silent_about("iat").token(),
    "another audience": lambda genuine: genuine.saying(aud="another-project").token(),
    "several audiences": lambda genuine: genuine.saying(aud=[genuine.claims["aud"], "another-project"]).token(),
    "without an audience": lambda genuine: genuine.silent_about("aud").token(),
    "another issuer": lambda genuine: genuine.saying(iss="https://issuer.sample.invalid").token(),
    "a longer issuer": lambda genuine: genuine.saying(iss=f"{genuine.claims['iss']}.sample.invalid").token(),
    "without an issuer": lambda genuine: genuine.silent_about("iss").token(),
    "without a subject": lambda genuine: genuine.silent_about("sub").token(),
}

ID_TOKEN_FORGERIES: dict[str, Forgery] = {
    **_FORM,
    **_SIGNATURE,
    **_CLAIMS,
    "an empty subject": lambda genuine: genuine.saying(sub="", user_id="").token(),
    "a subject that is a number": lambda genuine: genuine.saying(sub=1, user_id=1).token(),
    "a subject that is too long": lambda genuine: genuine.saying(sub="a" * (LONGEST_UID + 1)).token(),
    "signed in in the future": lambda genuine: genuine.saying(auth_time=_now() + HOUR).token(),
    "never signed in": lambda genuine: genuine.silent_about("auth_time").token(),
    "another project": lambda genuine: genuine.saying(
        aud="another-project", iss="https://securetoken.google.com/another-project"
    ).token(),
    "a session cookie": lambda genuine: genuine.saying(
        iss=f"https://session.firebase.google.com/{genuine.claims['aud']}"
    ).token(),
    "a custom token": lambda genuine: genuine.saying(
        iss="sdk@sample.invalid",
        sub="sdk@sample.invalid",
        aud="https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit",
    ).token(),
    "a task's token": lambda genuine: genuine.saying(
        iss="https://accounts.google.com", email="tasks@sample.invalid"
    ).token(),
}

TASK_TOKEN_FORGERIES: dict[str, Forgery] = {
    **_FORM,
    **_SIGNATURE,
    **_CLAIMS,
    "another account": lambda genuine: genuine.saying(email="mallory@sample.invalid").token(),
    "a longer account": lambda genuine: genuine.saying(email=f"{genuine.claims['email']}.sample.invalid").token(),
    "an account in capitals": lambda genuine: genuine.saying(email=genuine.claims["email"].upper()).token(),
    "without an account": lambda genuine: genuine.silent_about("email").token(),
    "an account that nobody verified": lambda genuine: genuine.saying(email_verified=False).token(),
    "an account verified in words": lambda genuine: genuine.saying(email_verified="true").token(),
    "silent on verification": lambda genuine: genuine.silent_about("email_verified").token(),
    "a longer address": lambda genuine: genuine.saying(aud=f"{genuine.claims['aud']}/").token(),
    "a person's token": lambda genuine: genuine.saying(iss=f"https://securetoken.google.com/{PROJECT}").token(),
}
