"""How does GitHub write accounts, repositories and installations in JSON?

The members are those of https://docs.github.com/en/rest that a reader of pull requests meets; the addresses in
them are GitHub's own, which nobody may fetch.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import quote

Json: TypeAlias = dict[str, Any]

API = "https://api.github.com"
WEB = "https://github.com"


def node_id(kind: str, number: int | str) -> str:
    """An opaque GraphQL id, the same for the same thing."""
    return base64.b64encode(f"0{len(kind)}:{kind}{number}".encode()).decode()


def object_name(*parts: object) -> str:
    """Forty hex digits in the form of a git object's name, the same for the same parts."""
    return hashlib.sha1("\0".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def account(login: str, number: int, kind: str = "User") -> Json:
    """A user, bot or organisation; `kind` is `User`, `Bot` or `Organization`."""
    page = f"{WEB}/apps/{login.removesuffix('[bot]')}" if kind == "Bot" else f"{WEB}/{login}"
    return {
        "login": login,
        "id": number,
        "node_id": node_id(kind, number),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
        "gravatar_id": "",
        "url": f"{API}/users/{quote(login)}",
        "html_url": page,
        "type": kind,
        "site_admin": False,
    }


def organization(owner: Mapping[str, Any]) -> Json:
    """The `organization` member of a webhook."""
    url = f"{API}/orgs/{owner['login']}"
    return {
        "login": owner["login"],
        "id": owner["id"],
        "node_id": owner["node_id"],
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "members_url": f"{url}/members{{/member}}",
        "avatar_url": owner["avatar_url"],
        "description": None,
    }


def repository(owner: Json, name: str, number: int, *, private: bool, created_at: str) -> Json:
    """A repository as pull requests and webhooks carry it."""
    full_name = f"{owner['login']}/{name}"
    return {
        "id": number,
        "node_id": node_id("Repository", number),
        "name": name,
        "full_name": full_name,
        "private": private,
        "owner": owner,
        "html_url": f"{WEB}/{full_name}",
        "description": None,
        "fork": False,
        "url": f"{API}/repos/{full_name}",
        "collaborators_url": f"{API}/repos/{full_name}/collaborators{{/collaborator}}",
        "commits_url": f"{API}/repos/{full_name}/commits{{/sha}}",
        "contents_url": f"{API}/repos/{full_name}/contents/{{+path}}",
        "pulls_url": f"{API}/repos/{full_name}/pulls{{/number}}",
        "created_at": created_at,
        "updated_at": created_at,
        "pushed_at": created_at,
        "clone_url": f"{WEB}/{full_name}.git",
        "homepage": None,
        "size": 0,
        "language": None,
        "archived": False,
        "disabled": False,
        "topics": [],
        "visibility": "private" if private else "public",
        "default_branch": "main",
    }


def moved(document: Mapping[str, Any], owner: Json, name: str) -> Json:
    """A repository's document under another owner or name, its addresses with it."""
    old, new = document["full_name"], f"{owner['login']}/{name}"
    return {**relocated(document, old, new), "name": name, "full_name": new, "owner": owner}


def relocated(value: Any, old: str, new: str) -> Any:  # noqa: ANN401 -- any JSON value
    """JSON whose addresses (`…url`, `href`) lead to `new` instead of `old`; its text stays as it is."""
    if isinstance(value, Mapping):
        return {key: _address(key, item, old, new) for key, item in value.items()}
    return [relocated(item, old, new) for item in value] if isinstance(value, list) else value


def _address(key: str, value: Any, old: str, new: str) -> Any:  # noqa: ANN401 -- any JSON value
    if isinstance(value, str) and (key.endswith("url") or key == "href"):
        head, found, tail = value.partition(f"/{old}")
        return f"{head}/{new}{tail}" if found and tail[:1] in ("", "/", ".", "{") else value
    return relocated(value, old, new)


def repository_mention(document: Mapping[str, Any]) -> Json:
    """A repository as `installation` deliveries list it."""
    return {key: document[key] for key in ("id", "node_id", "name", "full_name", "private")}


def collaborator(person: Mapping[str, Any], role: str) -> Json:
    """The answer about a person's permission; `role` is `none`, `read`, `triage`, `write`, `maintain` or `admin`.

    https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
    """
    ranks = ("none", "read", "triage", "write", "maintain", "admin")
    rank = ranks.index(role)
    allowed = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
    permissions = {name: rank >= ranks.index(needed) for name, needed in allowed.items()}
    legacy = {"triage": "read", "maintain": "write"}.get(role, role)
    user = {**person, "permissions": permissions, "role_name": role}
    return {"permission": legacy, "user": user, "role_name": role}
