"""Which of Google's status names belongs to which number and which HTTP status?

The table is https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True)
class Code:
    """A status as gRPC numbers it and as HTTP knows it."""

    name: str
    number: int
    http: int


CANCELLED = Code("CANCELLED", 1, 499)
UNKNOWN = Code("UNKNOWN", 2, HTTPStatus.INTERNAL_SERVER_ERROR)
INVALID_ARGUMENT = Code("INVALID_ARGUMENT", 3, HTTPStatus.BAD_REQUEST)
DEADLINE_EXCEEDED = Code("DEADLINE_EXCEEDED", 4, HTTPStatus.GATEWAY_TIMEOUT)
NOT_FOUND = Code("NOT_FOUND", 5, HTTPStatus.NOT_FOUND)
ALREADY_EXISTS = Code("ALREADY_EXISTS", 6, HTTPStatus.CONFLICT)
PERMISSION_DENIED = Code("PERMISSION_DENIED", 7, HTTPStatus.FORBIDDEN)
RESOURCE_EXHAUSTED = Code("RESOURCE_EXHAUSTED", 8, HTTPStatus.TOO_MANY_REQUESTS)
FAILED_PRECONDITION = Code("FAILED_PRECONDITION", 9, HTTPStatus.BAD_REQUEST)
ABORTED = Code("ABORTED", 10, HTTPStatus.CONFLICT)
UNIMPLEMENTED = Code("UNIMPLEMENTED", 12, HTTPStatus.NOT_IMPLEMENTED)
INTERNAL = Code("INTERNAL", 13, HTTPStatus.INTERNAL_SERVER_ERROR)
UNAVAILABLE = Code("UNAVAILABLE", 14, HTTPStatus.SERVICE_UNAVAILABLE)
UNAUTHENTICATED = Code("UNAUTHENTICATED", 16, HTTPStatus.UNAUTHORIZED)

_BY_HTTP = {
    code.http: code
    for code in (
        CANCELLED,
        INVALID_ARGUMENT,
        DEADLINE_EXCEEDED,
        NOT_FOUND,
        ABORTED,
        PERMISSION_DENIED,
        RESOURCE_EXHAUSTED,
        UNIMPLEMENTED,
        INTERNAL,
        UNAVAILABLE,
        UNAUTHENTICATED,
    )
}


def code_of(http_status: int) -> Code:
    """The status that Google's services report for an HTTP answer which isn't a success."""
    if http_status in _BY_HTTP:
        return _BY_HTTP[http_status]
    if HTTPStatus.BAD_REQUEST <= http_status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return FAILED_PRECONDITION
    return INTERNAL if http_status >= HTTPStatus.INTERNAL_SERVER_ERROR else UNKNOWN


class ApiError(Exception):
    """A call that is answered with an error in Google's JSON shape."""

    def __init__(self, code: Code, message: str, *, http: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.http = http or code.http

    def body(self) -> dict[str, Any]:
        """`{"error": {"code", "message", "status"}}`."""
        return {"error": {"code": int(self.http), "message": self.message, "status": self.code.name}}
