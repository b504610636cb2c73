"""Firebase Authentication on one machine: its keys, its ID tokens, and the look-up of accounts.

    with Identity(state=folder) as identity:
        token = identity.token("ann", github_id=1, claims=["approver"])
        identity.revoke("ann")

Point `FIREBASE_JWKS_URL` at `identity.jwks_url` and `FIREBASE_AUTH_EMULATOR_HOST` at `identity.host`. Where it differs
from the real thing: nobody signs in (tokens are minted), accounts are in memory and belong to every project at once,
and of the Identity Toolkit only what firebase-admin asks about single accounts is there.
"""

from local.identity.accounts import Account
from local.identity.keys import KeyRing, SigningKey
from local.identity.service import Identity
from local.identity.tokens import PROJECT, id_token_claims

__all__ = ["PROJECT", "Account", "Identity", "KeyRing", "SigningKey", "id_token_claims"]
