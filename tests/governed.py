"""Intents, runs and exceptions for tests, as the functions would have stored them."""

from datetime import timedelta
from typing import Any

from shared.domain.agent_run import AgentRun, agent_run_id
from shared.domain.exception_event import ExceptionEvent
from shared.domain.ids import derived_id
from shared.domain.intent import Content, Intent, Kind, new_intent
from shared.domain.pr_event import PrEvent
from shared.domain.provisioning_event import ProvisioningEvent
from shared.domain.provisioning_job import ProvisioningJob, job_id_of_name
from shared.domain.risk import Risk, RiskLevel
from shared.domain.step import CREATE, FETCH, REVIEW
from shared.store.intents import IntentChange
from tests.cards import NOON, URL
from tests.deployment import Deployment


def an_intent(
    owner_id: str, number: int = 1, *, hours: int = 0, level: RiskLevel = "High", kind: Kind = "review"
) -> Intent:
    """An intent that was stated so many hours after noon."""
    content = Content(kind=kind, goal=f"Look at change {number}", constraints="{}", success="Findings")
    risk = Risk(level=level, score=60, factors=(), policy_version="1")
    intent_id = derived_id("intent of a test", owner_id, number)
    return new_intent(content, risk, intent_id=intent_id, owner_id=owner_id, at=NOON + timedelta(hours=hours))


def put_intent(deployment: Deployment, intent: Intent) -> str:
    """Store an intent with the first entry of its ledger; returns its id."""
    store = deployment.services().store
    change = IntentChange(store, None, intent, actor=intent.owner_id, at=intent.created_at)
    store.intents.commit(*change.record("create").writes())
    return intent.intent_id


def put_run(deployment: Deployment, owner_id: str, number: int = 1, *, hours: int = 0, **fields: Any) -> str:  # noqa: ANN401
    """Store a run that was started so many hours after noon, under an intent of its own; returns its document's id."""
    store, at = deployment.services().store, NOON + timedelta(hours=hours)
    intent_id = put_intent(deployment, an_intent(owner_id, 1000 + number, hours=hours, level="Low"))
    stored = store.intents.get(intent_id)
    assert stored
    told: dict[str, Any] = {
        "state": AgentRun.WAITING,
        "stage": REVIEW.name,
        "updated_at": at,
        "agent_run_id": agent_run_id(owner_id, f"run-{number}"),
        "run_id": f"run-{number}",
        "owner_id": owner_id,
        "intent_id": intent_id,
        "intent_digest": stored.value.intent_digest,
        "intent_kind": "review",
        "risk_level": "Low",
        "requires_approval": False,
        "repo_full_name": "sample-org/parcel-tracker",
        "pr_number": 41,
        "pr_url": URL,
        "base_sha": "b" * 40,
        "head_sha": "a" * 40,
        "diff_hash": "d" * 64,
        "agent_name": "reviewer",
        "agent_version": "1",
        "model": "offline",
        "request_digest": "0" * 64,
        "created_at": at,
    }
    run = AgentRun(**told | fields)
    change = IntentChange(store, stored, stored.value, actor=owner_id, at=at)
    store.intents.commit(*change.run("start", run, store.agent_runs.create(run)).writes())
    return run.agent_run_id


def put_job(deployment: Deployment, owner_id: str, number: int = 1, *, hours: int = 0, **fields: Any) -> str:  # noqa: ANN401
    """Store a job that was asked for so many hours after noon, under an intent of its own; returns its id."""
    store, at = deployment.services().store, NOON + timedelta(hours=hours)
    intent_id = put_intent(deployment, an_intent(owner_id, 2000 + number, hours=hours))
    stored = store.intents.get(intent_id)
    assert stored
    told: dict[str, Any] = {
        "state": ProvisioningJob.WAITING,
        "stage": CREATE.name,
        "updated_at": at,
        "job_id": job_id_of_name(owner_id, intent_id, f"seedlings-{number}"),
        "owner_id": owner_id,
        "intent_id": intent_id,
        "intent_digest": stored.value.intent_digest,
        "approval_id": "0" * 40,
        "approval": {},
        "organization": "sample-org",
        "repository_name": f"seedlings-{number}",
        "structure_type": "speckit-ready",
        "request_digest": "0" * 64,
        "created_at": at,
    }
    job = ProvisioningJob(**told | fields)
    change = IntentChange(store, stored, stored.value, actor=owner_id, at=at)
    store.intents.commit(*change.job("provision", job, store.provisioning_jobs.create(job)).writes())
    return job.job_id


def put_event(deployment: Deployment, owner_id: str, number: int = 1, *, hours: int = 0, **fields: Any) -> str:  # noqa: ANN401
    """Store a repository that was provisioned so many hours after noon, under an intent of its own; returns its id."""
    store, at = deployment.services().store, NOON + timedelta(hours=hours)
    stated = an_intent(owner_id, 2000 + number, hours=hours)
    approval_id = derived_id("approval of a test", owner_id, number)
    told: dict[str, Any] = {
        "event_id": derived_id("event of a test", owner_id, number),
        "owner_id": owner_id,
        "intent_id": stated.intent_id,
        "intent_digest": stated.intent_digest,
        "approval_id": approval_id,
        "approval": {
            "approvalId": approval_id,
            "status": "approved",
            "intentDigest": stated.intent_digest,
            "validTo": at + timedelta(hours=1),
            "selfApproved": False,
        },
        "github_repository_id": 7,
        "repo_full_name": "sample-org/new-service",
        "resource_url": "https://github.com/sample-org/new-service",
        "structure_type": "speckit-ready",
        "speckit_version": "1",
        "created_at": at,
    }
    event = ProvisioningEvent(**told | fields)
    stored = store.intents.get(put_intent(deployment, stated))
    assert stored
    change = IntentChange(store, stored, stored.value, actor="task:provisioner", at=at)
    store.intents.commit(*change.create("provisioned", store.provisioning_events, event).writes())
    return event.event_id


def put_exception(deployment: Deployment, owner_id: str, number: int = 1, *, hours: int = 0) -> str:
    """Store an event that failed so many hours after noon, and the exception that it is; returns that one's id."""
    store, at = deployment.services().store, NOON + timedelta(hours=hours)
    event = PrEvent(
        pr_event_id=derived_id("failed event of a test", owner_id, number),
        event="pull_request",
        installation_id=1,
        body_sha256="0" * 64,
        state=PrEvent.FAILED,
        stage=FETCH.name,
        received_at=at,
        updated_at=at,
    )
    exception = ExceptionEvent(
        exception_id=derived_id("exception of a test", owner_id, number),
        type="event_failed",
        owner_ids=(owner_id,),
        actor_id="task:pr-events",
        subject=f"pr-events/{event.pr_event_id}",
        reason="github_refused",
        created_at=at,
    )
    store.exceptions.commit(store.exceptions.create(exception), store.pr_events.create(event))
    return exception.exception_id
