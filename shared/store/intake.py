"""The webhook's side of the events: create one, and on a repetition look at it again. Plain REST, no client.

https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases.documents/commit
"""

from datetime import UTC, datetime
from typing import Any

from shared.clients.google_api import Answer, GoogleApi
from shared.domain.errors import RetryLaterError
from shared.domain.pr_event import PrEvent
from shared.store.codec import from_fields, to_fields

_OK, _BAD_REQUEST, _NOT_FOUND, _CONFLICT = 200, 400, 404, 409
_PR_EVENTS = "pr-events"  # as in `store.store`, which would bring the client along; a test compares them
_UNAVAILABLE = "the event could not be stored"


class EventIntake:
    """The documents of `pr-events` as the webhook needs them."""

    def __init__(self, api: GoogleApi, project: str) -> None:
        self._api = api
        self._root = f"projects/{project}/databases/(default)/documents"

    def create(self, event: PrEvent) -> bool:
        """Store a new event; False when it is there already. Raises `RetryLaterError` when it is not stored."""
        answer = self._commit(event, {"exists": False})
        return answer.status == _OK

    def redispatched(self, event: PrEvent, *, at: datetime) -> PrEvent | None:
        """The stored event if its task should be queued once more, under the next epoch where it is overdue."""
        answer = self._api.call("GET", f"/v1/{self._root}/{_PR_EVENTS}/{event.pr_event_id}")
        if answer.status == _NOT_FOUND:
            return None  # gone by TTL since our create was refused
        if answer.status != _OK:
            raise RetryLaterError(_UNAVAILABLE)
        fields = {name: _decoded(value) for name, value in answer.body.get("fields", {}).items()}
        stored = from_fields(PrEvent, fields)
        if stored.state != PrEvent.WAITING or stored.due_at is None:
            return None
        if stored.due_at > at:
            return stored
        again = stored.redispatched(at=at)
        answer = self._commit(again, {"updateTime": answer.body["updateTime"]})
        return again if answer.status == _OK else None

    def _commit(self, event: PrEvent, precondition: dict[str, Any]) -> Answer:
        write = {
            "update": {
                "name": f"{self._root}/{_PR_EVENTS}/{event.pr_event_id}",
                "fields": {name: _encoded(value) for name, value in to_fields(event).items()},
            },
            "currentDocument": precondition,
        }
        answer = self._api.call("POST", f"/v1/{self._root}:commit", {"writes": [write]})
        refused = answer.status == _BAD_REQUEST and answer.body["error"]["status"] == "FAILED_PRECONDITION"
        if answer.status not in (_OK, _CONFLICT) and not refused:
            raise RetryLaterError(_UNAVAILABLE)
        return answer


def _encoded(value: object) -> dict[str, Any]:
    """A value of an event as Firestore's REST API writes it."""
    match value:
        case None:
            return {"nullValue": None}
        case bool():
            return {"booleanValue": value}
        case int():
            return {"integerValue": str(value)}
        case datetime():
            return {"timestampValue": value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        case str():
            return {"stringValue": value}
    raise TypeError(f"an event holds no {type(value).__name__}")


def _decoded(value: dict[str, Any]) -> Any:  # noqa: ANN401  # whatever the field holds
    match value:
        case {"nullValue": _}:
            return None
        case {"integerValue": digits}:
            return int(digits)
        case {"timestampValue": moment}:
            return datetime.fromisoformat(moment)
    return next(iter(value.values()))
