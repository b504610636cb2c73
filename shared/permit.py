"""May what was asked for under an intent go on now? Asked at every claim, and again before what can't be undone."""

from typing import Protocol

from shared.domain.approval import Refusal, refusal
from shared.domain.errors import WorkLogError
from shared.domain.intent import Intent
from shared.services import Services

_GONE = Refusal("intent_gone", "the intent is gone", "approval_invalid")
_CHANGED = Refusal("intent_changed", "the intent is not what this was asked for under", "approval_invalid")


class Governed(Protocol):
    """What somebody asked for under an intent, as that was then: a run, a repository."""

    @property
    def intent_id(self) -> str:
        """The intent."""

    @property
    def intent_digest(self) -> str:
        """What it said."""

    @property
    def approval_id(self) -> str | None:
        """The approval that was named."""

    @property
    def break_glass_reason(self) -> str | None:
        """Why it goes on without one; None where it does not."""


class NotPermittedError(WorkLogError):
    """The approval under which it was asked for does not hold any more."""

    code = "approval_invalid"


def check_permit(asked: Governed, services: Services) -> Intent:
    """The intent under which it may go on; raises `NotPermittedError` when it may not."""
    stored = services.store.intents.get(asked.intent_id)
    refused = objection(asked, stored.value if stored else None, services)
    if refused or stored is None:
        raise NotPermittedError(refused.reason if refused else _GONE.reason)
    return stored.value


def objection(asked: Governed, intent: Intent | None, services: Services) -> Refusal | None:
    """Why it may not go on under the intent as it is now; a broken glass stands for the approval alone."""
    if intent is None:
        return _GONE
    if intent.intent_digest != asked.intent_digest or not intent.is_unchanged:
        return _CHANGED
    if asked.break_glass_reason is not None:
        return None
    return refusal(intent, asked.approval_id, policy=services.approval_policy, at=services.now())
