"""How do Google's APIs say no?

https://cloud.google.com/apis/design/errors#handling_errors
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, jsonify

_HTTP = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
_LOWEST_SERVER_ERROR = 500


class GoogleError(Exception):
    """A refusal: the name of its status, a message, and details as `google.rpc` knows them."""

    def __init__(self, status: str, message: str, *, details: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = details
        self.http = _HTTP[status]

    def response(self) -> Response:
        """The answer that carries it."""
        error: dict[str, Any] = {"code": self.http, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = list(self.details)
        answer = jsonify(error=error)
        answer.status_code = self.http
        return answer


def error_of(http: int, message: str) -> GoogleError:
    """The refusal that an HTTP status stands for; the first name where several share it."""
    other = "INTERNAL" if http >= _LOWEST_SERVER_ERROR else "FAILED_PRECONDITION"
    error = GoogleError(next((name for name, number in _HTTP.items() if number == http), other), message)
    error.http = http
    return error
