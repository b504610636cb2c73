"""Deliveries that come before the function listens: the platform holds them, connected, until it does."""

import json
import socket
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException

from local.bench.cores import BenchError
from local.bench.served import Request, Served, ask

_PIECE = 65536
_BACKLOG = 128


@dataclass(frozen=True)
class Answer:
    """Whether the delivery was stored, and seconds from the start of the function's process until it was known."""

    accepted: bool
    seconds: float


def waited(served: Served, requests: Sequence[Request]) -> list[Answer]:
    """Send all the requests at once to a front that holds them until the function listens."""
    with _Front(served) as port, ThreadPoolExecutor(len(requests)) as pool:
        return list(pool.map(lambda request: _answer(port, request, served), requests))


def _answer(port: int, request: Request, served: Served) -> Answer:
    accepted = False
    with suppress(OSError, HTTPException):  # the function never came, or left
        status, body = ask(port, request)
        accepted = status == HTTPStatus.OK and json.loads(body)["outcome"] == "accepted"
    return Answer(accepted, time.perf_counter() - served.started)


class _Front:
    """Takes connections at once, and passes bytes on once the function listens; `with` gives its port."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        self._accepting = threading.Thread(target=self._accept, name="a front", daemon=True)

    def __enter__(self) -> int:
        self._accepting.start()
        return int(self._listener.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        # Closing alone does not wake a thread that waits in `accept`.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was shut down
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._relay, args=(connection,), daemon=True).start()

    def _relay(self, near: socket.socket) -> None:
        with near, suppress(OSError, BenchError):  # it does not start, or has gone: whoever waits is cut off
            self._served.await_socket()
            with socket.create_connection(("127.0.0.1", self._served.port)) as far:
                back = threading.Thread(target=_pass_on, args=(far, near), daemon=True)
                back.start()
                _pass_on(near, far)
                back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):  # one of the two has gone
        while piece := source.recv(_PIECE):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
