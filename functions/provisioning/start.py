"""Asking for a repository: its intent, its approval and an earlier job of that key are read, and one commit decides."""

import hashlib
from datetime import datetime

from functions.provisioning.schemas import NewJob
from shared.auth import Actor
from shared.dispatch import queue
from shared.domain.approval import Approval, Refusal, refusal
from shared.domain.errors import InvalidError, NotFoundError, WorkLogError
from shared.domain.exception_event import ExceptionEvent
from shared.domain.ids import derived_id
from shared.domain.intent import Intent
from shared.domain.ledger import canonical_json
from shared.domain.provisioning_job import FAILURES, FailureCode, ProvisioningJob, job_id_of_key, job_id_of_name
from shared.domain.provisioning_name import default_name
from shared.domain.step import CREATE, GRACE
from shared.governed import find_own_intent
from shared.logging import bind
from shared.services import Services
from shared.store.database import until_settled
from shared.store.intents import IntentChange
from shared.store.store import PROVISIONING_JOBS

MOST_A_MINUTE = 60
_TRIES = 60  # so that many who ask under one intent all get their turn
_NO_PROJECT = Refusal("not_a_project", "the intent is about a review, not about a project", "unapproved_attempt")
_FOREIGN = Refusal("approval_of_another", "this approval was given for another intent", "unapproved_attempt")
_PERSONAL: FailureCode = "organization_required"


def start_job(asked: NewJob, *, key: str | None, actor: Actor, services: Services) -> ProvisioningJob:
    """The job, new or as it was asked for before under the same key; its task is queued while it waits.

    Raises `NotFoundError` for an intent or approval that is not there for this person; `InvalidError` where nothing
    may be made under them, where the key stands for other parameters, or where the account that is configured is known
    to be a person's. That nothing may be made is written down as an exception.
    """
    services.store.quotas.spend(actor.id, "provision", most=MOST_A_MINUTE, at=services.now())

    def attempt() -> tuple[ProvisioningJob, WorkLogError | None]:
        return _attempt(asked, key, actor, services)

    job, refused = until_settled(attempt, tries=_TRIES)
    if refused is not None:
        raise refused
    if job.state == ProvisioningJob.WAITING:
        queue(job.job_id, job, services)
    return job


def _attempt(
    asked: NewJob, key: str | None, actor: Actor, services: Services
) -> tuple[ProvisioningJob, WorkLogError | None]:
    """Read, decide, commit; raises `ConflictError` when anything has come between."""
    store, at = services.store, services.now()
    stored = find_own_intent(asked.intent_id, actor=actor, services=services)
    approval = _approval(asked, actor, services)
    job = _job(asked, key, stored.value, services.provisioning_organization, at=at)
    bind(step=job.job_id, **job.told)
    there = store.provisioning_jobs.get(job.job_id)
    if there is not None:
        return there.value, _difference(job, there.value)
    refused = _refusal(stored.value, approval, services, at=at)
    change = IntentChange(store, stored, stored.value, actor=actor.id, at=at)
    if refused:
        store.intents.commit(*change.refuse(_exception(job, refused, at=at)).writes())
        return job, InvalidError(refused.reason, code=refused.code)
    if _is_personal(job.organization, services):
        return job, InvalidError(FAILURES[_PERSONAL], code=_PERSONAL)
    store.intents.commit(*change.job("provision", job, store.provisioning_jobs.create(job)).writes())
    return job, None


def _approval(asked: NewJob, actor: Actor, services: Services) -> Approval:
    """The approval that is named; raises `NotFoundError` for an absent one and for one of somebody else's intent."""
    stored = services.store.approvals.get(asked.approval_id)
    if stored is None or stored.value.owner_id != actor.id:
        raise NotFoundError("approval")
    return stored.value


def _refusal(intent: Intent, approval: Approval, services: Services, *, at: datetime) -> Refusal | None:
    """Why nothing may be made under this intent with this approval; None when it may."""
    if intent.kind != "project":
        return _NO_PROJECT
    if approval.intent_id != intent.intent_id:
        return _FOREIGN
    return refusal(intent, approval.approval_id, policy=services.approval_policy, at=at)


def _is_personal(organization: str, services: Services) -> bool:
    """Whether the last job that ended there was told by GitHub that it is a person's account.

    Only the provisioner can ask GitHub; once that is mended, the job that was told so can be tried again.
    """
    there = ("organization", "==", organization)
    ended = services.store.provisioning_jobs.newest(there, by="finishedAt", limit=1)
    return any(each.failure_code == _PERSONAL for each in ended)


def _difference(job: ProvisioningJob, there: ProvisioningJob) -> WorkLogError | None:
    """The error that the same key for another job is."""
    if job.request_digest == there.request_digest:
        return None
    said = "there is a job for this key, or for this intent and name, with other parameters: give it a key of its own"
    return InvalidError(said, code="idempotency_mismatch")


def _job(asked: NewJob, key: str | None, intent: Intent, organization: str, *, at: datetime) -> ProvisioningJob:
    name = asked.repository_name or default_name(intent.goal, intent.intent_id)
    said = {**asked.model_dump(by_alias=True, exclude={"request_key"}), "repositoryName": name}
    owner = intent.owner_id
    return ProvisioningJob(
        state=ProvisioningJob.WAITING,
        stage=CREATE.name,
        updated_at=at,
        due_at=at + GRACE,
        job_id=job_id_of_key(owner, key) if key else job_id_of_name(owner, intent.intent_id, name),
        owner_id=owner,
        intent_id=intent.intent_id,
        intent_digest=intent.intent_digest,
        approval_id=asked.approval_id,
        approval=intent.decision.model_dump(by_alias=True) if intent.decision else {},
        organization=organization,
        repository_name=name,
        structure_type=asked.structure_type,
        agent=asked.agent,
        request_digest=hashlib.sha256(canonical_json(said).encode()).hexdigest(),
        created_at=at,
    )


def _exception(job: ProvisioningJob, refused: Refusal, *, at: datetime) -> ExceptionEvent:
    """A refused attempt; several for one job are several."""
    return ExceptionEvent(
        exception_id=derived_id("exception", PROVISIONING_JOBS, job.job_id, refused.code, at.isoformat()),
        type=refused.exception,
        owner_ids=(job.owner_id,),
        actor_id=job.owner_id,
        subject=f"{PROVISIONING_JOBS}/{job.job_id}",
        reason=refused.code,
        detail=refused.reason,
        intent_id=job.intent_id,
        approval_id=job.approval_id,
        job_id=job.job_id,
        repo_full_name=f"{job.organization}/{job.repository_name}",
        created_at=at,
    )
