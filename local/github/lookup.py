"""Which GitHub answers this request, who asks, and may they see the repository they ask for?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import g, redirect, request
from werkzeug.exceptions import HTTPException

from local.github.answers import DOCUMENTATION, ApiError, not_found
from local.github.shapes import Json
from local.github.tokens import Principal
from local.github.world import Repository

if TYPE_CHECKING:  # the server imports the routes, which import this
    from local.github.service import GitHub

_LEVELS = ("none", "read", "write", "admin")
_MOVED = 301
_TOO_EARLY = (
    (404, "Not Found"),
    (409, "Git Repository is empty."),
    (422, "A previous repository operation is still in progress."),
)
_REDIRECTS = "/guides/best-practices-for-using-the-rest-api#follow-redirects"


@dataclass(frozen=True)
class Context:
    """What a route works with."""

    github: "GitHub"
    principal: Principal


def current() -> Context:
    """The context of the request under way."""
    context: Context = g.context
    return context


@dataclass(frozen=True)
class Need:
    """What a call asks of a token: a permission, to read or to write."""

    permission: str
    level: str = "read"


def repository_by_id(number: int, need: Need) -> Repository:
    """A repository for which the caller has what is needed; refuses in GitHub's words."""
    repository = current().github.world.repositories.get(number)
    if repository is None:
        raise not_found()
    return _allowed(repository, need)


def repository_by_name(owner: str, name: str, need: Need) -> Repository:
    """The same by name; redirects to the number when the repository has another name by now.

    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
    """
    world = current().github.world
    full_name = f"{owner}/{name}"
    repository = world.repository(full_name)
    if repository is not None:
        return _allowed(repository, need)
    moved = world.moved_repository(full_name)
    if moved is None:
        raise not_found("/repos/repos#get-a-repository")
    _allowed(moved, Need("metadata"))
    raise MovedError(moved.id, f"/repos/{full_name}")


class MovedError(HTTPException):
    """A repository that is found under its number."""

    def __init__(self, number: int, old_path: str) -> None:
        rest = request.full_path.removesuffix("?")[len(old_path) :]
        url = f"{request.host_url.rstrip('/')}/repositories/{number}{rest}"
        answer = redirect(url, 301 if request.method == "GET" else 307)
        message = "Moved Permanently" if answer.status_code == _MOVED else "Temporary Redirect"
        body: Json = {"message": message, "url": url, "documentation_url": DOCUMENTATION + _REDIRECTS}
        answer.set_data(current().github.app.json.dumps(body))
        answer.content_type = "application/json; charset=utf-8"
        super().__init__(response=answer)


def in_scope(principal: Principal, repository: Repository) -> bool:
    """Whether a token was given this repository."""
    installation = current().github.world.installations.get(principal.installation_id or 0)
    if installation is None or not installation.covers(repository):
        return False
    return principal.repository_ids is None or repository.id in principal.repository_ids


def forbidden(need: Need) -> ApiError:
    """The refusal of a token without a permission, or without the repository."""
    return ApiError(
        403,
        "Resource not accessible by integration",
        headers={"X-Accepted-GitHub-Permissions": f"{need.permission}={need.level}"},
    )


def has(principal: Principal, need: Need) -> bool:
    """Whether a token was given a permission."""
    return _LEVELS.index(principal.permissions.get(need.permission, "none")) >= _LEVELS.index(need.level)


def _allowed(repository: Repository, need: Need) -> Repository:
    """Public repositories are for all to read; else it takes a token with the scope (404) and permission (403)."""
    principal = current().principal
    if need.level == "read" and not repository.private:
        return repository
    if not repository.private and principal.kind == "nobody":
        raise ApiError(401, "Requires authentication")
    if not in_scope(principal, repository):
        raise not_found() if repository.private else forbidden(need)
    if not has(principal, need):
        raise forbidden(need)
    _refuse_early(repository)
    return repository


def _refuse_early(repository: Repository) -> None:
    """Seconds after a repository was created GitHub may not know of it, or not of what is in it."""
    left = current().github.world.too_soon(repository)
    if not left:
        return
    if "/git/" not in request.path:
        raise not_found()
    status, message = _TOO_EARLY[left % len(_TOO_EARLY)]
    raise ApiError(status, message, page="/git")
