"""GitHub's webhook: verify the bytes, store the event, queue its task, answer. One create and one CreateTask."""

from flask import Response, request

from functions.webhooks.intake import take_in
from functions.webhooks.operation import OPERATION
from functions.webhooks.signature import check_signature
from shared.domain.pr_event import EVENTS, delivery_guid
from shared.logging import bind
from shared.web.app import App, body_of_request, services_of_request

app = App("webhooks", needs=("tasks", "webhook_secret"), body_limit=25 * 1024 * 1024)


@app.route("POST", "/api/webhooks/github", OPERATION)
def receive() -> Response:
    """Receive a delivery of the GitHub App: stored or deliberately ignored is 200, not stored is 503."""
    services, body = services_of_request(), body_of_request()
    check_signature(body, request.headers.get("X-Hub-Signature-256"), services.webhook_secrets.current())
    event, delivery_id = request.headers.get("X-GitHub-Event", ""), request.headers.get("X-GitHub-Delivery", "")
    # The signature covers neither header: what is none of GitHub's words stays out of the log.
    bind(delivery=delivery_guid(delivery_id), event=event if event in EVENTS else "other")
    return take_in(body, request, services)


main = app.function()
