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


def repository_by_id(number: int, *, needs: str) -> Repository:
    """A repository that the caller may read with the permission `needs`; refuses in GitHub's words."""
    repository = current().github.world.repositories.get(number)
    if repository is None:
        raise not_found()
    return _allowed(repository, needs)


def repository_by_name(owner: str, name: str, *, needs: str) -> Repository:
    """The same by name; redirects to the number when the repository has another name by now.

    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
    """
    world = current().github.world
    full_name = f"{owner}/{name}"
    repository = world.repository(full_name)
    if repository is not None:
        return _allowed(repository, needs)
    moved = world.moved_repository(full_name)
    if moved is None:
        raise not_found("/repos/repos#get-a-repository")
    _allowed(moved, "metadata")
    raise MovedError(moved.id, f"/repos/{full_name}")


class MovedError(HTTPException):
    """A repository that is found under its number."""

    def __init__(self, number: int, old_path: str) -> None:
        rest = request.full_path.removesuffix("?")[len(old_path) :]
        url = f"{request.host_url.rstrip('/')}/repositories/{number}{rest}"
        answer = redirect(url, 301)
        body: Json = {"message": "Moved Permanently", "url": url, "documentation_url": DOCUMENTATION + _REDIRECTS}
        answer.set_data(current().github.app.json.dumps(body))
        answer.content_type = "application/json; charset=utf-8"
        super().__init__(response=answer)


def in_scope(principal: Principal, repository: Repository) -> bool:
    """Whether a token was given this repository."""
    installation = current().github.world.installations.get(principal.installation_id or 0)
    if installation is None or not installation.covers(repository):
        return False
    return principal.repository_ids is None or repository.id in principal.repository_ids


def forbidden(needs: str) -> ApiError:
    """The refusal of a token without a permission, or without the repository."""
    return ApiError(
        403,
        "Resource not accessible by integration",
        headers={"X-Accepted-GitHub-Permissions": f"{needs}=read"},
    )


def _allowed(repository: Repository, needs: str) -> Repository:
    """Public repositories are for all; a private one needs a token with its scope (else 404) and permission (403)."""
    principal = current().principal
    if not repository.private:
        return repository
    if not in_scope(principal, repository):
        raise not_found()
    if _LEVELS.index(principal.permissions.get(needs, "none")) < _LEVELS.index("read"):
        raise forbidden(needs)
    return repository
