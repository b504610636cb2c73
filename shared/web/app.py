"""A function's web application: routes inside Flask, outside one plain function for functions-framework.

What every answer has in common stands here: limits, problem documents, CORS, headers, the log's context.
"""

from collections.abc import Callable, Mapping
from contextvars import copy_context
from http import HTTPStatus
from io import BytesIO
from typing import Any, cast

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException

from shared.domain.errors import WorkLogError
from shared.logging import bound, log, trace_of, where
from shared.services import Services
from shared.web import problem
from shared.web.body import read

BODY_LIMIT = 1_000_000
_SERVICES, _BODY, _REFUSAL = "worklog.services", "worklog.body", "worklog.refusal"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
View = Callable[..., Response]
Operation = Mapping[str, Any]


class App:
    """The routes of one endpoint group; `needs` are the settings that must hold before it may start."""

    def __init__(self, name: str, *, needs: tuple[str, ...] = (), body_limit: int = BODY_LIMIT) -> None:
        self.name = name
        self.operations: dict[tuple[str, str], Operation] = {}
        self._needs = needs
        self._body_limit = body_limit
        self._flask = Flask(name, static_folder=None)
        self._flask.url_map.merge_slashes = False  # `a//b` is no path of ours, and no redirect either
        self._flask.before_request(_refuse_unread)
        self._flask.register_error_handler(WorkLogError, _refused)
        self._flask.register_error_handler(HTTPException, problem.of_http)
        self._flask.register_error_handler(Exception, _unexpected)
        self._flask.after_request(_finish)

    def route(self, verb: str, path: str, operation: Operation) -> Callable[[View], View]:
        """Register a view under a verb and a path; `operation` is its entry in the OpenAPI document."""

        def register(view: View) -> View:
            self.operations[verb, path] = operation
            self.add(verb, path, view)
            return view

        return register

    def add(self, verb: str, path: str, view: View) -> None:
        """Let Flask call `view`; OPTIONS stays with CORS."""
        self._flask.add_url_rule(
            path, endpoint=f"{verb} {path}", view_func=view, methods=[verb], provide_automatic_options=False
        )

    def function(self, services: Services | None = None) -> Callable[[Request], Response]:
        """The function to deploy; raises `ConfigurationError` when a setting is missing or garbled."""
        built = services or Services.from_process(self._needs)

        def main(outer: Request) -> Response:
            """Answer one request: the framework reads the body again afterwards, so Flask gets a copy."""
            body, refusal = b"", None
            try:
                body = read(outer, self._body_limit)
            except WorkLogError as error:
                refusal = error
            environ = {**outer.environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
            environ.pop("HTTP_TRANSFER_ENCODING", None)
            environ |= {_SERVICES: built, _BODY: body, _REFUSAL: refusal}
            trace = trace_of(outer.headers.get("X-Cloud-Trace-Context"), built.settings.project)
            with bound(function=self.name, **{"logging.googleapis.com/trace": trace}):
                # In a context of its own, so that what a view binds ends with the request.
                answer = copy_context().run(Response.from_app, self._flask.wsgi_app, environ)
                return cast("Response", answer)

        return main

    @property
    def flask(self) -> Flask:
        """The application inside, for the OpenAPI document."""
        return self._flask


def services_of_request() -> Services:
    """The services that the function was built with."""
    return cast("Services", request.environ[_SERVICES])


def body_of_request() -> bytes:
    """The body as it was read, where a second copy of it would cost too much."""
    return cast("bytes", request.environ[_BODY])


def _refuse_unread() -> None:
    """Let a body that could not be read be refused like everything else, with CORS and headers."""
    if refusal := request.environ[_REFUSAL]:
        raise refusal


def _refused(error: WorkLogError) -> Response:
    """The answer to a deliberate error, counted by its code: the rest of it may be a stranger's words.

    What is no business of the caller's, such as a setting that is wrong, is answered like a bug.
    """
    if type(error) not in problem.STATUSES:
        return _unexpected(error)
    response = problem.of_error(error)
    log.info("request_refused", status=response.status_code, code=error.code)
    return response


def _unexpected(error: Exception) -> Response:
    reason = {"reason": str(error)} if isinstance(error, WorkLogError) else {}
    log.error("unexpected_error", **where(error), **reason)
    return problem.of_error(problem.UNEXPECTED)


def _finish(response: Response) -> Response:
    """CORS for the origins that are allowed to the letter; credentials are bearer tokens, never cookies."""
    origin = request.headers.get("Origin", "")
    if origin and origin in services_of_request().settings.allowed_origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After, Content-Disposition"
    if request.method == "OPTIONS" and response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        response = _preflight(response)
    response.headers.add("Vary", "Origin")
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _preflight(refused: Response) -> Response:
    """The answer to a preflight for a path that exists: which verbs and headers may be used."""
    response = Response(status=HTTPStatus.NO_CONTENT)
    if allow := refused.headers.get("Access-Control-Allow-Origin"):
        response.headers["Access-Control-Allow-Origin"] = allow
        response.headers["Access-Control-Allow-Methods"] = refused.headers.get("Allow", "")
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Idempotency-Key"
        response.headers["Access-Control-Max-Age"] = "3600"
    return response
