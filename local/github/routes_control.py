"""What the person at the command line asks the stand-in itself: to send deliveries, and what was called."""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from local.github.deliveries import Delivery
from local.github.lookup import current
from local.github.shapes import Json
from local.github.webhooks import NoWebhookError

routes = Blueprint("control", __name__)
PATHS = ("/emulator/", "/health")


@routes.get("/health")
def show_health() -> Json:
    """Whether it is up, and how much it serves."""
    github = current().github
    return {"status": "ok", "samples": len(github.samples), "webhookUrl": github.hooks.url}


@routes.get("/emulator/calls")
def list_calls() -> Response:
    """The calls made so far, those of `pattern` if it is given."""
    return jsonify([call.shown() for call in current().github.calls(request.args.get("pattern", "**"))])


@routes.post("/emulator/deliveries")
def send_deliveries() -> ResponseReturnValue:
    """Send `{"sample": name}`, `{"all": true}` or `{"event": …, "payload": …, "guid"?: …}` to the webhook."""
    try:
        sent = _send(request.get_json(force=True, silent=True))
    except NoWebhookError as error:
        return {"error": str(error)}, 409
    except KeyError as error:
        return {"error": f"there is no sample {error}"}, 404
    if sent is None:
        return {"error": 'send {"sample": name}, {"all": true} or {"event": name, "payload": object}'}, 400
    return {"deliveries": [_shown(each) for each in sent]}


def _send(asked: Any) -> list[Delivery] | None:  # noqa: ANN401 -- as it was sent
    """The deliveries made; None when it is not clear what was asked for."""
    github = current().github
    match asked:
        case {"all": True}:
            return [github.deliver_sample(name) for name in github.samples]
        case {"sample": str(name)}:
            return [github.deliver_sample(name)]
        case {"event": str(event), "payload": dict(payload)}:
            guid = asked.get("guid")
            return [github.hooks.deliver(event, payload, guid=guid if isinstance(guid, str) else None)]
    return None


def _shown(delivery: Delivery) -> Json:
    return delivery.listed(current().github.clock)
