"""Who signs the tokens that tasks carry, and with which published key can they be checked?

The claims are those of Google's OpenID Connect tokens for service accounts
(https://cloud.google.com/docs/authentication/token-types#id).
"""

import hashlib
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://accounts.google.com"
LIFETIME = 3600  # seconds
KEYS_MAX_AGE = 3600  # seconds that a reader of the keys may keep them

_SUBJECT_DIGITS = 21


class TokenSigner:
    """Signs RS256 tokens with one key: the one given, or a new one of 2048 bits."""

    def __init__(self, key: rsa.RSAPrivateKey | None = None) -> None:
        self.key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.key_id = hashlib.sha256(public).hexdigest()[:40]

    def mint(self, **claims: Any) -> str:  # noqa: ANN401 -- a test may claim anything
        """A token with exactly these claims, nothing added."""
        return jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.key_id})

    def claims_for(self, email: str, audience: str) -> dict[str, Any]:
        """What a task's token says, as of now; it ends an hour later."""
        subject = subject_of(email)
        now = int(time.time())
        return {
            "iss": ISSUER,
            "aud": audience,
            "azp": subject,
            "sub": subject,
            "email": email,
            "email_verified": True,
            "iat": now,
            "exp": now + LIFETIME,
        }

    def mint_for(self, email: str, audience: str) -> str:
        """The token that a task of this service account carries to this audience."""
        return self.mint(**self.claims_for(email, audience))

    def key_set(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set."""
        public = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        key = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.key_id}
        return {"keys": [key | {"n": public["n"], "e": public["e"]}]}


def subject_of(email: str) -> str:
    """A service account's unique id: the same 21 digits for the same address."""
    number = int.from_bytes(hashlib.sha256(email.encode()).digest())
    return str(number)[:_SUBJECT_DIGITS]
