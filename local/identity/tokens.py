"""What does a Firebase ID token say?

https://firebase.google.com/docs/auth/admin/verify-id-tokens#verify_id_tokens_using_a_third-party_jwt_library
"""

from collections.abc import Iterable, Mapping
from typing import Any

PROJECT = "worklog-local"
LIFETIME = 3600  # seconds
GITHUB = "github.com"

# https://firebase.google.com/docs/auth/admin/create-custom-tokens#create_custom_tokens_using_a_third-party_jwt_library
_RESERVED = {"acr", "amr", "at_hash", "aud", "auth_time", "azp", "cnf", "c_hash", "exp", "firebase", "iat", "iss"}
RESERVED = frozenset(_RESERVED | {"jti", "nbf", "nonce", "sub", "user_id"})


def issuer(project: str) -> str:
    """Who signs the ID tokens of a project."""
    return f"https://securetoken.google.com/{project}"


def email_of(uid: str) -> str:
    """An address that nobody can have."""
    return f"{uid}@sample.invalid"


def id_token_claims(
    uid: str,
    *,
    github_id: int | None,
    claims: Mapping[str, Any] | Iterable[str],
    project: str,
    issued_at: int,
    lifetime: int = LIFETIME,
) -> dict[str, Any]:
    """What a person's token says who signed in with GitHub (without a `github_id`: by e-mail) at `issued_at` (epoch).

    Custom `claims` stand at the top level: given as names they are true. Raises ValueError for a reserved one.
    """
    custom = dict(claims) if isinstance(claims, Mapping) else dict.fromkeys(claims, True)
    if forbidden := RESERVED & custom.keys():
        raise ValueError(f"a custom claim can't be called {', '.join(sorted(forbidden))}")
    email = email_of(uid)
    identities: dict[str, list[str]] = {"email": [email]}
    if github_id is not None:
        identities = {GITHUB: [str(github_id)]} | identities
    return {
        "name": uid,
        **custom,
        "iss": issuer(project),
        "aud": project,
        "auth_time": issued_at,
        "user_id": uid,
        "sub": uid,
        "iat": issued_at,
        "exp": issued_at + lifetime,
        "email": email,
        "email_verified": True,
        "firebase": {"identities": identities, "sign_in_provider": GITHUB if github_id is not None else "password"},
    }
