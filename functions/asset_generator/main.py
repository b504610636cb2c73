"""The asset generator: a fetched pull request becomes a card for each person who is credited with it."""

from functions.asset_generator.generate import generate
from shared.domain.step import GENERATE
from shared.failures import failed_event
from shared.services import Services
from shared.task import TaskApp, perform

app = TaskApp("asset-generator", needs=("model",))


@app.task(GENERATE.path)
def process(pr_event_id: str, services: Services) -> str:
    """Generate the asset cards of a PR event and store them. Idempotent by prEventId."""
    work = {GENERATE.name: generate(services)}
    return perform(services.store.pr_events, pr_event_id, work, services, beside=failed_event(services))


main = app.function()
