"""Provisioning: repositories that are made under approved project intents, and what came of it."""

from http import HTTPStatus

from functions.provisioning.jobs import find_job, page
from functions.provisioning.schemas import (
    EventList,
    EventQuery,
    EventShown,
    JobEnqueued,
    JobShown,
    KeyHeaders,
    NewJob,
)
from functions.provisioning.start import start_job
from shared.auth import Actor
from shared.services import Services
from shared.web.typed import TypedApp

app = TypedApp(
    "provisioning",
    thing="provisioning job",
    needs=("tasks", "approval_policy", "organization"),
    governs=True,
)


@app.post("/api/provisioning", status=HTTPStatus.ACCEPTED)
def provision_repository(body: NewJob, headers: KeyHeaders, actor: Actor, services: Services) -> JobEnqueued:
    """Have a repository made under an approved project intent; the same key with the same body is the same job."""
    key = headers.key(body.request_key)
    return JobEnqueued.of(start_job(body, key=key, actor=actor, services=services))


@app.get("/api/provisioning/jobs/<job_id>")
def show_job(job_id: str, actor: Actor, services: Services) -> JobShown:
    """Show how far a job has come, and why where it failed."""
    return JobShown.of(find_job(job_id, actor=actor, services=services))


@app.get("/api/provisioning/events")
def list_provisioning_events(query: EventQuery, actor: Actor, services: Services) -> EventList:
    """List the repositories that were made, newest first: everybody's for approvers and auditors, else one's own."""
    found = page(query, actor=actor, services=services)
    return EventList(events=[EventShown.of(each) for each in found.values], next_cursor=found.next_cursor)


main = app.function()
