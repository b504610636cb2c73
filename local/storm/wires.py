"""How does a worker reach what it depends on? By wires that see each effect and may kill the worker over it."""

import socket
from collections.abc import Iterable, Sequence
from concurrent import futures
from types import TracebackType
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIEnvironment

import grpc  # type: ignore[import-untyped]  # no stubs are published with it
import urllib3
from werkzeug.wrappers import Request, Response

from local.server import Server
from local.storm.effects import Name, of_commit
from local.storm.lightning import Lightning, StruckError, Victim

_OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}
_TIMEOUT = 60.0  # real seconds; the caller gives up long before
_THREADS = 8
_COMMIT = "/google.firestore.v1.Firestore/Commit"
_NO_LIMIT = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class HttpWire:
    """Hands every HTTP request of a worker on to `target` (`host:port`), from `with` on."""

    def __init__(self, target: str, name: Name, victim: Victim, lightning: Lightning) -> None:
        self._target = target
        self._name = name
        self._victim = victim
        self._lightning = lightning
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=_TIMEOUT)
        self._server = Server(self._answer, name="a wire")

    @property
    def host(self) -> str:
        """Where the worker finds it, `127.0.0.1:PORT`."""
        return self._server.url.removeprefix("http://")

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
        effect = self._name(request.method, path, body)

        def forward() -> urllib3.BaseHTTPResponse:
            # With the host that was asked for: GitHub's links lead to where the request came in.
            sent = {name: value for name, value in request.headers if name.lower() not in _OF_THE_CONNECTION}
            url = f"http://{self._target}{path}"
            return self._pool.request(
                request.method, url, body=body, headers=sent, decode_content=False, redirect=False
            )

        try:
            answer = self._lightning.around(self._victim, effect, forward) if effect else forward()
        except (StruckError, urllib3.exceptions.HTTPError):
            drop_connection(environ)
            return Response()(environ, start_response)
        kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in _OF_THE_CONNECTION]
        return Response(answer.data, status=answer.status, headers=kept)(environ, start_response)


class StoreWire(grpc.GenericRpcHandler):  # type: ignore[misc]  # for the same reason
    """Hands every gRPC call of a worker on to the Firestore emulator at `target` (`host:port`), from `with` on."""

    def __init__(self, target: str, victim: Victim, lightning: Lightning) -> None:
        self._victim = victim
        self._lightning = lightning
        self._channel = grpc.insecure_channel(target, options=_NO_LIMIT)
        self._server = grpc.server(futures.ThreadPoolExecutor(_THREADS), handlers=(self,), options=_NO_LIMIT)
        self._port = self._server.add_insecure_port("127.0.0.1:0")

    @property
    def host(self) -> str:
        """Where the worker finds it, `127.0.0.1:PORT`."""
        return f"127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop(grace=None).wait()
        self._channel.close()

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """The handler of a call: a commit is an effect, everything else that we use reads."""
        method = handler_call_details.method
        if method == _COMMIT:
            return grpc.unary_unary_rpc_method_handler(self._commit)

        def read(request: bytes, context: grpc.ServicerContext) -> Iterable[bytes]:
            call = self._channel.unary_stream(method)
            try:
                yield from call(request, metadata=_metadata(context), timeout=_TIMEOUT)
            except grpc.RpcError as error:
                _refuse(context, error)

        return grpc.unary_stream_rpc_method_handler(read)

    def _commit(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        def forward() -> bytes:
            call = self._channel.unary_unary(_COMMIT)
            answer: bytes = call(request, metadata=_metadata(context), timeout=_TIMEOUT)
            return answer

        try:
            return self._lightning.around(self._victim, of_commit(request), forward)
        except StruckError:
            context.abort(grpc.StatusCode.UNAVAILABLE, "nobody listens any more")
        except grpc.RpcError as error:
            _refuse(context, error)
        raise AssertionError("unreachable")


def drop_connection(environ: WSGIEnvironment) -> None:
    """End the connection of a request; what is answered after that reaches nobody."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)


def _metadata(context: grpc.ServicerContext) -> Sequence[tuple[str, Any]]:
    return [(key, value) for key, value in context.invocation_metadata() if key != "user-agent"]


def _refuse(context: grpc.ServicerContext, error: Any) -> None:  # noqa: ANN401 -- an RpcError is its call, too
    context.abort(error.code(), error.details())
