"""The load balancer before a function's instances: hands each request to one that has room for it."""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

import urllib3
from werkzeug.wrappers import Request, Response

PATIENCE = 10.0  # real seconds that a request waits for room, as Cloud Run's wait for a new instance
_LOOK = 0.02
_TIMEOUT = 60.0
_OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding"}


class Serving(Protocol):
    """An instance, as the load balancer knows it."""

    @property
    def port(self) -> int:
        """Where it listens, on this machine."""

    @property
    def concurrency(self) -> int:
        """How many requests it takes at a time."""

    @property
    def is_ready(self) -> bool:
        """Whether its port is open."""


class Service:
    """A function as Cloud Run serves it (WSGI): 503 when its instance dies under a request, 429 when none has room.

    https://cloud.google.com/run/docs/troubleshooting
    """

    def __init__(self, instances: Sequence[Serving]) -> None:
        self._instances = instances
        self._changed = threading.Condition()
        self._busy: Counter[int] = Counter()
        self._turn = 0
        # A kept connection may end between two requests: each has its own.
        self._pool = urllib3.PoolManager(maxsize=64, retries=False, timeout=_TIMEOUT)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        place = self._enter()
        if place is None:
            return Response("no instance is available", status=429)(environ, start_response)
        try:
            return self._forward(self._instances[place], Request(environ))(environ, start_response)
        finally:
            with self._changed:
                self._busy[place] -= 1
                self._changed.notify()

    def _enter(self) -> int | None:
        """Take a place at an instance, each in turn; None when there is none for too long."""
        until = time.monotonic() + PATIENCE
        with self._changed:
            while time.monotonic() < until:
                self._turn += 1
                for offset in range(len(self._instances)):
                    place = (self._turn + offset) % len(self._instances)
                    instance = self._instances[place]
                    if instance.is_ready and self._busy[place] < instance.concurrency:
                        self._busy[place] += 1
                        return place
                self._changed.wait(_LOOK)
        return None

    def _forward(self, instance: Serving, request: Request) -> Response:
        sent = {name: value for name, value in request.headers if name.lower() not in _OF_THE_CONNECTION}
        url = f"http://127.0.0.1:{instance.port}{request.environ['REQUEST_URI']}"
        try:
            answer = self._pool.request(
                request.method,
                url,
                body=request.get_data(),
                headers={**sent, "Connection": "close"},
                decode_content=False,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError:
            return Response("the instance was lost", status=503)
        kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in _OF_THE_CONNECTION]
        return Response(answer.data, status=answer.status, headers=kept)
