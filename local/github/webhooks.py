"""What was delivered to the App's webhook, and how did the webhook answer?

https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

import ipaddress
import itertools
import json
import threading
import time
import uuid
from collections.abc import Mapping
from queue import Queue
from typing import Any
from urllib.parse import urlsplit

import requests

from local.github import signing
from local.github.clock import Clock
from local.github.deliveries import Delivery

TIMEOUT = 10.0  # seconds until GitHub gives a delivery up
_KEPT = 3 * 24 * 3600  # seconds a delivery can be looked up and repeated
_WORKERS = 4
_ANSWER_KEPT = 100_000
_OK_END = 400
_UNREACHED, _TIMED_OUT = (502, "failed to connect to host"), (504, "timed out")


class ForeignTargetError(ValueError):
    """A webhook address that is not on this machine."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"webhooks go to http on loopback addresses only, not to {url}: "
            "the local cloud never sends traffic to another machine"
        )


class NoWebhookError(ValueError):
    """Something is to be delivered and there is no address to deliver it to."""

    def __init__(self) -> None:
        super().__init__("no webhook URL is set: there is nowhere to deliver to")


class Webhooks:
    """Signs and sends deliveries to one address, once each, and remembers how they ended."""

    def __init__(self, clock: Clock, *, app_id: int, url: str | None, secret: str | bytes | None) -> None:
        self.url = url
        self.secret = secret.encode() if isinstance(secret, str) else secret
        self.timeout = TIMEOUT
        self._clock = clock
        self._app_id = app_id
        self._hook_id = app_id + 400_000_000
        self._numbers = itertools.count(9_000_000_000_001)
        self._lock = threading.Lock()
        self._deliveries: list[Delivery] = []
        self._repeats: Queue[Delivery] = Queue()
        self._workers: list[threading.Thread] = []

    @property
    def url(self) -> str | None:
        """Where deliveries go; setting it raises `ForeignTargetError` for every place but this machine."""
        return self._url

    @url.setter
    def url(self, url: str | None) -> None:
        if url is not None and not _is_local(url):
            raise ForeignTargetError(url)
        self._url = url

    def deliver(
        self,
        event: str,
        payload: Mapping[str, Any] | bytes,
        *,
        guid: str | None = None,
        secret: str | bytes | None = None,
        signature: str | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Delivery:
        """Send a delivery, wait for its end, and return it.

        `payload` bytes are sent as they are. `secret` signs in place of the App's; `signature` replaces
        `X-Hub-Signature-256`; `headers` replace others (None leaves one out). Raises `NoWebhookError`.
        """
        replaced = dict(headers or {}) | ({} if signature is None else {"X-Hub-Signature-256": signature})
        key = secret.encode() if isinstance(secret, str) else secret
        return self._send(event, guid or str(uuid.uuid4()), _bytes(payload), key=key, replaced=replaced)

    def lose(self, event: str, payload: Mapping[str, Any] | bytes, *, guid: str | None = None) -> Delivery:
        """Remember a delivery as failed without sending it, as during an outage of the webhook."""
        code, status = _UNREACHED
        body, guid = _bytes(payload), guid or str(uuid.uuid4())
        headers = self._headers(event, guid, body, None)
        return self._remember(event, guid, body, headers, status=status, status_code=code)

    def deliveries(self) -> list[Delivery]:
        """The deliveries of the last three days, newest first."""
        oldest = self._clock.now() - _KEPT
        with self._lock:
            return [each for each in reversed(self._deliveries) if each.at >= oldest]

    def delivery(self, number: int) -> Delivery | None:
        """A delivery of the last three days."""
        return next((each for each in self.deliveries() if each.id == number), None)

    def repeat(self, delivery: Delivery) -> None:
        """Send it again soon: the same GUID and bytes, a new id, signed with the secret of now."""
        with self._lock:
            if not self._workers:
                self._workers = [threading.Thread(target=self._work, daemon=True) for _ in range(_WORKERS)]
                for worker in self._workers:
                    worker.start()
        self._repeats.put(delivery)

    def wait(self, seconds: float = 10.0) -> bool:
        """Wait until everything that was to be repeated has been sent; False when that takes longer."""
        deadline = time.monotonic() + seconds
        with self._repeats.all_tasks_done:
            while self._repeats.unfinished_tasks:
                left = deadline - time.monotonic()
                if left <= 0 or not self._repeats.all_tasks_done.wait(left):
                    return False
        return True

    def _work(self) -> None:
        while True:
            again = self._repeats.get()
            try:
                self._send(again.event, again.guid, again.body, redelivery=True)
            except NoWebhookError:
                self.lose(again.event, again.body, guid=again.guid)
            finally:
                self._repeats.task_done()

    def _send(
        self,
        event: str,
        guid: str,
        body: bytes,
        *,
        key: bytes | None = None,
        replaced: Mapping[str, str | None] | None = None,
        redelivery: bool = False,
    ) -> Delivery:
        if self.url is None:
            raise NoWebhookError
        merged = {**self._headers(event, guid, body, key), **(replaced or {})}
        headers = {name: value for name, value in merged.items() if value is not None}
        begun = time.monotonic()
        end = self._post(self.url, body, headers)
        return self._remember(
            event, guid, body, headers, redelivery=redelivery, duration=time.monotonic() - begun, **end
        )

    def _headers(self, event: str, guid: str, body: bytes, key: bytes | None) -> dict[str, str]:
        secret = self.secret if key is None else key
        signed = signing.signatures(body, secret) if secret else {}
        return {**signing.headers(event, guid, self._hook_id, self._app_id), **signed}

    def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy stands between this machine and itself
                latin = {name: value.encode("utf-8") for name, value in headers.items()}
                answer = session.post(url, data=body, headers=latin, timeout=self.timeout, allow_redirects=False)
        except requests.Timeout:
            return {"status_code": _TIMED_OUT[0], "status": _TIMED_OUT[1]}
        except requests.RequestException:
            return {"status_code": _UNREACHED[0], "status": _UNREACHED[1]}
        code = answer.status_code
        return {
            "status_code": code,
            "status": "OK" if code < _OK_END else f"Invalid HTTP Response: {code}",
            "response_headers": dict(answer.headers),
            "response_body": answer.text[:_ANSWER_KEPT],
        }

    def _remember(self, event: str, guid: str, body: bytes, headers: Mapping[str, str], **end: Any) -> Delivery:  # noqa: ANN401 -- the fields of a delivery
        facts = {"redelivery": False, "duration": 0.0, "response_headers": {}, "response_body": "", **end}
        with self._lock:
            delivery = Delivery(
                id=next(self._numbers),
                guid=guid,
                event=event,
                at=self._clock.now(),
                url=self.url or "",
                request_headers=headers,
                body=body,
                **facts,
            )
            self._deliveries.append(delivery)
            return delivery


def _bytes(payload: Mapping[str, Any] | bytes) -> bytes:
    if isinstance(payload, bytes):
        return payload
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def _is_local(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
    return parts.scheme == "http" and local
