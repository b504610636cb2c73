"""Which repositories does GitHub let be created, under which name, and with what in them?

https://docs.github.com/en/rest/repos/repos#create-an-organization-repository
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local.github import shapes
from local.github.git import Commit, Entry, GitRepository, Signature
from local.github.shapes import Json

_OTHERS = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME, _LONGEST_DESCRIPTION = 100, 350


def kept_name(name: str) -> str:
    """The name that a repository gets: a hyphen for whatever GitHub has no place for, no `.git` at its end."""
    return _OTHERS.sub("-", name.strip()).removesuffix(".git")


def problem(sent: Mapping[str, Any]) -> Json | None:
    """What GitHub has against creating this repository, in its words; None when nothing."""
    name, description = sent.get("name"), sent.get("description") or ""
    kept = kept_name(name) if isinstance(name, str) else ""
    if not kept:
        return _error("name", "name is too short (minimum is 1 character)")
    if len(kept) > _LONGEST_NAME:
        return _error("name", f"name is too long (maximum is {_LONGEST_NAME} characters)")
    if kept in (".", ".."):
        return _error("name", f"The repository {kept} is reserved.")
    if not isinstance(description, str) or any(unicodedata.category(each) == "Cc" for each in description):
        return _error("description", "description control characters are not allowed")
    if len(description) > _LONGEST_DESCRIPTION:
        return _error("description", f"description cannot be more than {_LONGEST_DESCRIPTION} characters")
    return None


def taken() -> Json:
    """The error for a name that is in use."""
    return _error("name", "name already exists on this account")


def document(owner: Json, number: int, sent: Mapping[str, Any], at: str) -> Json:
    """The repository in GitHub's JSON."""
    made = shapes.repository(owner, kept_name(sent["name"]), number, private=bool(sent.get("private")), created_at=at)
    return {**made, "description": sent.get("description") or None, "has_wiki": bool(sent.get("has_wiki", True))}


def initialise(git: GitRepository, made: Json, author: Json, at: float) -> None:
    """The commit that `auto_init` makes: a README with the name and the description."""
    text = f"# {made['name']}\n" + (made["description"] or "")
    tree = git.write_tree([Entry("README.md", "100644", git.write_blob(text.encode()))])
    email = f"{author['id']}+{author['login']}@users.noreply.github.com"
    who = Signature(author["login"], email, f"{int(at)} +0000")
    github = replace(who, name="GitHub", email="noreply@github.com")
    first = git.write_commit(Commit(tree, [], who, github, "Initial commit"))
    git.move_ref(f"refs/heads/{made['default_branch']}", first)


def _error(field: str, message: str) -> Json:
    return {"resource": "Repository", "code": "custom", "field": field, "message": message}
