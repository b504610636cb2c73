"""GitHub's webhook: verify the bytes, store the event, queue its task, answer. One create and one CreateTask."""

from flask import Response, request

from functions.webhooks.intake import take_in
from functions.webhooks.operation import OPERATION
from functions.webhooks.signature import check_signature
from shared.logging import bound
from shared.web.app import App, services_of_request

app = App("webhooks", needs=("tasks", "webhook_secret"), body_limit=25_000_000)


@app.route("POST", "/api/webhooks/github", OPERATION)
def receive() -> Response:
    """Receive a delivery of the GitHub App: stored or deliberately ignored is 200, not stored is 503."""
    services, body = services_of_request(), request.get_data()
    check_signature(body, request.headers.get("X-Hub-Signature-256"), services.webhook_secrets.current())
    with bound(delivery=request.headers.get("X-GitHub-Delivery", "")[:64], event=request.headers.get("X-GitHub-Event")):
        return take_in(body, request, services)


main = app.function()
