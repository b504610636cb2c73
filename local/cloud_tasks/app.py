"""At which addresses does the emulator answer, and what can it be asked about itself?"""

import math
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import BaseConverter

from local.cloud_tasks.api import Api
from local.cloud_tasks.dispatcher import Dispatcher
from local.cloud_tasks.errors import DEADLINE_EXCEEDED, INVALID_ARGUMENT, UNAVAILABLE, ApiError, code_of
from local.cloud_tasks.registry import Registry
from local.cloud_tasks.tokens import KEYS_MAX_AGE, TokenSigner

_LARGEST_REQUEST = 10 * 1024 * 1024  # bytes, as Google's front ends allow
_IDLE_SECONDS = 10.0
_LONGEST_IDLE_SECONDS = 600.0


class _Location(BaseConverter):
    regex = r"projects/[^/]+/locations/[^/]+"
    part_isolating = False


class _Queue(BaseConverter):
    regex = r"projects/[^/]+/locations/[^/]+/queues/[^/:]+"
    part_isolating = False


class _Task(BaseConverter):
    regex = r"projects/[^/]+/locations/[^/]+/queues/[^/:]+/tasks/[^/:]+"
    part_isolating = False


class Inspection:
    """What tests and people ask the emulator itself."""

    def __init__(self, registry: Registry, dispatcher: Dispatcher, tokens: TokenSigner) -> None:
        self._registry = registry
        self._dispatcher = dispatcher
        self._tokens = tokens

    def health(self) -> dict[str, Any]:
        """It is up."""
        return {"status": "ok"}

    def tasks(self) -> dict[str, Any]:
        """The counters, and every task with its attempts."""
        return {"counters": asdict(self._registry.count()), "tasks": self._registry.report()}

    def idle(self) -> dict[str, Any]:
        """Answer once nothing is scheduled, waiting or under way; 504 after `timeoutSeconds`."""
        if not self._dispatcher.wait_until_idle(_idle_seconds()):
            raise ApiError(DEADLINE_EXCEEDED, self.what_is_left())
        return {"idle": True, "counters": asdict(self._registry.count())}

    def what_is_left(self) -> str:
        """How many tasks aren't over, and the first of them by name."""
        left = [task for task in self._registry.report() if task["state"] in ("scheduled", "running")]
        named = ", ".join(f"{task['name']} ({task['lastResult']})" for task in left[:3])
        return f"not idle: {len(left)} tasks are left: {named}"

    def certificates(self) -> Response:
        """The keys that tokens are checked with, as https://www.googleapis.com/oauth2/v3/certs has them."""
        answer = jsonify(self._tokens.key_set())
        answer.headers["Cache-Control"] = f"public, max-age={KEYS_MAX_AGE}, must-revalidate, no-transform"
        return answer


def make_app(api: Api, inspection: Inspection, stopping: threading.Event) -> Flask:
    """The WSGI application; once it is `stopping` it answers 503."""
    app = Flask("cloud-tasks", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_REQUEST
    app.url_map.converters |= {"location": _Location, "queue": _Queue, "task": _Task}
    for method, rule, view in _routes(api, inspection):
        app.add_url_rule(rule, f"{method} {rule}", view, methods=[method], provide_automatic_options=False)
    app.register_error_handler(ApiError, _answer_error)
    app.register_error_handler(HTTPException, _answer_http_error)

    @app.before_request
    def refuse_when_stopping() -> None:
        if stopping.is_set():
            raise ApiError(UNAVAILABLE, "the emulator is stopping")

    return app


def _routes(api: Api, inspection: Inspection) -> list[tuple[str, str, Callable[..., Any]]]:
    return [
        ("POST", "/v2/<queue:parent>/tasks", api.create_task),
        ("GET", "/v2/<queue:parent>/tasks", api.list_tasks),
        ("GET", "/v2/<task:name>", api.get_task),
        ("DELETE", "/v2/<task:name>", api.delete_task),
        ("POST", "/v2/<task:name>:run", api.run_task),
        ("POST", "/v2/<location:parent>/queues", api.create_queue),
        ("GET", "/v2/<location:parent>/queues", api.list_queues),
        ("GET", "/v2/<queue:name>", api.get_queue),
        ("PATCH", "/v2/<queue:name>", api.update_queue),
        ("DELETE", "/v2/<queue:name>", api.delete_queue),
        ("POST", "/v2/<queue:name>:pause", api.pause_queue),
        ("POST", "/v2/<queue:name>:resume", api.resume_queue),
        ("POST", "/v2/<queue:name>:purge", api.purge_queue),
        ("GET", "/oauth2/v3/certs", inspection.certificates),
        ("GET", "/emulator/idle", inspection.idle),
        ("GET", "/emulator/tasks", inspection.tasks),
        ("GET", "/health", inspection.health),
    ]


def _idle_seconds() -> float:
    try:
        seconds = float(request.args.get("timeoutSeconds", _IDLE_SECONDS))
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= _LONGEST_IDLE_SECONDS:
        raise ApiError(INVALID_ARGUMENT, f"timeoutSeconds is 0 to {_LONGEST_IDLE_SECONDS:g}")
    return seconds


def _answer_error(error: ApiError) -> tuple[dict[str, Any], int]:
    return error.body(), error.http


def _answer_http_error(error: HTTPException) -> tuple[dict[str, Any], int]:
    if isinstance(error, RequestEntityTooLarge):
        return _answer_error(ApiError(INVALID_ARGUMENT, f"a request is at most {_LARGEST_REQUEST} bytes"))
    status = error.code or INVALID_ARGUMENT.http
    return _answer_error(ApiError(code_of(status), error.description or error.name, http=status))
