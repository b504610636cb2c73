"""The reconciler: what nobody came back for, days whose figures have changed, people who have left."""

from datetime import timedelta

from functions.reconciler.days import fold_day, queue_marked
from functions.reconciler.erasure import erase
from functions.reconciler.redelivery import redeliver
from functions.reconciler.steps import dispatch_due
from shared.domain.step import ERASE
from shared.services import Services
from shared.task import TaskApp, perform

app = TaskApp("reconciler", needs=("github",))
TIME_FOR_DELIVERIES = timedelta(seconds=20)
TIME_FOR_ALL = timedelta(seconds=50)


@app.job("/api/tasks/reconcile")
def reconcile(services: Services) -> str:
    """Have GitHub repeat the deliveries that failed, and dispatch every step that is due."""
    begun = services.now()
    # First what is bounded by GitHub's patience of three days: a backlog of steps must not keep it waiting.
    redeliver(services, until=begun + TIME_FOR_DELIVERIES)
    dispatch_due(services, until=begun + TIME_FOR_ALL)
    queue_marked(services)
    return "reconciled"


@app.task("/api/tasks/audit-day")
def fold_audit_day(audit_day: str, services: Services) -> str:
    """Fold what has changed into a day's figures: the KPIs' own summary of it."""
    return fold_day(audit_day, services)


@app.task(ERASE.path)
def erase_person(erasure_id: str, services: Services) -> str:
    """Remove what is kept of a person who has left, or let it name a pseudonym. Idempotent by erasureId."""
    work = {ERASE.name: erase(services)}
    return perform(services.store.erasures, erasure_id, work, services, beside=lambda _before, _after: ())


main = app.function()
