"""Starting a step from inside: store its document, then queue its task; the document alone is enough."""

from collections.abc import Callable

from shared.domain.errors import AlreadyExistsError, RetryLaterError
from shared.domain.pr_event import PrEvent
from shared.domain.step import Step
from shared.logging import log
from shared.services import Services

_MOST_ATTEMPTS = 20
_IN_VAIN = ("failed", "ignored")


def start(event: PrEvent, services: Services) -> bool:
    """Store an event and queue its first task; False, and nothing more, when it has been stored before."""
    try:
        services.store.pr_events.commit(services.store.pr_events.create(event))
    except AlreadyExistsError:
        return False
    queue(event.pr_event_id, event, services)
    return True


def not_begun(attempt: Callable[[int], PrEvent], services: Services) -> PrEvent | None:
    """The event of the first attempt that has not begun, after those in vain; None while one runs, or has ended well.

    None too after twenty in vain.
    """
    for number in range(_MOST_ATTEMPTS):
        event = attempt(number)
        stored = services.store.pr_events.get(event.pr_event_id)
        if stored is None:
            return event
        if stored.value.state not in _IN_VAIN:
            return None
    return None


def queue(step_id: str, step: Step, services: Services) -> None:
    """Queue the task of a stored step; if that fails, the reconciler finds the step when it is due."""
    try:
        services.tasks.enqueue(step.stage, step_id, epoch=step.epoch)
    except RetryLaterError as error:
        log.warning("task_not_queued", step=step_id, reason=str(error))
