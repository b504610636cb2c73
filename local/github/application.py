"""How does a request become an answer: who asks, what is logged, what goes wrong on purpose, which headers?"""

import json
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException, InternalServerError

from local.github import (
    routes_app,
    routes_control,
    routes_git,
    routes_organizations,
    routes_repositories,
    routes_reviews,
    routes_users,
)
from local.github.answers import ApiError, complete, not_found
from local.github.git import GitError
from local.github.lookup import Context
from local.github.tokens import Principal

if TYPE_CHECKING:  # the service makes the application
    from local.github.service import GitHub

_ROUTES = (
    routes_app,
    routes_control,
    routes_git,
    routes_organizations,
    routes_repositories,
    routes_reviews,
    routes_users,
)
_NO_AGENT = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header."
_LOGGED_HEADERS = ("Accept", "User-Agent", "X-GitHub-Api-Version")


class Application(Flask):
    """GitHub's REST API over one `GitHub`."""

    def __init__(self, github: "GitHub") -> None:
        super().__init__(__name__, static_folder=None)
        self.json = DefaultJSONProvider(self)
        self.json.sort_keys = False
        self.json.mimetype = "application/json; charset=utf-8"
        self._github = github
        self.url_map.merge_slashes = False  # else an odd path is redirected, which GitHub doesn't do
        for module in _ROUTES:
            self.register_blueprint(module.routes)
        self.register_error_handler(ApiError, ApiError.response)
        self.register_error_handler(GitError, lambda _: ApiError(422, "Invalid git object", page="/git").response())
        self.register_error_handler(UnicodeEncodeError, lambda _: ApiError(400, "Problems parsing JSON").response())
        self.register_error_handler(HTTPException, _http_error)

    def full_dispatch_request(self) -> Response:
        """Answer the request, or let a fault do it; the stand-in's own routes meet no faults and no log."""
        github = self._github
        if request.path.startswith(routes_control.PATHS):
            g.context = Context(github, Principal("nobody"))
            return super().full_dispatch_request()
        principal = github.tokens.identify(request.headers.get("Authorization"))
        g.context = Context(github, principal)
        facts = {"method": request.method, "path": request.path, "query": request.args.to_dict()}
        kept = {name: request.headers[name] for name in _LOGGED_HEADERS if name in request.headers}
        with github.calls.entry(principal, headers=kept, body=_body(), **facts) as call:
            fault = github.faults.draw(request.method, request.path)
            response = fault(self._answer) if fault else self._answer()
            call.status = response.status_code
        return complete(response, github.limits.spend(principal, github.clock.now()))

    def _answer(self) -> Response:
        try:
            self._refuse()
        except ApiError as error:
            return error.response()
        return super().full_dispatch_request()

    def _refuse(self) -> None:
        """Raise for calls that no route gets to see."""
        principal = g.context.principal
        if "User-Agent" not in request.headers:
            raise ApiError(403, _NO_AGENT)
        if principal.kind == "refused":
            raise ApiError(principal.status, principal.refusal)
        if principal.kind == "installation":
            installation = self._github.world.installations.get(principal.installation_id)
            if installation is None:
                raise ApiError(401, "Bad credentials")
            if installation.suspended_at is not None:
                raise ApiError(403, "This installation has been suspended")
        if principal.kind == "app" and request.blueprint != routes_app.routes.name:
            raise ApiError(401, "Bad credentials")


def _body() -> Any:  # noqa: ANN401 -- any JSON value
    try:
        return json.loads(request.get_data())
    except ValueError:
        return None


def _http_error(error: HTTPException) -> Response:
    """GitHub says of an unknown path or verb what it says of everything that is not there."""
    if isinstance(error.response, Response):
        return error.response
    if isinstance(error, InternalServerError):
        return ApiError(500, "Server Error").response()
    return not_found().response()
