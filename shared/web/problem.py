"""Which status and which problem document each error becomes: RFC 9457, with a stable `code`.

A problem carries no id, no instance and no trace, so that a foreign document's 404 is byte for byte an absent
one's; the trace is a header.
"""

import json
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Response
from werkzeug.exceptions import HTTPException

from shared.domain import errors

MEDIA_TYPE = "application/problem+json"
STATUSES: Mapping[type[errors.WorkLogError], HTTPStatus] = {
    errors.InvalidError: HTTPStatus.BAD_REQUEST,
    errors.InvalidStateError: HTTPStatus.BAD_REQUEST,
    errors.UnauthenticatedError: HTTPStatus.UNAUTHORIZED,
    errors.StaleSignInError: HTTPStatus.UNAUTHORIZED,
    errors.ForbiddenError: HTTPStatus.FORBIDDEN,
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaTypeError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.TooManyRequestsError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.RetryLaterError: HTTPStatus.SERVICE_UNAVAILABLE,
}
STATUS_WORDS: Mapping[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "What was sent can't be taken",
    HTTPStatus.UNAUTHORIZED: "Nobody is signed in",
    HTTPStatus.FORBIDDEN: "A role is missing",
    HTTPStatus.NOT_FOUND: "Absent, or somebody else's",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not JSON",
    HTTPStatus.TOO_MANY_REQUESTS: "Too often; Retry-After says when",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not now; Retry-After says when",
}
UNEXPECTED = errors.RetryLaterError("something went wrong on our side; it has been recorded", after=30)


def of_error(error: errors.WorkLogError) -> Response:
    """The answer to a deliberate error."""
    status = STATUSES.get(type(error), HTTPStatus.SERVICE_UNAVAILABLE)
    response = problem(status, error.code, str(error), getattr(error, "fields", ()))
    if isinstance(error, errors.RetryLaterError):
        response.headers["Retry-After"] = str(math.ceil(error.after))
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def of_http(error: HTTPException) -> Response:
    """The answer to what routing refuses: an unknown path, a wrong verb."""
    status = HTTPStatus(error.code or HTTPStatus.NOT_FOUND)
    code = {HTTPStatus.NOT_FOUND: "not_found", HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed"}.get(status)
    response = problem(status, code or "bad_request", status.description or status.phrase)
    if status == HTTPStatus.METHOD_NOT_ALLOWED and (allowed := dict(error.get_headers()).get("Allow")):
        response.headers["Allow"] = allowed
    return response


def problem(status: HTTPStatus, code: str, detail: str, fields: Sequence[tuple[str, str]] = ()) -> Response:
    """A problem document; `fields` are the members at fault and what is wrong with each."""
    body: dict[str, Any] = {"type": "about:blank", "title": status.phrase, "status": int(status)}
    body |= {"code": code, "detail": detail}
    if fields:
        body["errors"] = [{"field": name, "message": message} for name, message in fields]
    return Response(json.dumps(body), status=int(status), content_type=MEDIA_TYPE)
