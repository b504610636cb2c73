"""A target for tasks: answers as it was told, and remembers what it was sent."""

import base64
import functools
import http.client
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIEnvironment

import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.serving import WSGIRequestHandler, make_server

QUEUE = "projects/p/locations/asia-northeast1/queues/pr-event-processor"


@functools.cache
def signing_key() -> rsa.RSAPrivateKey:
    """One key for all: making one takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


@dataclass(frozen=True)
class Answer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    before: Callable[[], object] = lambda: None
    body: Iterable[bytes] = ()


class _Silent(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Target:
    """Gives the answers in order, then 200 for ever; `release` lets go of handlers that `hold`."""

    def __init__(self, *answers: int | Answer) -> None:
        self.received: list[Received] = []
        self.peak = 0
        self.let_go = threading.Event()
        self._answers = deque(answers)
        self._in_flight = 0
        self._changed = threading.Condition()
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=_Silent)
        self._server.daemon_threads = True  # type: ignore[attr-defined]  # handlers may hold to the end
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,), name="the target")

    def hold(self) -> None:
        """Don't answer before the test ends."""
        self.let_go.wait(30)

    def meet(self, parties: int) -> None:
        """Don't answer before so many requests are here at once, or a while has passed."""
        with self._changed:
            self._changed.wait_for(lambda: self.peak >= parties, 0.1)

    def wait_for(self, count: int, timeout: float = 10) -> list[Received]:
        """The first requests, once there are so many."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self.received) >= count, timeout)
            assert arrived, f"{len(self.received)} requests of {count} came"
            return self.received[:count]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._arrive(environ)
        try:
            answer.before()
        finally:
            with self._changed:
                self._in_flight -= 1
        reason = http.client.responses.get(answer.status, "Odd")
        body = list(answer.body) if isinstance(answer.body, tuple) else answer.body
        headers = dict(answer.headers)
        if isinstance(body, list):
            headers["Content-Length"] = str(sum(map(len, body)))
        start_response(f"{answer.status} {reason}", list(headers.items()))
        return body

    def _arrive(self, environ: WSGIEnvironment) -> Answer:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
        }
        path = environ["PATH_INFO"] + (f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else "")
        with self._changed:
            self.received.append(Received(environ["REQUEST_METHOD"], path, headers, body, time.monotonic()))
            self._in_flight += 1
            self.peak = max(self.peak, self._in_flight)
            self._changed.notify_all()
            answer = self._answers.popleft() if self._answers else 200
        return Answer(answer) if isinstance(answer, int) else answer

    def always(self, answer: Answer, times: int = 1000) -> Self:
        """Give this answer from now on."""
        self._answers.extend([answer] * times)
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def task_for(
    url: str, name: str | None = None, http: Mapping[str, object] | None = None, **task: object
) -> dict[str, Any]:
    """The body of a CreateTask call."""
    http_request = {"url": url} | dict(http or {})
    named = {"name": f"{QUEUE}/tasks/{name}"} if name is not None else {}
    return {"task": named | task | {"httpRequest": http_request}}


def create(cloud_url: str, body: object, queue: str = QUEUE) -> dict[str, Any]:
    """Create a task that has to be taken."""
    answer = requests.post(f"{cloud_url}/v2/{queue}/tasks", json=body, timeout=10)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def encoded(body: bytes) -> str:
    return base64.b64encode(body).decode()
