"""How many documents does a function read and write? A wire to the Firestore emulator counts them as they pass.

Counted as they are billed: a document that was found, one that was looked for in vain, a query that found none, and
each write of a commit that went through. https://cloud.google.com/firestore/pricing
"""

import json
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIEnvironment

import grpc  # type: ignore[import-untyped]  # no stubs are published with it
from google.cloud.firestore_v1.types import BatchGetDocumentsResponse, CommitRequest, RunQueryResponse

from local.bench.forward import Forward
from local.server import Server

_THREADS = 8
_TIMEOUT = 30.0
_SERVICE = "/google.firestore.v1.Firestore/"
_OK = 200


@dataclass
class Count:
    """Documents so far; safe to share between threads."""

    reads: int = 0
    writes: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def add(self, *, reads: int = 0, writes: int = 0) -> None:
        """Count what has passed."""
        with self._lock:
            self.reads += reads
            self.writes += writes

    def clear(self) -> None:
        """Begin again."""
        with self._lock:
            self.reads = self.writes = 0


class RestWire:
    """For the webhook, which speaks REST; listens from `with` on."""

    def __init__(self, target: str, count: Count) -> None:
        self._count = count
        self._forward = Forward(target)
        self._server = Server(self._answer, name="a counting wire")

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

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request, answer = self._forward.exchange(environ)
        if request.method == "GET":
            self._count.add(reads=1)
        elif request.path.endswith(":commit") and answer.status_code == _OK:
            self._count.add(writes=len(json.loads(request.get_data())["writes"]))
        return answer(environ, start_response)


class GrpcWire(grpc.GenericRpcHandler):  # type: ignore[misc]  # for the same reason
    """For all others, which use Google's client; listens from `with` on."""

    def __init__(self, target: str, count: Count) -> None:
        self._count = count
        self._channel = grpc.insecure_channel(target)
        self._server = grpc.server(ThreadPoolExecutor(_THREADS), handlers=(self,))
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
        self._channel.close()

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """The handler of a call: for the wire one answer is a stream of one."""
        method = handler_call_details.method

        def pass_on(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            sent = [(key, value) for key, value in context.invocation_metadata() if key != "user-agent"]
            passed = Count()
            try:
                for answer in self._channel.unary_stream(method)(request, metadata=sent, timeout=_TIMEOUT):
                    documents = _documents(method.removeprefix(_SERVICE), request, answer)
                    passed.add(**documents)
                    self._count.add(**documents)  # before it is known to the caller, who may not wait for the end
                    yield answer
            except grpc.RpcError as error:
                context.abort(error.code(), error.details())
            if passed == Count():
                self._count.add(reads=1)

        return grpc.unary_stream_rpc_method_handler(pass_on)


def _documents(method: str, request: bytes, answer: bytes) -> dict[str, int]:
    """The documents of one answer; raises ValueError for a method that nobody counts yet."""
    match method:
        case "BatchGetDocuments":
            looked_up: Any = BatchGetDocumentsResponse.deserialize(answer)
            return {"reads": int(bool(looked_up.found or looked_up.missing))}
        case "RunQuery":
            found: Any = RunQueryResponse.deserialize(answer)
            return {"reads": int(bool(found.document.name))}
        case "Commit":
            return {"writes": len(CommitRequest.deserialize(request).writes)}
    raise ValueError(f"no rule says what a {method} costs")
