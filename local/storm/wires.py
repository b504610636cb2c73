"""How does a worker reach what it depends on? By wires that see each effect and may kill the worker over it."""

import socket
from collections.abc import Iterable
from wsgiref.types import WSGIEnvironment

import grpc  # type: ignore[import-untyped]  # no stubs are published with it
import urllib3
from werkzeug.wrappers import Request, Response

from local import wire
from local.storm.effects import Name, of_commit
from local.storm.lightning import Lightning, StruckError, Victim
from local.wire import metadata, refuse

_COMMIT = "/google.firestore.v1.Firestore/Commit"


class HttpWire(wire.HttpWire):
    """Hands every HTTP request of a worker on; those that `name` has a name for are effects."""

    def __init__(self, target: str, name: Name, victim: Victim, lightning: Lightning) -> None:
        super().__init__(target, "a wire")
        self._name = name
        self._victim = victim
        self._lightning = lightning

    def answer(self, request: Request) -> Response:
        """What the target says, unless the worker is struck over it, or nobody answers: then the connection ends."""
        effect = self._name(request.method, request.environ["REQUEST_URI"], request.get_data())
        try:
            if effect is None:
                return self.forward(request)
            return self._lightning.around(self._victim, effect, lambda: self.forward(request))
        except (StruckError, urllib3.exceptions.HTTPError):
            drop_connection(request.environ)
            return Response()


class StoreWire(wire.GrpcWire):
    """Hands every gRPC call of a worker on to the Firestore emulator."""

    def __init__(self, target: str, victim: Victim, lightning: Lightning) -> None:
        super().__init__(target)
        self._victim = victim
        self._lightning = lightning

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """The handler of a call: a commit is an effect, everything else that we use reads."""
        method = handler_call_details.method
        if method == _COMMIT:
            return grpc.unary_unary_rpc_method_handler(self._commit)

        def read(request: bytes, context: grpc.ServicerContext) -> Iterable[bytes]:
            call = self.channel.unary_stream(method)
            try:
                yield from call(request, metadata=metadata(context), timeout=wire.TIMEOUT)
            except grpc.RpcError as error:
                refuse(context, error)

        return grpc.unary_stream_rpc_method_handler(read)

    def _commit(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        def forward() -> bytes:
            call = self.channel.unary_unary(_COMMIT)
            answer: bytes = call(request, metadata=metadata(context), timeout=wire.TIMEOUT)
            return answer

        try:
            return self._lightning.around(self._victim, of_commit(request), forward)
        except StruckError:
            context.abort(grpc.StatusCode.UNAVAILABLE, "nobody listens any more")
        except grpc.RpcError as error:
            refuse(context, error)
        raise AssertionError("unreachable")


def drop_connection(environ: WSGIEnvironment) -> None:
    """End the connection of a request; what is answered after that reaches nobody."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
