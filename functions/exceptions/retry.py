"""Trying again what failed for good."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from shared.auth import Actor
from shared.dispatch import queue
from shared.domain.document import Instant
from shared.domain.errors import InvalidStateError, NotFoundError
from shared.domain.exception_event import ExceptionEvent
from shared.domain.step import Step
from shared.services import Services
from shared.store.collection import Collection, Stored
from shared.store.database import Write, until_settled
from shared.store.intents import IntentChange
from shared.store.store import PR_EVENTS, PROVISIONING_JOBS, Store

S = TypeVar("S", bound=Step)
MOST_A_MINUTE = 30
Revived: TypeAlias = tuple[Step, Sequence[Write]]


def retry(exception_id: str, *, actor: Actor, services: Services) -> ExceptionEvent:
    """The exception, marked as tried again; its event or job waits once more at the stage where it failed.

    Raises `NotFoundError` for an exception that the person may not see, `InvalidStateError` for what can't be tried
    again: it was refused, or its event is gone or has gone on.
    """
    services.store.quotas.spend(actor.id, "retry", most=MOST_A_MINUTE, at=services.now())

    def attempt() -> tuple[ExceptionEvent, Step | None]:
        stored = _find(exception_id, actor, services)
        if stored.value.retried_at:
            return stored.value, None
        at, store = services.now(), services.store
        marked = stored.value.retried(by=actor.id, at=at)
        collection, _, step_id = stored.value.subject.partition("/")
        revived, writes = _REVIVALS[collection](step_id, store, actor.id, at)
        store.exceptions.commit(store.exceptions.replace(stored, marked), *writes)
        return marked, revived

    exception, step = until_settled(attempt)
    if step:
        queue(exception.subject.partition("/")[2], step, services)
    return exception


def _find(exception_id: str, actor: Actor, services: Services) -> Stored[ExceptionEvent]:
    stored = services.store.exceptions.get(exception_id)
    if stored is None or not (actor.sees_everything or actor.id in stored.value.owner_ids):
        raise NotFoundError("exception")
    return stored


def _event(event_id: str, store: Store, _actor_id: str, at: Instant) -> Revived:
    failed = _failed(store.pr_events, event_id)
    revived = failed.value.revived(at=at)
    return revived, [store.pr_events.replace(failed, revived)]


def _job(job_id: str, store: Store, actor_id: str, at: Instant) -> Revived:
    """A job waits again, and the ledger of its intent tells who wanted that."""
    failed = _failed(store.provisioning_jobs, job_id)
    revived = failed.value.revived(at=at)
    intent = store.intents.get(revived.intent_id)
    if intent is None:
        raise InvalidStateError("its intent is gone")
    change = IntentChange(store, intent, intent.value, actor=actor_id, at=at)
    return revived, change.job("retry", revived, store.provisioning_jobs.replace(failed, revived)).writes()


def _failed(steps: Collection[S], step_id: str) -> Stored[S]:
    stored = steps.get(step_id)
    if stored is None or stored.value.state != Step.FAILED:
        raise InvalidStateError("its event is gone, or has gone on")
    return stored


_REVIVALS: Mapping[str, Callable[[str, Store, str, Instant], Revived]] = {PR_EVENTS: _event, PROVISIONING_JOBS: _job}
