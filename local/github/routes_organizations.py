"""Creating repositories: an organisation's by an installation with the permission, a person's by no installation.

https://docs.github.com/en/rest/repos/repos#create-an-organization-repository
"""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from local.github import new_repository
from local.github.answers import ApiError, not_found
from local.github.lookup import Need, current, forbidden, has
from local.github.shapes import Json
from local.github.world import Repository

routes = Blueprint("organizations", __name__)
_CREATE = "/repos/repos#create-an-organization-repository"
_ADMINISTRATION = Need("administration", "write")


@routes.post("/orgs/<login>/repos")
def create_repository(login: str) -> ResponseReturnValue:
    """A repository of an organisation, with a first commit if `auto_init` is asked for."""
    github = current().github
    owner = _owner(login)
    sent = _sent()
    refusal = new_repository.problem(sent)
    if refusal:
        raise _failed(refusal)
    made = new_repository.document(owner, github.world.new_id(), sent, github.clock.stamp())
    try:
        github.world.put_repository(Repository(made))
    except ValueError:
        raise _failed(new_repository.taken()) from None
    github.world.unsettled[made["id"]] = github.settling
    git = github.store.add(made["id"])
    if sent.get("auto_init") is True:
        author = github.world.apps[current().principal.app_id or 0].bot
        new_repository.initialise(git, made, author, github.clock.now())
    return made, 201, {"Location": made["url"]}


@routes.post("/user/repos")
def create_own_repository() -> ResponseReturnValue:
    """No installation's token creates a person's repository."""
    if current().principal.kind == "nobody":
        raise ApiError(401, "Requires authentication")
    raise forbidden(_ADMINISTRATION)


def _owner(login: str) -> Json:
    """The organisation in which the caller may create repositories; refuses in GitHub's words."""
    world, principal = current().github.world, current().principal
    account = world.account(login)
    if principal.kind == "nobody":
        raise ApiError(401, "Requires authentication", page=_CREATE)
    if account is None or account["type"] != "Organization":
        raise not_found(_CREATE)
    installation = world.installations[principal.installation_id or 0]
    everywhere = installation.account["id"] == account["id"] and principal.repository_ids is None
    if not everywhere or not has(principal, _ADMINISTRATION):
        raise forbidden(_ADMINISTRATION)
    return account


def _sent() -> Json:
    sent: Any = request.get_json(force=True, silent=True)
    if not isinstance(sent, dict):
        raise ApiError(400, "Problems parsing JSON", page=_CREATE)
    return sent


def _failed(refusal: Json) -> ApiError:
    return ApiError(422, "Repository creation failed.", page=_CREATE, errors=[refusal])
