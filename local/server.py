"""A WSGI application on a loopback port, in a thread: how every stand-in of the local cloud is served."""

import socket
import threading
from types import TracebackType
from typing import Self
from wsgiref.types import WSGIApplication

from werkzeug.serving import WSGIRequestHandler, make_server


class PortTakenError(RuntimeError):
    """Somebody else listens on the port that was asked for."""

    def __init__(self, port: int, name: str) -> None:
        super().__init__(f"port {port} is taken, {name} can't listen there: stop what does or choose another")


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # chunked bodies arrive whole
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: who needs to know what was called asks the stand-in."""


class Server:
    """Serves `app` on 127.0.0.1 from `start` (or `with`) until `stop`; port 0 takes a free one.

    Raises `PortTakenError` when the port is in use.
    """

    def __init__(self, app: WSGIApplication, *, port: int = 0, name: str = "a local server") -> None:
        refuse_taken(port, name)
        self._server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
        # A kept connection must not hold up `stop`.
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, args=(0.01,), name=name, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, `http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._server.port}"

    def start(self) -> Self:
        """Begin to serve; returns itself."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and close the socket."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def refuse_taken(port: int, name: str) -> None:
    """Raise `PortTakenError` if something listens on `port` (0 is never taken): werkzeug would print and exit."""
    if port == 0:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortTakenError(port, name) from None
