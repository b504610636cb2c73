"""What becomes of a delivery whose signature holds."""

import json

from flask import Request, Response

from shared.domain.errors import InvalidError, RetryLaterError, UnsupportedMediaTypeError
from shared.domain.pr_event import EVENTS, PrEvent, read_delivery
from shared.logging import log
from shared.services import Services


def take_in(body: bytes, request: Request, services: Services) -> Response:
    """Store the event and queue its task; 200 once it is stored, or when we have no use for it.

    Raises `RetryLaterError` when it is not stored, `UnsupportedMediaTypeError` for GitHub's form mode and
    `InvalidError` for a body that is not GitHub's.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaTypeError("set the webhook's content type to application/json")
    name = request.headers.get("X-GitHub-Event", "")
    if name not in EVENTS:
        return _answer("ignored")
    delivery_id = request.headers.get("X-GitHub-Delivery", "")
    event = read_delivery(name, _payload(body), body=body, delivery_id=delivery_id, at=services.now())
    if event is None:
        return _answer("ignored")
    outcome = "accepted" if services.intake.create(event) else "duplicate"
    due = event if outcome == "accepted" else services.intake.redispatched(event, at=services.now())
    if due is not None:
        _queue(due, services)
    log.info("delivery_taken_in", outcome=outcome, pr_event=event.pr_event_id, repository=event.repo_full_name)
    return _answer(outcome)


def _payload(body: bytes) -> dict[str, object]:
    """The delivery's JSON; a signature proves who sent it, not that it makes sense."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidError("not JSON") from None
    if not isinstance(payload, dict):
        raise InvalidError("not a JSON object")
    return payload


def _queue(event: PrEvent, services: Services) -> None:
    """Queue the event's task; a queue that fails after the store loses nothing, the reconciler finds the event."""
    try:
        services.tasks.enqueue(event.stage, event.pr_event_id, epoch=event.epoch)
    except RetryLaterError as error:
        log.warning("task_not_queued", pr_event=event.pr_event_id, reason=str(error))


def _answer(outcome: str) -> Response:
    return Response(json.dumps({"outcome": outcome}), content_type="application/json")
