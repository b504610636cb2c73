"""What is written beside every change of a job: its entry in the intent's ledger, the event and the exception it is."""

from collections.abc import Callable, Sequence

from shared.chained import chained_on_intent
from shared.domain.exception_event import ExceptionEvent
from shared.domain.ids import derived_id
from shared.domain.intent import Intent
from shared.domain.provisioning_event import ProvisioningEvent
from shared.domain.provisioning_job import FAILURES, ProvisioningJob
from shared.domain.step import INITIALIZE
from shared.permit import objection
from shared.services import Services
from shared.store.database import Write
from shared.store.intents import IntentChange
from shared.store.store import PROVISIONING_JOBS

ACTOR = "task:provisioner"


def chained(services: Services) -> Callable[[ProvisioningJob, ProvisioningJob], Sequence[Write]]:
    """The writes that belong to a change of a job."""

    def record(change: IntentChange, before: ProvisioningJob, job: ProvisioningJob) -> None:
        change.job(_action(before, job), job)
        if _is_made(before, job):
            change.create("made", services.store.provisioning_events, event_of(job))

    return chained_on_intent(
        services, actor=ACTOR, record=record, exception=lambda job, intent: _exception(job, intent, services)
    )


def event_of(job: ProvisioningJob) -> ProvisioningEvent:
    """What an audit is told of a job whose repository is there."""
    return ProvisioningEvent(
        event_id=job.job_id,
        owner_id=job.owner_id,
        intent_id=job.intent_id,
        intent_digest=job.intent_digest,
        approval_id=job.approval_id,
        approval=job.approval,
        github_repository_id=job.github_repository_id or 0,
        repo_full_name=job.repo_full_name or "",
        resource_url=job.resource_url or "",
        structure_type=job.structure_type,
        speckit_version=job.speckit_version or "",
        agent=job.agent,
        created_at=job.updated_at,
    )


def _is_made(before: ProvisioningJob, job: ProvisioningJob) -> bool:
    return job.stage == INITIALIZE.name and before.stage != job.stage


def _action(before: ProvisioningJob, job: ProvisioningJob) -> str:
    """What happened to the job, in a word."""
    if job.state == ProvisioningJob.RUNNING:
        return "claim"
    if job.state == ProvisioningJob.WAITING:
        return "created" if _is_made(before, job) else "postpone"
    return "complete" if job.state == "completed" else "fail"


def _exception(job: ProvisioningJob, intent: Intent | None, services: Services) -> ExceptionEvent:
    code = job.failure_code or "unavailable"
    refused = objection(job, intent, services) if code == "approval_invalid" else None
    kind = (
        refused.exception if refused else ("approval_invalid" if code == "approval_invalid" else "provisioning_failed")
    )
    return ExceptionEvent(
        exception_id=derived_id("exception", PROVISIONING_JOBS, job.job_id, "failed", job.fence),
        type=kind,
        owner_ids=(job.owner_id,),
        actor_id=ACTOR,
        subject=f"{PROVISIONING_JOBS}/{job.job_id}",
        reason=code,
        detail=refused.reason if refused else FAILURES[code],
        intent_id=job.intent_id,
        approval_id=job.approval_id,
        job_id=job.job_id,
        repo_full_name=job.repo_full_name or f"{job.organization}/{job.repository_name}",
        created_at=job.updated_at,
    )
