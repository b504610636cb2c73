"""What the App asks as itself, by its JWT: where it is installed, tokens, and its webhook's deliveries.

https://docs.github.com/en/rest/apps
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, request

from local.github import shapes
from local.github.answers import ApiError, link, not_found, page_of, per_page
from local.github.deliveries import Delivery
from local.github.lookup import current
from local.github.shapes import Json
from local.github.tokens import NOT_DECODED
from local.github.world import APP_EVENTS, Installation, Repository

routes = Blueprint("app", __name__)
_LEVELS = ("none", "read", "write", "admin")
_MOST_REPOSITORIES = 500
_NEW_TOKEN = "/apps/apps#create-an-installation-access-token-for-an-app"
_DELIVERIES = "/apps/webhooks#list-deliveries-for-an-app-webhook"
_STATUSES = {"success": False, "failure": True}


@routes.before_request
def refuse_others() -> Response | None:
    """These calls are the App's own: no other credential will do."""
    if current().principal.kind != "app":
        raise ApiError(401, NOT_DECODED)
    return None


@routes.get("/app")
def show_app() -> Json:
    """The App itself."""
    owner = shapes.account("sample-owner", 1_000_000_001, "Organization")
    return current().github.world.apps[_caller()].document(owner, APP_EVENTS)


@routes.get("/app/installations")
def list_installations() -> Response:
    """All installations of the App."""
    installed = current().github.world.installations_of(_caller())
    return page_of([each.document() for each in installed], "/app/installations")


@routes.get("/app/installations/<int:number>")
def show_installation(number: int) -> Json:
    """One installation, suspended or not."""
    return _installation(number).document()


@routes.get("/repos/<owner>/<name>/installation")
def show_repository_installation(owner: str, name: str) -> Json:
    """The installation that covers a repository."""
    world = current().github.world
    repository = world.repository(f"{owner}/{name}")
    installation = repository and world.installation_on(repository, _caller())
    if not installation:
        raise not_found("/apps/apps#get-a-repository-installation-for-the-authenticated-app")
    return installation.document()


@routes.get("/orgs/<login>/installation")
def show_organization_installation(login: str) -> Json:
    """The installation on an organisation."""
    return _installation_on(login, "Organization", "get-an-organization-installation-for-the-authenticated-app")


@routes.get("/users/<login>/installation")
def show_user_installation(login: str) -> Json:
    """The installation on a person's account."""
    return _installation_on(login, "User", "get-a-user-installation-for-the-authenticated-app")


@routes.post("/app/installations/<int:number>/access_tokens")
def create_token(number: int) -> tuple[Json, int]:
    """A token for the repositories and permissions that the body names, or for all that is granted."""
    github = current().github
    installation = _installation(number)
    if installation.suspended_at is not None:
        raise ApiError(403, "This installation has been suspended", page=_NEW_TOKEN)
    asked = _token_request()
    permissions = _granted(installation, asked.get("permissions"))
    chosen = _chosen(installation, asked)
    classic = request.headers.get("X-GitHub-Stateless-S2S-Token") == "disabled"
    ids = None if chosen is None else frozenset(each.id for each in chosen)
    minted = github.tokens.mint(installation, asked, ids, permissions, classic=classic)
    answer: Json = {
        "token": minted.token,
        "expires_at": github.clock.stamp(minted.expires),
        "permissions": dict(permissions),
        "repository_selection": installation.selection if chosen is None else "selected",
    }
    if chosen is not None:
        answer["repositories"] = [each.document for each in chosen]
    return answer, 201


@routes.get("/app/hook/deliveries")
def list_deliveries() -> Response:
    """The deliveries of three days, newest first; `status` is `success` or `failure`, `cursor` a place in the list."""
    github = current().github
    found = github.hooks.deliveries()
    if (wanted := request.args.get("status")) is not None:
        if wanted not in _STATUSES:
            raise ApiError(422, "Invalid value for parameter: status", page=_DELIVERIES)
        found = [each for each in found if each.failed == _STATUSES[wanted]]
    start = _place(found, request.args.get("cursor", ""))
    size = per_page()
    answer = jsonify([each.listed(github.clock) for each in found[start : start + size]])
    if start + size < len(found):
        answer.headers["Link"] = link("/app/hook/deliveries", "next", cursor=f"v1_{found[start + size].id}")
    return answer


