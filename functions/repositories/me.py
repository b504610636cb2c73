"""Leaving: a person asks that what is kept of them be erased."""

import secrets
from datetime import timedelta

from shared.auth import Actor
from shared.dispatch import queue
from shared.domain.erasure import Erasure, new_erasure
from shared.domain.errors import StaleSignInError
from shared.services import Services
from shared.store.database import until_settled

RECENT = timedelta(minutes=5)
"""As Firebase's own libraries want it of who deletes their account: a token that lies about does not suffice.

https://firebase.google.com/docs/auth/web/manage-users#re-authenticate_a_user
"""


def ask_for_erasure(*, actor: Actor, services: Services) -> Erasure:
    """The person's erasure, begun now or under way; raises `StaleSignInError` unless they have signed in just now."""
    if services.now().timestamp() - actor.signed_in_at > RECENT.total_seconds():
        raise StaleSignInError("sign in again: this can't be undone, so it takes a sign-in of the last five minutes")
    return until_settled(lambda: _begun(actor, services))


def _begun(actor: Actor, services: Services) -> Erasure:
    erasures, at = services.store.erasures, services.now()
    erasure = new_erasure(actor.id, actor.github_id, pseudonym=f"erased-{secrets.token_hex(16)}", at=at)
    stored = erasures.get(erasure.erasure_id)
    if stored and not stored.value.is_over:
        return stored.value
    if stored:
        erasure = stored.value.renewed(erasure, at=at)
    erasures.commit(erasures.replace(stored, erasure) if stored else erasures.create(erasure))
    queue(erasure.erasure_id, erasure, services)
    return erasure
