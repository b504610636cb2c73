"""The lowest places in this process through which calls leave it, each made an effect.

gRPC channels, urllib3's connections (under `requests` and our plain REST), httpx's transports (under google-genai).
Whatever else opens a connection is found by `Effects.watch`.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import grpc  # type: ignore[import-untyped]  # has no types
import httpx
import httpx2
import urllib3
from urllib3.connectionpool import HTTPConnectionPool

from shared.clients.github import turns
from tests.crash.effects import Effects, shape

_PEERS = {
    "FIRESTORE_EMULATOR_HOST": "firestore",
    "CLOUD_TASKS_EMULATOR_HOST": "tasks",
    "SECRET_MANAGER_EMULATOR_HOST": "secrets",
    "GITHUB_API_URL": "github",
    "GOOGLE_GEMINI_BASE_URL": "gemini",
    "FIREBASE_AUTH_EMULATOR_HOST": "identity",
}
Anything = Any  # what a library's own method takes and returns


def install(effects: Effects, variables: Mapping[str, str]) -> None:
    """Make every call of this process that leaves it an effect, until the process ends."""
    peers = {address.removeprefix("http://"): peer for name, peer in _PEERS.items() if (address := variables.get(name))}
    _through_grpc(effects)
    _through_urllib3(effects, peers)
    for library in (httpx, httpx2):
        _through_httpx(effects, library, peers)
    _without_pauses()
    effects.watch()


def _without_pauses() -> None:
    """The second between two changes at GitHub is not waited for: nothing leaves the process in it."""
    vars(turns)["time"] = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: None)


class Unanswered(grpc.RpcError):  # type: ignore[misc]  # untyped there
    """What gRPC raises when a call ends without an answer: Google's clients repeat it unless time has run out."""

    def __init__(self, *, lasts: bool) -> None:
        super().__init__()
        self._code = grpc.StatusCode.DEADLINE_EXCEEDED if lasts else grpc.StatusCode.UNAVAILABLE

    def code(self) -> grpc.StatusCode:
        """As the error of a call has it."""
        return self._code

    def details(self) -> str:
        """As the error of a call has it."""
        return "struck by a test"

    def trailing_metadata(self) -> tuple[()]:
        """As the error of a call has it."""
        return ()


class _Interceptor(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):  # type: ignore[misc]
    """One call of a channel, its whole answer included."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects

    def intercept_unary_unary(self, proceed: Anything, details: Anything, request: Anything) -> Anything:
        return self._effects.around(_name(details), lambda: proceed(details, request), _grpc_error)

    def intercept_unary_stream(self, proceed: Anything, details: Anything, request: Anything) -> Iterator[Any]:
        return self._effects.around(_name(details), lambda: iter(list(proceed(details, request))), _grpc_error)


def _name(details: Anything) -> str:
    service, method = details.method.strip("/").rsplit("/", 1)
    return f"{service.split('.')[-1].lower()} {method}"


def _grpc_error(lasts: bool) -> Exception:  # noqa: FBT001 -- as `around` calls it
    return Unanswered(lasts=lasts)


def _through_grpc(effects: Effects) -> None:
    interceptor = _Interceptor(effects)

    def intercepted(make: Callable[..., grpc.Channel]) -> Callable[..., grpc.Channel]:
        return lambda *given, **named: grpc.intercept_channel(make(*given, **named), interceptor)

    def refused(*_: Anything, **__: Anything) -> Anything:
        effects.stray("a channel of grpc.aio")
        raise RuntimeError("no seam for grpc.aio")

    for name in ("insecure_channel", "secure_channel"):
        setattr(grpc, name, intercepted(getattr(grpc, name)))
        setattr(grpc.aio, name, refused)


def _through_urllib3(effects: Effects, peers: Mapping[str, str]) -> None:
    # One attempt on one connection; around `urlopen` its repetitions would count as one.
    attempt = HTTPConnectionPool._make_request  # noqa: SLF001

    def request(pool: HTTPConnectionPool, conn: Anything, method: str, url: str, **named: Anything) -> Anything:
        peer = peers.get(f"{pool.host}:{pool.port}", pool.host)
        name = f"{peer} {method} {shape(url)}"
        return effects.around(name, lambda: attempt(pool, conn, method, url, **named), _socket_error)

    HTTPConnectionPool._make_request = request  # type: ignore[method-assign, assignment]  # noqa: SLF001


def _socket_error(lasts: bool) -> Exception:  # noqa: FBT001 -- as `around` calls it
    return urllib3.exceptions.ProtocolError("struck by a test", ConnectionResetError("struck by a test"))


def _through_httpx(effects: Effects, library: Anything, peers: Mapping[str, str]) -> None:
    attempt = library.HTTPTransport.handle_request

    def request(transport: Anything, sent: Anything) -> Anything:
        url = urlsplit(str(sent.url))
        name = f"{peers.get(url.netloc, url.hostname)} {sent.method} {shape(url.path)}"
        return effects.around(
            name, lambda: attempt(transport, sent), lambda _: library.ReadError("struck by a test", request=sent)
        )

    library.HTTPTransport.handle_request = request
