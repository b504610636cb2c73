"""Stating an intent, and what has become of it."""

import secrets
from dataclasses import dataclass

from shared.auth import Actor
from shared.domain import risk
from shared.domain.agent_run import AgentRun
from shared.domain.approval import Approval
from shared.domain.document import Instant
from shared.domain.intent import Content, Intent, new_intent
from shared.governed import find_own_intent
from shared.services import Services
from shared.store.database import Write, until_settled
from shared.store.intents import IntentChange

MOST_A_MINUTE = 60
_MOST_SHOWN = 200


@dataclass(frozen=True)
class History:
    """The decisions on an intent and the runs under it, the first ones first."""

    approvals: tuple[Approval, ...]
    runs: tuple[AgentRun, ...]


def state_intent(content: Content, *, actor: Actor, services: Services) -> Intent:
    """A new intent with its risk; one that it supersedes leaves the approvers' inbox.

    Raises `NotFoundError` where that one is not the person's own.
    """
    services.store.quotas.spend(actor.id, "state-intent", most=MOST_A_MINUTE, at=services.now())
    assessed = assess(content)
    intent_id = secrets.token_hex(20)

    def attempt() -> Intent:
        at = services.now()
        intent = new_intent(content, assessed, intent_id=intent_id, owner_id=actor.id, at=at)
        change = IntentChange(services.store, None, intent, actor=actor.id, at=at).record("create")
        superseding = _supersede(content.supersedes, intent_id, actor=actor, services=services, at=at)
        services.store.intents.commit(*change.writes(), *superseding)
        return intent

    return until_settled(attempt)


def assess(content: Content) -> risk.Risk:
    """The risk of what is stated."""
    import json  # noqa: PLC0415

    return risk.assess(
        goal=content.goal, constraints=json.loads(content.constraints), success=content.success, pr_meta=content.pr()
    )


def history(intent: Intent, services: Services) -> History:
    """What was decided and what was run, as far back as is shown."""
    of_it = ("intentId", "==", intent.intent_id)
    approvals = services.store.approvals.find(of_it, limit=_MOST_SHOWN, order="decidedAt")
    runs = services.store.agent_runs.find(of_it, limit=_MOST_SHOWN, order="createdAt")
    return History(tuple(each.value for each in approvals), tuple(each.value for each in runs))


def _supersede(intent_id: str | None, by: str, *, actor: Actor, services: Services, at: Instant) -> list[Write]:
    if intent_id is None:
        return []
    stored = find_own_intent(intent_id, actor=actor, services=services)
    replaced = stored.value.replaced(by, at=at)
    return IntentChange(services.store, stored, replaced, actor=actor.id, at=at).record("supersede").writes()