@routes.get("/app/hook/deliveries/<int:number>")
def show_delivery(number: int) -> Json:
    """One delivery with what was sent and answered."""
    return _delivery(number).shown(current().github.clock)


@routes.post("/app/hook/deliveries/<int:number>/attempts")
def repeat_delivery(number: int) -> tuple[Json, int]:
    """Send a delivery again, soon."""
    current().github.hooks.repeat(_delivery(number))
    return {}, 202


def _caller() -> int:
    """The App that calls."""
    return current().principal.app_id or 0


def _installation(number: int) -> Installation:
    found = current().github.world.installations.get(number)
    if found is None or found.app.id != _caller():
        raise not_found("/apps/apps")
    return found


def _installation_on(login: str, kind: str, section: str) -> Json:
    found = current().github.world.installation_of(login, _caller())
    if found is None or found.account["type"] != kind:
        raise not_found(f"/apps/apps#{section}")
    return found.document()


def _delivery(number: int) -> Delivery:
    found = current().github.hooks.delivery(number)
    if found is None:
        raise not_found("/apps/webhooks")
    return found


def _place(found: Sequence[Delivery], cursor: str) -> int:
    """Where the page that a cursor names begins."""
    if not cursor:
        return 0
    places = [place for place, each in enumerate(found) if f"v1_{each.id}" == cursor]
    if not places:
        raise ApiError(422, "Invalid cursor", page=_DELIVERIES)
    return places[0]


def _token_request() -> Json:
    """The body of a request for a token; an empty one asks for everything."""
    asked: Any = request.get_json(force=True, silent=True) if request.get_data() else {}
    if not isinstance(asked, dict):
        raise ApiError(400, "Problems parsing JSON", page=_NEW_TOKEN)
    lists = (("repositories", str), ("repository_ids", int))
    for member, kind in lists:
        values = asked.get(member, [])
        if not isinstance(values, list) or any(type(each) is not kind for each in values):
            raise ApiError(422, f"Invalid request. For '{member}', an array is required.", page=_NEW_TOKEN)
        if len(values) > _MOST_REPOSITORIES:
            raise ApiError(422, f"A token is for {_MOST_REPOSITORIES} repositories at most.", page=_NEW_TOKEN)
    return asked


def _granted(installation: Installation, asked: Any) -> Mapping[str, str]:  # noqa: ANN401 -- as it was sent
    """The permissions asked for; raises 422 when one of them exceeds what the installation has."""
    if asked is None:
        return dict(installation.permissions)
    if not isinstance(asked, dict):
        raise ApiError(422, "Invalid request. For 'permissions', an object is required.", page=_NEW_TOKEN)
    for name, level in asked.items():
        has = installation.permissions.get(name, "none")
        if level not in _LEVELS[1:] or _LEVELS.index(level) > _LEVELS.index(has):
            raise ApiError(422, "The permissions requested are not granted to this installation.", page=_NEW_TOKEN)
    return {"metadata": "read", **asked}


def _chosen(installation: Installation, asked: Json) -> list[Repository] | None:
    """The repositories asked for, None for all; raises 422 when the installation lacks one of them."""
    world = current().github.world
    if not asked.get("repositories") and not asked.get("repository_ids"):
        return None
    owner = world.accounts.get(installation.account["id"], installation.account)["login"]
    named = [world.repository(f"{owner}/{name}") for name in asked.get("repositories", [])]
    numbered = [world.repositories.get(number) for number in asked.get("repository_ids", [])]
    chosen = [each for each in named + numbered if each is not None and installation.covers(each)]
    if len(chosen) < len(named) + len(numbered):
        message = (
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
        raise ApiError(422, message, page=_NEW_TOKEN)
    return chosen
