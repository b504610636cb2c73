"""Exceptions: what went wrong or past the rule, and what can be tried again."""

from http import HTTPStatus

from functions.exceptions.inbox import expired_approvals, page
from functions.exceptions.retry import retry
from functions.exceptions.schemas import ExceptionInbox, ExceptionQuery, ExceptionShown, ExpiredApproval
from shared.auth import Actor
from shared.services import Services
from shared.web.typed import TypedApp

app = TypedApp("exceptions", thing="exception", needs=("tasks",), governs=True)


@app.get("/api/exceptions/inbox")
def list_exceptions(query: ExceptionQuery, actor: Actor, services: Services) -> ExceptionInbox:
    """List exceptions, newest first, and approvals that have expired; everybody's for approvers and auditors."""
    found = page(query, actor=actor, services=services)
    expired = expired_approvals(query.limit, actor=actor, services=services)
    return ExceptionInbox(
        items=[ExceptionShown.model_validate(each) for each in found.values],
        expired_approvals=[ExpiredApproval.of(each) for each in expired],
        next_cursor=found.next_cursor,
    )


@app.post("/api/exceptions/<exception_id>/retry", status=HTTPStatus.ACCEPTED)
def retry_exception(exception_id: str, actor: Actor, services: Services) -> ExceptionShown:
    """Try what failed for good once more; a second call for the same failure changes nothing."""
    return ExceptionShown.model_validate(retry(exception_id, actor=actor, services=services))


main = app.function()
