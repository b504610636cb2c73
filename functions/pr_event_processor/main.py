"""The PR event processor: fetches what a delivery is about, or looks at the repositories again."""

from functions.pr_event_processor.backfill import backfill
from functions.pr_event_processor.fetch import fetch
from functions.pr_event_processor.refresh import refresh
from shared.domain.step import BACKFILL, FETCH, REFRESH
from shared.failures import failed_event
from shared.services import Services
from shared.task import TaskApp, perform

app = TaskApp("pr-event-processor", needs=("github",))


@app.task(FETCH.path)
def process(pr_event_id: str, services: Services) -> str:
    """Process a PR event: fetch the pull request and queue the asset generator. Idempotent by prEventId."""
    work = {FETCH.name: fetch(services), REFRESH.name: refresh(services), BACKFILL.name: backfill(services)}
    return perform(services.store.pr_events, pr_event_id, work, services, beside=failed_event(services))


main = app.function()
