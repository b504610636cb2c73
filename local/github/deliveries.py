"""What is kept of one attempt to deliver to the webhook, and how does GitHub show it?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.github.clock import Clock
from local.github.shapes import Json

_ERROR, _ERROR_END = 400, 600


@dataclass(frozen=True)
class Delivery:
    """One attempt to deliver: what was sent and how it ended; `at` in epoch seconds, `duration` in seconds."""

    id: int
    guid: str
    event: str
    at: float
    redelivery: bool
    duration: float
    status: str
    status_code: int
    url: str
    request_headers: Mapping[str, str]
    body: bytes
    response_headers: Mapping[str, str]
    response_body: str

    @property
    def payload(self) -> Any:  # noqa: ANN401 -- whatever was sent
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def listed(self, clock: Clock) -> Json:
        """As `GET /app/hook/deliveries` lists it.

        https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook
        """
        payload = self.payload if isinstance(self.payload, dict) else {}
        repositories = [payload.get("repository"), *(payload.get("repositories") or [])]
        return {
            "id": self.id,
            "guid": self.guid,
            "delivered_at": clock.stamp(self.at),
            "redelivery": self.redelivery,
            "duration": round(self.duration, 2),
            "status": self.status,
            "status_code": self.status_code,
            "event": self.event,
            "action": payload.get("action"),
            "installation_id": (payload.get("installation") or {}).get("id"),
            "repository_id": (repositories[0] or {}).get("id"),
            "throttled_at": None,
        }

    def shown(self, clock: Clock) -> Json:
        """As `GET /app/hook/deliveries/{id}` shows it."""
        return {
            **self.listed(clock),
            "url": self.url,
            "request": {"headers": dict(self.request_headers), "payload": self.payload},
            "response": {"headers": dict(self.response_headers), "payload": self.response_body},
        }

    @property
    def failed(self) -> bool:
        """Whether GitHub lists it under `status=failure`: answered with 400 to 599, or not at all."""
        return _ERROR <= self.status_code < _ERROR_END
