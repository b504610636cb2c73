"""A repository that a person connected, and whether its pull requests become their cards."""

import re
from typing import Literal

from shared.domain.document import Document, Instant
from shared.domain.errors import InvalidError

ConnectionStatus = Literal["connected", "awaiting_installation", "suspended", "disconnected"]
# GitHub's logins: letters, digits and single hyphens; `_` stands in those of managed users.
_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


class Repository(Document):
    """One person's connection to one repository.

    `github_repository_id` and `installation_id` are unknown while the App is not installed there; `name_key` is
    the full name in lower case, as GitHub compares names. `backfill_days` is how far back the person wants cards.
    """

    repository_id: str
    owner_id: str
    github_user_id: int | None = None
    full_name: str
    name_key: str
    account_key: str
    private: bool | None = None
    github_repository_id: int | None = None
    installation_id: int | None = None
    connection_status: ConnectionStatus
    backfill_days: int = 0
    created_at: Instant
    updated_at: Instant


def full_name(owner: str, name: str) -> str:
    """`owner/name` if both can be GitHub's; raises `InvalidError` that names the field.

    https://docs.github.com/en/repositories/creating-and-managing-repositories: no `.`, no `..`, no `.git`.
    """
    if not _OWNER.fullmatch(owner):
        raise InvalidError("not a GitHub account name", field="owner")
    if not _NAME.fullmatch(name) or name in {".", ".."} or name.endswith(".git"):
        raise InvalidError("not a GitHub repository name", field="name")
    return f"{owner}/{name}"
