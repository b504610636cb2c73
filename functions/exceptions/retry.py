"""Trying again what failed for good."""

from shared.auth import Actor
from shared.dispatch import queue
from shared.domain.errors import InvalidStateError, NotFoundError
from shared.domain.exception_event import ExceptionEvent
from shared.domain.pr_event import PrEvent
from shared.services import Services
from shared.store.collection import Stored
from shared.store.database import until_settled

MOST_A_MINUTE = 30


def retry(exception_id: str, *, actor: Actor, services: Services) -> ExceptionEvent:
    """The exception, marked as tried again; its event waits once more at the stage where it failed.

    Raises `NotFoundError` for an exception that the person may not see, `InvalidStateError` for what can't be tried
    again: it was refused, or its event is gone or has gone on.
    """
    services.store.quotas.spend(actor.id, "retry", most=MOST_A_MINUTE, at=services.now())

    def attempt() -> tuple[ExceptionEvent, PrEvent | None]:
        stored = _find(exception_id, actor, services)
        if stored.value.retried_at:
            return stored.value, None
        at = services.now()
        marked = stored.value.retried(by=actor.id, at=at)
        failed = _failed_event(stored.value, services)
        revived, store = failed.value.revived(at=at), services.store
        store.exceptions.commit(store.exceptions.replace(stored, marked), store.pr_events.replace(failed, revived))
        return marked, revived

    exception, event = until_settled(attempt)
    if event:
        queue(event.pr_event_id, event, services)
    return exception


def _find(exception_id: str, actor: Actor, services: Services) -> Stored[ExceptionEvent]:
    stored = services.store.exceptions.get(exception_id)
    if stored is None or not (actor.sees_everything or actor.id in stored.value.owner_ids):
        raise NotFoundError("exception")
    return stored


def _failed_event(exception: ExceptionEvent, services: Services) -> Stored[PrEvent]:
    stored = services.store.pr_events.get(exception.subject.split("/")[1])
    if stored is None or stored.value.state != PrEvent.FAILED:
        raise InvalidStateError("its event is gone, or has gone on")
    return stored
