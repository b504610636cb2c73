"""Approvals: what waits for a decision, and deciding it."""

from http import HTTPStatus

from functions.approvals.decide import Request, decide
from functions.approvals.schemas import (
    ApprovalCreated,
    ApprovalInbox,
    InboxItem,
    InboxQuery,
    NewApproval,
    TemplateQuery,
    TemplateShown,
)
from shared.auth import Actor
from shared.domain.approval_template import template
from shared.governed import visible
from shared.services import Services
from shared.web.typed import TypedApp

app = TypedApp("approvals", thing="approval", needs=("approval_policy",), governs=True)


@app.post("/api/approvals", status=HTTPStatus.CREATED, also=(HTTPStatus.FORBIDDEN,))
def create_approval(body: NewApproval, actor: Actor, services: Services) -> ApprovalCreated:
    """Decide about an intent, as its owner or an approver; the latest decision is the one that counts."""
    request = Request(body.intent_id, body.status, body.template_answers, body.valid_to)
    return ApprovalCreated.model_validate(decide(request, actor=actor, services=services))


@app.get("/api/approvals/inbox")
def list_requests(query: InboxQuery, actor: Actor, services: Services) -> ApprovalInbox:
    """List the intents that wait for a decision: everybody's for approvers and auditors, else the caller's own."""
    waiting = [("awaitingApproval", "==", True), *visible(actor)]
    page = services.store.intents.page(waiting, newest="createdAt", limit=query.limit, cursor=query.cursor)
    return ApprovalInbox(items=[InboxItem.of(each) for each in page.values], next_cursor=page.next_cursor)


@app.get("/api/approvals/template")
def show_template(query: TemplateQuery, actor: Actor) -> TemplateShown:  # noqa: ARG001  # signed in is all it takes
    """Show what an approver is asked, by the risk and the kind of the intent."""
    return TemplateShown.of(template(), query.risk_level, query.kind)


main = app.function()
