"""The reconciler: comes by every minute for what nobody came back for."""

from datetime import timedelta

from functions.reconciler.redelivery import redeliver
from functions.reconciler.steps import dispatch_due
from shared.services import Services
from shared.task import TaskApp

app = TaskApp("reconciler", needs=("github",))
TIME_FOR_STEPS = timedelta(seconds=30)
TIME_FOR_ALL = timedelta(seconds=50)


@app.job("/api/tasks/reconcile")
def reconcile(services: Services) -> str:
    """Dispatch every step that is due and have GitHub repeat the deliveries that failed."""
    begun = services.now()
    dispatch_due(services, until=begun + TIME_FOR_STEPS)
    redeliver(services, until=begun + TIME_FOR_ALL)
    return "reconciled"


main = app.function()
