"""The agent runner: an AI review of one pull request, inside what somebody stated and, where need be, approved."""

from functions.agent_runner.chain import chained
from functions.agent_runner.publish import publish
from functions.agent_runner.run import review
from shared.domain.step import PUBLISH, REVIEW
from shared.services import Services
from shared.task import TaskApp, perform

app = TaskApp("agent-runner", needs=("github", "model", "approval_policy"))


@app.task(REVIEW.path)
def process(agent_run_id: str, services: Services) -> str:
    """Review a pull request, attach the evidence, publish where that was asked for. Idempotent by agentRunId."""
    work = {REVIEW.name: review(services), PUBLISH.name: publish(services)}
    return perform(services.store.agent_runs, agent_run_id, work, services, beside=chained(services))


main = app.function()
