"""What becomes of a delivery whose signature holds."""

import json

from flask import Request, Response

from shared.domain.errors import RetryLaterError, UnsupportedMediaTypeError
from shared.domain.pr_event import EVENTS, PrEvent, delivery_guid, read_delivery
from shared.logging import bind, log
from shared.services import Services
from shared.web.body import load


def take_in(body: bytes, request: Request, services: Services) -> Response:
    """Store the event and queue its task; 200 once it is stored, or when we have no use for it.

    Raises `RetryLaterError` when it is not stored, `UnsupportedMediaTypeError` for GitHub's form mode and
    `InvalidError` for a body that is not GitHub's.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaTypeError("set the webhook's content type to application/json")
    event = _event(body, request, services)
    if event is None:
        log.info("delivery_taken_in", outcome="ignored")
        return _answer("ignored")
    bind(step=event.pr_event_id, repository=event.repo_full_name)
    outcome = "accepted" if services.intake.create(event) else "duplicate"
    due = event if outcome == "accepted" else services.intake.redispatched(event, at=services.now())
    if due is not None:
        _queue(due, services)
    log.info("delivery_taken_in", outcome=outcome)
    return _answer(outcome)


def _event(body: bytes, request: Request, services: Services) -> PrEvent | None:
    """The event of the delivery, or None when we have no use for it."""
    name = request.headers.get("X-GitHub-Event", "")
    if name not in EVENTS:
        return None
    delivery_id = delivery_guid(request.headers.get("X-GitHub-Delivery", ""))
    return read_delivery(name, load(body), body=body, delivery_id=delivery_id, at=services.now())


def _queue(event: PrEvent, services: Services) -> None:
    """Queue the event's task; a queue that fails after the store loses nothing, the reconciler finds the event."""
    try:
        services.tasks.enqueue(event.stage, event.pr_event_id, epoch=event.epoch)
    except RetryLaterError as error:
        log.warning("task_not_queued", reason=str(error))


def _answer(outcome: str) -> Response:
    return Response(json.dumps({"outcome": outcome}), content_type="application/json")
