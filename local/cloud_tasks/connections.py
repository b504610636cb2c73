"""How does a request reach its target and come back, or get cut off half-way?"""

import http.client
import socket
import threading
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError
from urllib3.util import Url

_IDLE = 1.0  # seconds a connection is kept: servers close theirs after a few
_CONNECT = 5.0  # seconds
_DISCARDED = 65_536  # bytes of the answer's body read, and forgotten, at a time


@dataclass(frozen=True)
class Request:
    """What is sent: the URL's parts, and headers that replace the client's own."""

    target: Url
    method: str
    headers: dict[str, str]
    body: bytes | None

    def with_token(self, token: str) -> "Request":
        """The same, carrying this token instead of any other."""
        others = {name: value for name, value in self.headers.items() if name.lower() != "authorization"}
        return replace(self, headers=others | {"Authorization": f"Bearer {token}"})


@dataclass(frozen=True)
class Reply:
    """What came back: the status, and the Retry-After header as it stood."""

    status: int
    retry_after: str | None


class NoReplyError(Exception):
    """Nobody answered, or not to the end."""


class Call:
    """A request under way, which another thread may cut off."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.was_cut = False
        self._has_ended = False

    def use(self, used: socket.socket) -> None:
        """Say over which socket it goes; raises ConnectionAbortedError if it has been cut already."""
        with self._lock:
            self._socket = used
            if self.was_cut:
                raise ConnectionAbortedError("cut off")

    def cut(self) -> None:
        """Make the thread that waits for the answer stop waiting."""
        with self._lock:
            if self._has_ended:
                return
            self.was_cut = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def end(self) -> bool:
        """Close it to further cuts; False if one came before."""
        with self._lock:
            self._has_ended = True
            return not self.was_cut


class Connections:
    """Kept connections, a stack for each target's address."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, int], list[tuple[float, HTTPConnection]]] = defaultdict(list)

    def send(self, request: Request, call: Call) -> Reply:
        """Send, and await the whole answer; raises NoReplyError when none came. Follows no redirect."""
        address = (request.target.host or "", request.target.port or http.client.HTTP_PORT)
        connection = self._take(address)
        try:
            reply = _exchange(connection, request, call)
        except (HTTPError, OSError, http.client.HTTPException) as error:
            connection.close()
            raise NoReplyError(str(error)) from error
        if not call.end():
            connection.close()
            raise NoReplyError("cut off")
        if connection.is_connected:
            self._keep(address, connection)
        return reply

    def close(self) -> None:
        """Close what is kept."""
        with self._lock:
            for stack in self._kept.values():
                for _, connection in stack:
                    connection.close()
            self._kept.clear()

    def _take(self, address: tuple[str, int]) -> HTTPConnection:
        oldest = time.monotonic() - _IDLE
        with self._lock:
            stack = self._kept[address]
            while stack:
                kept_at, connection = stack.pop()
                if kept_at >= oldest and connection.is_connected:
                    return connection
                connection.close()
        host, port = address
        return HTTPConnection(host, port, timeout=_CONNECT)

    def _keep(self, address: tuple[str, int], connection: HTTPConnection) -> None:
        with self._lock:
            self._kept[address].append((time.monotonic(), connection))


def _exchange(connection: HTTPConnection, request: Request, call: Call) -> Reply:
    if connection.sock is None:
        connection.connect()
    assert connection.sock is not None
    connection.sock.settimeout(None)  # whoever holds the call cuts it at its deadline
    call.use(connection.sock)
    connection.request(
        request.method,
        request.target.request_uri,
        body=request.body,
        headers=request.headers,
        preload_content=False,
        decode_content=False,
    )
    response = connection.getresponse()
    for _ in response.stream(_DISCARDED, decode_content=False):
        pass
    return Reply(response.status, response.headers.get("Retry-After"))
