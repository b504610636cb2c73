"""Which requests does a function make? A proxy stands between it and a stand-in, and writes every one down."""

import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from wsgiref.types import StartResponse, WSGIEnvironment

import urllib3
from werkzeug.wrappers import Request, Response

from local.server import Server

_OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "host", "content-length"}


@dataclass(frozen=True)
class Call:
    """One request as it was on the wire, and the status of its answer."""

    method: str
    path: str
    body: bytes
    status: int

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"


class Proxy:
    """Hands every request on to `target` (`host:port`) from `with` on; `calls` are those that were answered.

    Each of `lies` is told once, instead of an answer: a status, or a connection that ends for 0. What was asked
    for has been done all the same.
    """

    def __init__(self, target: str) -> None:
        self.lies: list[int] = []
        self._target = target
        self._pool = urllib3.PoolManager(maxsize=64, retries=False)
        self._lock = threading.Lock()
        self._calls: list[Call] = []
        self._server = Server(self._answer, name="a recording proxy")

    @property
    def host(self) -> str:
        """Where it listens, `127.0.0.1:PORT`."""
        return self._server.url.removeprefix("http://")

    @property
    def calls(self) -> list[Call]:
        """What has passed so far, oldest first."""
        with self._lock:
            return list(self._calls)

    def clear(self) -> None:
        """Forget what has passed."""
        with self._lock:
            self._calls.clear()

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        self._pool.clear()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        path, body = environ["REQUEST_URI"], request.get_data()
        sent = {name: value for name, value in request.headers if name.lower() not in _OF_THE_CONNECTION}
        answer = self._pool.request(
            request.method,
            f"http://{self._target}{path}",
            body=body,
            headers=sent,
            decode_content=False,
            redirect=False,
        )
        with self._lock:
            self._calls.append(Call(request.method, path, body, answer.status))
            lie = self.lies.pop(0) if self.lies else None
        if lie is not None:
            if not lie:
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return Response(b"{}", status=lie or None)(environ, start_response)
        kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in _OF_THE_CONNECTION]
        return Response(answer.data, status=answer.status, headers=kept)(environ, start_response)


class Wire:
    """Everything that a webhook asks for: Firestore at `firestore`, the task queue at `queue`."""

    def __init__(self, firestore: str, queue: str) -> None:
        self.firestore = Proxy(firestore)
        self.queue = Proxy(queue)

    @property
    def variables(self) -> dict[str, str]:
        """The environment in which a function passes by here."""
        return {"FIRESTORE_EMULATOR_HOST": self.firestore.host, "CLOUD_TASKS_EMULATOR_HOST": self.queue.host}

    @property
    def calls(self) -> list[Call]:
        """All that has passed."""
        return [*self.firestore.calls, *self.queue.calls]

    def __enter__(self) -> Self:
        self.firestore.__enter__()
        self.queue.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.queue.__exit__(None, None, None)
        self.firestore.__exit__(None, None, None)
