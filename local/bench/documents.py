"""How many documents does a function read and write? A wire to the Firestore emulator counts them as they pass.

Counted as they are billed: a document that was found, one that was looked for in vain, a query that found none, and
each write of a commit that went through. https://cloud.google.com/firestore/pricing
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc  # type: ignore[import-untyped]  # no stubs are published with it
from google.cloud.firestore_v1.types import BatchGetDocumentsResponse, CommitRequest, RunQueryResponse
from werkzeug.wrappers import Request, Response

from local import wire
from local.wire import HttpWire, metadata, refuse

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


class RestWire(HttpWire):
    """For the webhook, which speaks REST."""

    def __init__(self, target: str, count: Count) -> None:
        super().__init__(target, "a counting wire")
        self._count = count

    def answer(self, request: Request) -> Response:
        """What the emulator says, counted."""
        answer = self.forward(request)
        if request.method == "GET":
            self._count.add(reads=1)
        elif request.path.endswith(":commit") and answer.status_code == _OK:
            self._count.add(writes=len(json.loads(request.get_data())["writes"]))
        return answer


class GrpcWire(wire.GrpcWire):
    """For all others, which use Google's client."""

    def __init__(self, target: str, count: Count) -> None:
        super().__init__(target)
        self._count = count

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """The handler of a call: for the wire one answer is a stream of one."""
        method = handler_call_details.method

        def pass_on(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            passed = Count()
            try:
                call = self.channel.unary_stream(method)
                for answer in call(request, metadata=metadata(context), timeout=wire.TIMEOUT):
                    documents = _documents(method.removeprefix(_SERVICE), request, answer)
                    passed.add(**documents)
                    self._count.add(**documents)  # before it is known to the caller, who may not wait for the end
                    yield answer
            except grpc.RpcError as error:
                refuse(context, error)
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
