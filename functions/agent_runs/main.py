"""Agent runs: AI reviews that are asked for, and what came of them."""

from http import HTTPStatus

from functions.agent_runs.runs import page, review_of
from functions.agent_runs.schemas import NewRun, RunDetail, RunList, RunQuery, RunShown, RunStarted
from functions.agent_runs.start import start_run
from shared.auth import Actor
from shared.governed import find_run
from shared.services import Services
from shared.web.typed import Idempotent, TypedApp

app = TypedApp("agent-runs", thing="agent run", needs=("tasks", "approval_policy"), governs=True)


@app.post("/api/agent-runs", status=HTTPStatus.CREATED, also=(HTTPStatus.FORBIDDEN,))
def create_run(body: NewRun, actor: Actor, services: Services) -> Idempotent[RunStarted]:
    """Start an AI review under an intent; the same `runId` with the same body is the same run."""
    run, is_new = start_run(body, actor=actor, services=services)
    return Idempotent(RunStarted.of(run), is_new=is_new)


@app.get("/api/agent-runs")
def list_runs(query: RunQuery, actor: Actor, services: Services) -> RunList:
    """List runs, newest first: everybody's for approvers and auditors, else the caller's own."""
    found = page(query, actor=actor, services=services)
    return RunList(runs=[RunShown.of(each) for each in found.values], next_cursor=found.next_cursor)


@app.get("/api/agent-runs/<run_id>")
def show_run(run_id: str, actor: Actor, services: Services) -> RunDetail:
    """Show a run with its review, by the caller's own `runId` or by its `agentRunId`."""
    run = find_run(run_id, actor=actor, services=services).value
    return RunDetail.of_review(run, review_of(run, services))


main = app.function()
