"""A PR event that failed for good stands among the exceptions, of everybody who would have had its card."""

from collections.abc import Callable, Sequence

from shared.domain.exception_event import ExceptionEvent
from shared.domain.ids import derived_id
from shared.domain.pr_event import PrEvent
from shared.services import Services
from shared.store.database import Write
from shared.store.store import PR_EVENTS

_MOST_CONNECTIONS = 1000
_ACTOR = "task:pr-events"


def failed_event(services: Services) -> Callable[[PrEvent, PrEvent], Sequence[Write]]:
    """What is written beside a change of a PR event: the exception, once it has failed."""

    def beside(_before: PrEvent, event: PrEvent) -> Sequence[Write]:
        if event.state != PrEvent.FAILED:
            return ()
        return [services.store.exceptions.create(_exception(event, services))]

    return beside


def _exception(event: PrEvent, services: Services) -> ExceptionEvent:
    return ExceptionEvent(
        exception_id=derived_id("exception", PR_EVENTS, event.pr_event_id, event.fence),
        type="event_failed",
        owner_ids=_owners(event, services),
        actor_id=_ACTOR,
        subject=f"{PR_EVENTS}/{event.pr_event_id}",
        reason=event.last_error or "unknown",
        detail=f"{event.event} at the stage {event.stage}, after {event.attempts} attempts",
        repo_full_name=event.repo_full_name,
        pr_number=event.pr_number,
        created_at=event.updated_at,
    )


def _owners(event: PrEvent, services: Services) -> tuple[str, ...]:
    if event.owner_id:
        return (event.owner_id,)
    if not event.repository_id:
        return ()
    connected = services.store.connected_to(event.repository_id, limit=_MOST_CONNECTIONS)
    return tuple(sorted({each.owner_id for each in connected}))
