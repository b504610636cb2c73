"""The reconciler: comes by every minute for what nobody came back for."""

from datetime import timedelta

from functions.reconciler.redelivery import redeliver
from functions.reconciler.steps import dispatch_due
from shared.services import Services
from shared.task import TaskApp

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
    return "reconciled"


main = app.function()
