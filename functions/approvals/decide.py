"""Deciding about an intent: the one way by which an approval comes into being."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.auth import APPROVER, Actor
from shared.domain import approval
from shared.domain.approval import Approval
from shared.domain.approval_template import template
from shared.domain.errors import ForbiddenError
from shared.domain.exception_event import ExceptionEvent
from shared.domain.ids import derived_id
from shared.domain.intent import Decision, DecisionStatus, Intent
from shared.domain.ledger import canonical_json
from shared.governed import find_intent
from shared.services import Services
from shared.store.database import until_settled
from shared.store.intents import IntentChange
from shared.store.store import APPROVALS

MOST_A_MINUTE = 60
_TRIES = 60  # so that twenty who decide at once all get their turn


@dataclass(frozen=True)
class Request:
    """What somebody wants decided, and until when an approval is to be valid."""

    intent_id: str
    status: DecisionStatus
    template_answers: Mapping[str, Any]
    valid_to: datetime | None


def decide(request: Request, *, actor: Actor, services: Services) -> Approval:
    """The decision, written with its ledger entry; one's own approval is an exception, too.

    Raises `NotFoundError` for an intent that the person may not see, `ForbiddenError` where they may see it and not
    decide it, or where the policy wants somebody else, `InvalidError` for a time that an approval can't be valid to.
    """
    services.store.quotas.spend(actor.id, "decide", most=MOST_A_MINUTE, at=services.now())
    approval_id = secrets.token_hex(20)

    def attempt() -> Approval:
        stored, at = find_intent(request.intent_id, actor=actor, services=services), services.now()
        intent = stored.value
        if actor.id != intent.owner_id and APPROVER not in actor.roles:
            raise ForbiddenError("an approver decides this")
        decision = approval.decide(
            intent,
            request.status,
            approval_id=approval_id,
            actor_id=actor.id,
            valid_to=request.valid_to,
            policy=services.approval_policy,
            at=at,
        )
        kept = _approval(request, intent, decision)
        change = IntentChange(services.store, stored, intent.decided(decision), actor=actor.id, at=at)
        change.create(request.status, services.store.approvals, kept)
        if decision.self_approved:
            change.refuse(_self_approval(intent, decision))
        services.store.intents.commit(*change.writes())
        return kept

    return until_settled(attempt, tries=_TRIES)


def _approval(request: Request, intent: Intent, decision: Decision) -> Approval:
    asked = template()
    return Approval(
        **dict(decision),
        intent_id=intent.intent_id,
        owner_id=intent.owner_id,
        template_version=asked.version,
        template_answers=canonical_json(request.template_answers),
        unanswered=asked.unanswered(request.template_answers, intent.risk.level, intent.kind),
    )


def _self_approval(intent: Intent, decision: Decision) -> ExceptionEvent:
    return ExceptionEvent(
        exception_id=derived_id("exception", APPROVALS, decision.approval_id),
        type="self_approval",
        owner_ids=(intent.owner_id,),
        actor_id=decision.decided_by,
        subject=f"{APPROVALS}/{decision.approval_id}",
        reason="self_approval",
        detail="whoever stated the intent approved it",
        intent_id=intent.intent_id,
        approval_id=decision.approval_id,
        repo_full_name=intent.repo_full_name,
        created_at=decision.decided_at,
    )
