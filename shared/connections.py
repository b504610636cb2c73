"""May this person read this repository, and is the App there? Asked when connecting, and again when that changes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from shared.clients.github import GitHub, Installation, RepositoryFacts
from shared.domain.document import Instant
from shared.domain.errors import NotFoundError
from shared.domain.repository import ConnectionStatus, Repository


@dataclass(frozen=True)
class Found:
    """What GitHub says of a repository for one person; None where it does not say."""

    status: ConnectionStatus
    full_name: str
    installation_id: int | None = None
    github_repository_id: int | None = None
    private: bool | None = None

    def lost(self) -> Self:
        """The same repository without a right to it."""
        return replace(self, status="disconnected")


def look_up(github: GitHub, full_name: str, github_user_id: int | None) -> Found:
    """Where a repository stands for a person who names it; raises `NotFoundError` when they may not read it.

    Where the App is not installed nothing can be proved, and nothing is: it waits for the installation.
    """
    installation = github.installation_on(full_name)
    if installation is None or installation.suspended:
        return Found("awaiting_installation", full_name)
    try:
        facts = github.repository(installation.id, full_name)
    except NotFoundError:
        return Found("awaiting_installation", full_name)
    if not _may_read(github, installation, facts, github_user_id):
        raise NotFoundError("repository")
    return _found("connected", facts, installation)


def look_again(github: GitHub, connection: Repository, installation_ids: Iterable[int]) -> Found:
    """Where a known repository stands now, by its number: it may have been renamed, moved, hidden or lost.

    `installation_ids` are those that may have it: the one that tells of it may be older news than the one we know.
    """
    number = connection.github_repository_id
    assert number  # known since it was connected
    found = Found("disconnected", connection.full_name, connection.installation_id, number)
    for installation_id in installation_ids:
        installation = github.installation(installation_id)
        if installation is None:
            continue
        if installation.suspended:
            found = replace(found, status="suspended", installation_id=installation.id)
            continue
        try:
            facts = github.repository_by_id(installation.id, number)
        except NotFoundError:
            continue
        connected = _found("connected", facts, installation)
        may_read = _may_read(github, installation, facts, connection.github_user_id)
        return connected if may_read else connected.lost()
    return found


def updated(connection: Repository, found: Found, *, at: Instant) -> Repository:
    """The connection as GitHub's answer makes it; what GitHub does not say stays."""
    return connection.model_copy(
        update={
            "connection_status": found.status,
            "full_name": found.full_name,
            "name_key": found.full_name.lower(),
            "account_key": found.full_name.split("/")[0].lower(),
            "installation_id": found.installation_id or connection.installation_id,
            "github_repository_id": found.github_repository_id or connection.github_repository_id,
            "private": found.private if found.private is not None else connection.private,
            "updated_at": at,
        }
    )


def _found(status: ConnectionStatus, facts: RepositoryFacts, installation: Installation) -> Found:
    return Found(status, facts.full_name, installation.id, facts.id, facts.private)


def _may_read(github: GitHub, installation: Installation, facts: RepositoryFacts, github_user_id: int | None) -> bool:
    """By the person's own permission; without a GitHub identity only what everybody may read."""
    if github_user_id is None:
        return not facts.private
    return github.permission(installation.id, facts, github_user_id) != "none"
