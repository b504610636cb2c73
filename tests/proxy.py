"""Which requests does a function make? A proxy stands between it and a stand-in, and writes every one down."""

import socket
import threading
from dataclasses import dataclass
from typing import Self

from werkzeug.wrappers import Request, Response

from local.wire import HttpWire


@dataclass(frozen=True)
class Call:
    """One request as it was on the wire, and the status of its answer."""

    method: str
    path: str
    body: bytes
    status: int

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"


class Proxy(HttpWire):
    """Hands every request on to its target, from `with` on; `calls` are those that were answered.

    Each of `lies` is told once, instead of an answer: a status, or a connection that ends for 0. What was asked
    for has been done all the same.
    """

    def __init__(self, target: str) -> None:
        super().__init__(target, "a recording proxy")
        self.lies: list[int] = []
        self._lock = threading.Lock()
        self._calls: list[Call] = []

    @property
    def calls(self) -> list[Call]:
        """What has passed so far, oldest first."""
        with self._lock:
            return list(self._calls)

    def clear(self) -> None:
        """Forget what has passed."""
        with self._lock:
            self._calls.clear()

    def answer(self, request: Request) -> Response:
        """What the target says, or a lie."""
        answer = self.forward(request)
        with self._lock:
            call = Call(request.method, request.environ["REQUEST_URI"], request.get_data(), answer.status_code)
            self._calls.append(call)
            lie = self.lies.pop(0) if self.lies else None
        if lie is None:
            return answer
        if not lie:
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return Response(b"{}", status=lie or None)


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
