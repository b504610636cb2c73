"""What is the same in every stand-in that answers over HTTP, and how does one run alone?"""

import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from local.google_error import GoogleError, error_of
from local.server import PortTakenError, Server

_INTERNAL = 500


class StandIn:
    """A Flask application on a loopback port, from `start` (or `with`) until `stop`.

    Started again it takes the port it had, so that a test can take it away and bring it back. Raises
    `local.server.PortTakenError` at the start.
    """

    def __init__(self, name: str, port: int = 0) -> None:
        self.app = Flask(name, static_folder=None)
        self.stopping = threading.Event()
        self._name = name
        self._port = port
        self._server: Server | None = None
        self.app.before_request(self._cut_off_when_stopped)
        self.app.register_error_handler(GoogleError, GoogleError.response)
        self.app.register_error_handler(HTTPException, _as_google_error)
        self.app.add_url_rule("/health", "health", lambda: jsonify(status="ok"), methods=["GET"])

    @property
    def url(self) -> str:
        """Where it listens, `http://127.0.0.1:PORT`; raises RuntimeError while it does not."""
        if self._server is None:
            raise RuntimeError(f"{self._name} has not been started")
        return self._server.url

    @property
    def host(self) -> str:
        """The same as `127.0.0.1:PORT`, as the `..._EMULATOR_HOST` variables want it."""
        return urlsplit(self.url).netloc

    def start(self) -> Self:
        """Begin to serve, unless it does already; returns itself."""
        if self._server is not None:
            return self
        self._server = Server(self.app, port=self._port, name=self._name)
        self._port = urlsplit(self.url).port or 0
        self.stopping.clear()
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop listening, end what waits, and cut kept connections at their next request."""
        self.stopping.set()
        if self._server is not None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _cut_off_when_stopped(self) -> Response | None:
        """Read the body, for else it would be taken for the next request of a kept connection."""
        request.get_data()
        return reset_connection() if self.stopping.is_set() else None


class Running(Protocol):
    """Something that was started."""

    @property
    def url(self) -> str:
        """Where it listens."""

    def stop(self) -> None:
        """End it."""


def run_alone(name: str, start: Callable[[], Running], *, refusals: tuple[type[Exception], ...] = ()) -> int:
    """Serve until SIGINT or SIGTERM and return the exit code: 0 then, 1 when the port is taken or for a refusal."""
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    expected: tuple[type[Exception], ...] = (PortTakenError, *refusals)
    try:
        running = start()
    except expected as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{name} at {running.url}", flush=True)
    done.wait()
    running.stop()
    return 0


def reset_connection() -> Response:
    """End the connection of the present request with a TCP reset; what is returned reaches nobody."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # The server still writes its answer and reads on: give it a socket without a peer under the same number. That
    # closes the real one, and closing without lingering is what sends the reset.
    end, peer = socket.socketpair()
    peer.close()
    os.dup2(end.fileno(), connection.fileno())
    end.close()
    return Response()


def _as_google_error(error: HTTPException) -> Response:
    return error_of(error.code or _INTERNAL, error.description or "").response()
