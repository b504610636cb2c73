"""A wire between a function and what it depends on: a server that hands on what comes, and sees it pass."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIEnvironment

import grpc  # type: ignore[import-untyped]  # no stubs are published with it
import urllib3
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request, Response

from local.server import Server

TIMEOUT = 60.0  # seconds; whoever calls gives up long before
_THREADS = 8
_OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}
_NO_LIMIT = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class Forward:
    """Hands every request (WSGI) on to `target`, `host:port`; 502 when nobody answers there."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._pool = urllib3.PoolManager(maxsize=64, retries=False, timeout=TIMEOUT)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            answer = self.exchange(Request(environ))
        except urllib3.exceptions.HTTPError:
            answer = Response("nobody answers", status=502)
        return answer(environ, start_response)

    def exchange(self, request: Request) -> Response:
        """The answer to a request as it came; raises `urllib3.exceptions.HTTPError` when there is none."""
        # With the host that was asked for: links of an answer lead to where the request came in.
        sent = {name: value for name, value in request.headers if name.lower() not in _OF_THE_CONNECTION}
        url = f"http://{self._target}{request.environ['REQUEST_URI']}"
        said = self._pool.request(
            request.method, url, body=request.get_data(), headers=sent, decode_content=False, redirect=False
        )
        kept = [(name, value) for name, value in said.headers.items() if name.lower() not in _OF_THE_CONNECTION]
        return Response(said.data, status=said.status, headers=kept)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()


class HttpWire(ABC):
    """A wire for HTTP to `target`, `host:port`; listens from `with` on."""

    def __init__(self, target: str, name: str) -> None:
        self._forward = Forward(target)
        self._server = Server(self._passed, name=name)

    @property
    def host(self) -> str:
        """Where the function finds it, `127.0.0.1:PORT`."""
        return self._server.url.removeprefix("http://")

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        self._forward.close()

    @abstractmethod
    def answer(self, request: Request) -> Response:
        """What the function is answered, as a rule `forward(request)`."""

    def forward(self, request: Request) -> Response:
        """The answer of the target; raises `urllib3.exceptions.HTTPError` when nobody answers there."""
        return self._forward.exchange(request)

    def _passed(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self.answer(Request(environ))(environ, start_response)
        except ClientDisconnected as gone:  # a worker that was killed while it asked; the server knows how to hang up
            raise ConnectionResetError from gone


class GrpcWire(grpc.GenericRpcHandler):  # type: ignore[misc]  # for the same reason
    """A wire for gRPC to `target`, `host:port`, which hands bytes on; listens from `with` on."""

    def __init__(self, target: str) -> None:
        self.channel = grpc.insecure_channel(target, options=_NO_LIMIT)
        self._server = grpc.server(ThreadPoolExecutor(_THREADS), handlers=(self,), options=_NO_LIMIT)
        self._port = self._server.add_insecure_port("127.0.0.1:0")

    @property
    def host(self) -> str:
        """Where the function finds it, `127.0.0.1:PORT`."""
        return f"127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop(grace=None).wait()
        self.channel.close()


def metadata(context: grpc.ServicerContext) -> Sequence[tuple[str, Any]]:
    """What a call says of itself, but for the caller's own make."""
    return [(key, value) for key, value in context.invocation_metadata() if key != "user-agent"]


def refuse(context: grpc.ServicerContext, error: Any) -> None:  # noqa: ANN401 -- an RpcError is its call, too
    """End a call as the target ended it."""
    context.abort(error.code(), error.details())
