"""Starting a run: its intent, its approval and an earlier run of that name are read, and one commit decides."""

import hashlib
import uuid
from datetime import datetime

from functions.agent_runs.schemas import NewRun
from shared.auth import BREAK_GLASS, Actor
from shared.dispatch import queue
from shared.domain.agent_run import AgentRun, agent_run_id
from shared.domain.approval import CHANGED, Approval, Refusal, refusal
from shared.domain.errors import ForbiddenError, InvalidError, NotFoundError, WorkLogError
from shared.domain.exception_event import ExceptionEvent
from shared.domain.ids import derived_id
from shared.domain.intent import Intent
from shared.domain.ledger import canonical_json
from shared.domain.step import GRACE, REVIEW
from shared.governed import find_own_intent
from shared.logging import bind
from shared.services import Services
from shared.store.database import until_settled
from shared.store.intents import IntentChange
from shared.store.store import AGENT_RUNS

MOST_A_MINUTE = 120
_TRIES = 60  # so that many who start runs under one intent all get their turn
_NO_REVIEW = Refusal("not_a_review", "the intent is about a project, not about a review", "unapproved_attempt")
_ANOTHER = Refusal("intent_mismatch", "the intent names another pull request or commit", "unapproved_attempt")
_FOREIGN = Refusal("approval_of_another", "this approval was given for another intent", "unapproved_attempt")
_NO_ROLE = Refusal("break_glass_denied", "breaking the glass takes a role", "break_glass_denied")
# What the intent may say of its pull request, and the run's own word for it.
_BOUND = {
    "repoFullName": "repo_full_name",
    "prNumber": "pr_number",
    "prUrl": "pr_url",
    "baseSHA": "base_sha",
    "headSHA": "head_sha",
    "diffHash": "diff_hash",
}


def start_run(asked: NewRun, *, actor: Actor, services: Services) -> tuple[AgentRun, bool]:
    """The run, and whether it is new; its task is queued, and an earlier one's again while it waits.

    Raises `NotFoundError` for an intent or approval that is not there for this person; `InvalidError` where nothing
    may be run under them, or where the name stands for a run with other parameters; `ForbiddenError` for breaking the
    glass without the role. Every refusal but the first is written down as an exception.
    """
    services.store.quotas.spend(actor.id, "start-run", most=MOST_A_MINUTE, at=services.now())
    run_id = asked.run_id or str(uuid.uuid4())

    def attempt() -> tuple[AgentRun, bool, WorkLogError | None]:
        return _attempt(asked, run_id, actor, services)

    run, is_new, refused = until_settled(attempt, tries=_TRIES)
    if refused is not None:
        raise refused
    if run.state == AgentRun.WAITING:
        queue(run.agent_run_id, run, services)
    return run, is_new


def _attempt(
    asked: NewRun, run_id: str, actor: Actor, services: Services
) -> tuple[AgentRun, bool, WorkLogError | None]:
    """Read, decide, commit; raises `ConflictError` when anything has come between."""
    store, at = services.store, services.now()
    stored = find_own_intent(asked.intent_id, actor=actor, services=services)
    approval = _approval(asked, actor, services)
    run = _run(asked, run_id, stored.value, actor, at=at)
    bind(step=run.agent_run_id, **run.told)
    there = store.agent_runs.get(run.agent_run_id)
    if there is not None:
        return there.value, False, _difference(run, there.value)
    refused = _refusal(asked, run, stored.value, approval=approval, actor=actor, services=services, at=at)
    change = IntentChange(store, stored, stored.value, actor=actor.id, at=at)
    if refused:
        change.refuse(_exception(run, refused, at=at))
        store.intents.commit(*change.writes())
        denied = refused is _NO_ROLE
        return run, False, ForbiddenError(refused.reason) if denied else InvalidError(refused.reason, code=refused.code)
    change.run("start", run, store.agent_runs.create(run))
    if asked.break_glass:
        broken = Refusal("break_glass", asked.break_glass.reason, "break_glass")
        change.refuse(_exception(run, broken, at=at))
    store.intents.commit(*change.writes())
    return run, True, None


def _approval(asked: NewRun, actor: Actor, services: Services) -> Approval | None:
    """The approval that is named; raises `NotFoundError` for an absent one and for one of somebody else's intent."""
    if asked.approval_id is None:
        return None
    stored = services.store.approvals.get(asked.approval_id)
    if stored is None or stored.value.owner_id != actor.id:
        raise NotFoundError("approval")
    return stored.value


def _refusal(
    asked: NewRun,
    run: AgentRun,
    intent: Intent,
    *,
    approval: Approval | None,
    actor: Actor,
    services: Services,
    at: datetime,
) -> Refusal | None:
    """Why this may not be run; None when it may."""
    if intent.kind != "review":
        return _NO_REVIEW
    stated = intent.pr() or {}
    if any(name in stated and stated[name] != getattr(run, field) for name, field in _BOUND.items()):
        return _ANOTHER
    if approval is not None and approval.intent_id != intent.intent_id:
        return _FOREIGN
    if asked.break_glass:
        unchanged = None if intent.is_unchanged else CHANGED
        return unchanged if BREAK_GLASS in actor.roles else _NO_ROLE
    return refusal(intent, asked.approval_id, policy=services.approval_policy, at=at)


def _difference(run: AgentRun, there: AgentRun) -> WorkLogError | None:
    """The error that the same name for another run is."""
    if run.request_digest == there.request_digest:
        return None
    return InvalidError("this runId stands for a run with other parameters", code="idempotency_mismatch")


def _run(asked: NewRun, run_id: str, intent: Intent, actor: Actor, *, at: datetime) -> AgentRun:
    said = asked.model_dump(by_alias=True, exclude={"run_id"})
    approval = intent.decision if asked.approval_id else None
    names = {name: getattr(asked, name) for name in _ASKED}
    return AgentRun(
        **names,
        state=AgentRun.WAITING,
        stage=REVIEW.name,
        updated_at=at,
        due_at=at + GRACE,
        agent_run_id=agent_run_id(actor.id, run_id),
        run_id=run_id,
        owner_id=actor.id,
        intent_digest=intent.intent_digest,
        intent_kind=intent.kind,
        risk_level=intent.risk.level,
        requires_approval=intent.requires_approval,
        approval=approval.model_dump(by_alias=True) if approval else None,
        break_glass_reason=asked.break_glass.reason if asked.break_glass else None,
        request_digest=hashlib.sha256(canonical_json(said).encode()).hexdigest(),
        created_at=at,
    )


_ASKED = (
    "intent_id",
    "approval_id",
    "repo_full_name",
    "pr_number",
    "pr_url",
    "base_sha",
    "head_sha",
    "diff_hash",
    "agent_name",
    "agent_version",
    "model",
    "publish",
)


def _exception(run: AgentRun, refused: Refusal, *, at: datetime) -> ExceptionEvent:
    """A refused attempt, or one that went past the rule; several of one run are several."""
    return ExceptionEvent(
        exception_id=derived_id("exception", AGENT_RUNS, run.agent_run_id, refused.code, at.isoformat()),
        type=refused.exception,
        owner_ids=(run.owner_id,),
        actor_id=run.owner_id,
        subject=f"{AGENT_RUNS}/{run.agent_run_id}",
        reason=refused.code,
        detail=refused.reason,
        intent_id=run.intent_id,
        approval_id=run.approval_id,
        run_id=run.run_id,
        repo_full_name=run.repo_full_name,
        pr_number=run.pr_number,
        created_at=at,
    )
