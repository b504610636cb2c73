"""What is asked about a repository, its pull requests and its people, by name or by number.

https://docs.github.com/en/rest/repos, https://docs.github.com/en/rest/pulls
"""

import json
from collections.abc import Sequence

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from local.github import shapes
from local.github.answers import ApiError, page_of
from local.github.lookup import Need, current, forbidden, in_scope
from local.github.pulls import Pull
from local.github.routing import about, pull_of
from local.github.shapes import Json
from local.github.world import Repository

routes = Blueprint("repositories", __name__)

_MOST_FILES, _MOST_COMMITS = 3000, 250
_MOST_PATCH_LINES = 20_000
_STATES = ("open", "closed", "all")
_SORTS = {"created": "created_at", "updated": "updated_at"}


@about(routes, "", Need("metadata"))
def show_repository(repository: Repository) -> ResponseReturnValue:
    """The repository as it is now."""
    document = dict(repository.document)
    if document["owner"]["type"] == "Organization":
        document["organization"] = document["owner"]
    if current().principal.kind == "installation":
        document["permissions"] = {right: right == "pull" for right in ("admin", "maintain", "push", "triage", "pull")}
    return document


@about(routes, "/pulls", Need("pull_requests"))
def list_pulls(repository: Repository) -> ResponseReturnValue:
    """The pull requests in the `state` asked for, by `sort` and `direction`."""
    state = request.args.get("state", "open")
    if state not in _STATES:
        raise ApiError(422, "Validation Failed", page="/pulls/pulls#list-pull-requests")
    member = _SORTS.get(request.args.get("sort", "created"), "created_at")
    newest_first = request.args.get("direction", "asc" if "sort" in request.args else "desc") == "desc"
    found = [pull for pull in current().github.world.pulls_of(repository) if state in ("all", pull.document["state"])]
    found.sort(key=lambda pull: (pull.document[member], pull.number), reverse=newest_first)
    return page_of([pull.listed(repository.document) for pull in found], f"/repositories/{repository.id}/pulls")


@about(routes, "/pulls/<int:number>", Need("pull_requests"))
def show_pull(repository: Repository, number: int) -> ResponseReturnValue:
    """A pull request, or with the diff media type the bytes of its diff."""
    pull = pull_of(repository, number)
    accept = request.headers.get("Accept", "")
    if ".diff" not in accept:
        return pull.shown(repository.document)
    limit = pull.diff_refusal()
    if limit is not None:
        raise _too_large(limit)
    return Response(pull.diff, content_type="application/vnd.github.diff; charset=utf-8")


@about(routes, "/pulls/<int:number>/files", Need("pull_requests"))
def list_files(repository: Repository, number: int) -> ResponseReturnValue:
    """The changed files, 3,000 at most; past 20,000 lines of patches on a page GitHub says less, without a word."""
    pull = pull_of(repository, number)
    files = _relocated(pull, repository, pull.files[:_MOST_FILES])
    answer = page_of(files, f"/repositories/{repository.id}/pulls/{number}/files")
    answer.set_data(json.dumps(_silently_cut(json.loads(answer.get_data()))))
    return answer


@about(routes, "/pulls/<int:number>/commits", Need("pull_requests"))
def list_commits(repository: Repository, number: int) -> ResponseReturnValue:
    """The commits, 250 at most."""
    pull = pull_of(repository, number)
    commits = _relocated(pull, repository, pull.commits[:_MOST_COMMITS])
    return page_of(commits, f"/repositories/{repository.id}/pulls/{number}/commits")


@about(routes, "/collaborators/<login>/permission", Need("metadata"))
def show_permission(repository: Repository, login: str) -> ResponseReturnValue:
    """What a person may do with the repository: `read` for everybody where it is public, `none` where it is not."""
    principal = current().principal
    if principal.kind == "nobody":
        raise ApiError(401, "Requires authentication", page=_PERMISSION)
    if not in_scope(principal, repository):
        raise forbidden(Need("metadata"))
    person = current().github.world.account(login)
    if person is None:
        raise ApiError(404, f"{login} is not a user", page=_PERMISSION)
    return jsonify(shapes.collaborator(person, repository.role_of(person["id"])))


_PERMISSION = "/collaborators/collaborators#get-repository-permissions-for-a-user"


def _relocated(pull: Pull, repository: Repository, items: Sequence[Json]) -> Sequence[Json]:
    """Files or commits with the addresses that the repository has now."""
    old = pull.document["base"]["repo"]["full_name"]
    if old == repository.full_name:
        return items
    return [shapes.relocated(each, old, repository.full_name) for each in items]


def _silently_cut(entries: Sequence[Json]) -> list[Json]:
    """A page of files as GitHub shows it once its patches add up to 20,000 lines: no counts, no patch, no hint."""
    shown, lines = [], 0
    for entry in entries:
        lines += entry.get("patch", "").count("\n") + ("patch" in entry)
        if lines > _MOST_PATCH_LINES and entry["changes"]:
            bare = {key: value for key, value in entry.items() if key != "patch"}
            entry = {**bare, "additions": 0, "deletions": 0, "changes": 0}  # noqa: PLW2901 -- shown in its place
        shown.append(entry)
    return shown


def _too_large(limit: str) -> ApiError:
    """The refusal of a diff: https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits."""
    hint = "Consider using 'List pull requests files' API or locally cloning the repository instead."
    return ApiError(
        406,
        f"Sorry, the diff exceeded the {limit}. {hint}",
        page="/pulls/pulls#list-pull-requests-files",
        errors=[{"resource": "PullRequest", "field": "diff", "code": "too_large"}],
    )
