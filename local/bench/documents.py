"""How many documents does a function read and write? A wire to the Firestore emulator counts them as they pass.

Counted as they are billed: a document that was found, one that was looked for in vain, a query that found none, and
each write and each delete of a commit that went through. https://cloud.google.com/firestore/pricing
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import grpc  # type: ignore[import-untyped]  # no stubs are published with it
from google.cloud.firestore_v1.types import (
    BatchGetDocumentsResponse,
    CommitRequest,
    RunAggregationQueryResponse,
    RunQueryResponse,
)
from werkzeug.wrappers import Request, Response

from local import wire
from local.wire import HttpWire, metadata, refuse

_SERVICE = "/google.firestore.v1.Firestore/"
_OK = 200
_COUNTED_AT_ONCE = 1000
"""How many entries of an index are counted for the price of one read."""


@dataclass
class Count:
    """Documents so far, and calls; safe to share between threads.

    `of` are the reads by the collection that the document is in, under "" where none was found.
    """

    reads: int = 0
    writes: int = 0
    deletes: int = 0
    calls: int = 0
    of: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def add(self, *, reads: int = 0, writes: int = 0, deletes: int = 0, of: str = "") -> None:
        """Count what has passed."""
        with self._lock:
            self.reads += reads
            self.writes += writes
            self.deletes += deletes
            self.of[of] += reads

    def add_call(self) -> None:
        """Count a call."""
        with self._lock:
            self.calls += 1

    def clear(self) -> None:
        """Begin again."""
        with self._lock:
            self.reads = self.writes = self.deletes = self.calls = 0
            self.of.clear()


class RestWire(HttpWire):
    """For the webhook, which speaks REST."""

    def __init__(self, target: str, count: Count) -> None:
        super().__init__(target, "a counting wire")
        self._count = count

    def answer(self, request: Request) -> Response:
        """What the emulator says, counted."""
        answer = self.forward(request)
        self._count.add_call()
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
            passed = 0
            self._count.add_call()
            try:
                call = self.channel.unary_stream(method)
                for answer in call(request, metadata=metadata(context), timeout=wire.TIMEOUT):
                    documents = _documents(method.removeprefix(_SERVICE), request, answer)
                    passed += sum(documents.get(each, 0) for each in ("reads", "writes", "deletes"))
                    self._count.add(**documents)  # before it is known to the caller, who may not wait for the end
                    yield answer
            except grpc.RpcError as error:
                refuse(context, error)
            if not passed:
                self._count.add(reads=1)

        return grpc.unary_stream_rpc_method_handler(pass_on)


def _documents(method: str, request: bytes, answer: bytes) -> dict[str, Any]:
    """The documents of one answer; raises ValueError for a method that nobody counts yet."""
    match method:
        case "BatchGetDocuments":
            looked_up: Any = BatchGetDocumentsResponse.deserialize(answer)
            return _read(looked_up.found.name or looked_up.missing)
        case "RunQuery":
            found: Any = RunQueryResponse.deserialize(answer)
            return _read(found.document.name)
        case "RunAggregationQuery":
            counted: Any = RunAggregationQueryResponse.deserialize(answer)
            sums = [each.integer_value for each in counted.result.aggregate_fields.values()]
            return {"reads": max(1, ceil(max(sums) / _COUNTED_AT_ONCE))} if sums else {}
        case "Commit":
            writes = CommitRequest.deserialize(request).writes
            deletes = sum(1 for each in writes if each.delete)
            return {"writes": len(writes) - deletes, "deletes": deletes}
    raise ValueError(f"no rule says what a {method} costs")


def _read(name: str) -> dict[str, Any]:
    """One document, if it has a name, of the collection that it is in."""
    return {"reads": 1, "of": name.split("/")[-2]} if name else {}
