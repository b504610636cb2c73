"""Days whose figures have changed: queued once a minute, and folded by a task that is named by day and minute."""

from datetime import timedelta

from shared.audit_days import fold, marked_days
from shared.domain.audit_day import bounds
from shared.domain.errors import RetryLaterError
from shared.domain.step import FOLD
from shared.logging import log
from shared.services import Services

_MINUTE = 60
_TIME_FOR_ALL = timedelta(seconds=45)


def queue_marked(services: Services) -> int:
    """Queue a task for each day that something has changed on; returns how many."""
    minute, queued = int(services.now().timestamp() // _MINUTE), 0
    for day in marked_days(services.store):
        try:
            services.tasks.enqueue(FOLD.name, day, epoch=minute)
        except RetryLaterError as error:  # the marks stay: in a minute there is another task
            log.warning("task_not_queued", step=day, reason=str(error))
            break
        queued += 1
    log.info("days_queued", count=queued)
    return queued


def fold_day(day: str, services: Services) -> str:
    """Fold everything that the day is marked for, or as much as there is time for; the next task goes on."""
    try:
        bounds(day)
    except (ValueError, OverflowError):
        log.error("poison", reason="not a day")
        return "poison"
    until = services.now() + _TIME_FOR_ALL
    while fold(day, services.store, at=services.now()):
        if services.now() >= until:
            return "continued"
    return "folded"
