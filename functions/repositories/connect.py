"""Connecting a repository: proven by the person's own permission, named by its number, done once."""

from shared.auth import Actor
from shared.connections import Found, look_up, updated
from shared.domain.document import Instant
from shared.domain.errors import NotFoundError
from shared.domain.ids import derived_id
from shared.domain.repository import Repository, full_name
from shared.services import Services
from shared.store.collection import Stored
from shared.store.database import until_settled

_FEW = 10


def connect(owner: str, name: str, *, actor: Actor, services: Services) -> Repository:
    """The connection of this person to this repository, new or as it stands now.

    Raises `InvalidError` for names that can't be GitHub's, `NotFoundError` where the person may not read it.
    """
    found = look_up(services.github, full_name(owner, name), actor.github_id)
    return until_settled(lambda: _kept(found, actor, services))


def disconnect(repository_id: str, *, actor: Actor, services: Services) -> Repository:
    """Take the connection away; raises `NotFoundError` when there is none of this person's."""

    def attempt() -> Repository:
        stored = services.store.repositories.get(repository_id)
        if stored is None or stored.value.owner_id != actor.id:
            raise NotFoundError("repository")
        services.store.repositories.commit(services.store.repositories.delete(stored))
        return stored.value.model_copy(update={"connection_status": "disconnected", "updated_at": services.now()})

    return until_settled(attempt)


def _kept(found: Found, actor: Actor, services: Services) -> Repository:
    """The connection written: the existing one brought up to date, or a new one under a derived id."""
    repositories, at = services.store.repositories, services.now()
    existing = _existing(found, actor, services)
    if existing is None:
        connection = _new(found, actor, at=at)
        repositories.commit(repositories.create(connection))
        return connection
    identity = {"github_user_id": actor.github_id}
    connection = updated(existing.value, found, at=at).model_copy(update=identity)
    repositories.commit(repositories.replace(existing, connection))
    return connection


def _existing(found: Found, actor: Actor, services: Services) -> Stored[Repository] | None:
    """This person's connection to the repository: by its number, or by the name under which it is awaited."""
    mine = ("ownerId", "==", actor.id)
    number = found.github_repository_id
    by_number = services.store.repositories.find(mine, ("githubRepositoryId", "==", number), limit=1) if number else []
    if by_number:
        return by_number[0]
    by_name = services.store.repositories.find(mine, ("nameKey", "==", found.full_name.lower()), limit=_FEW)
    return next((each for each in by_name if each.value.github_repository_id in (None, number)), None)


def _new(found: Found, actor: Actor, *, at: Instant) -> Repository:
    what = found.github_repository_id or found.full_name.lower()
    connection = Repository(
        repository_id=derived_id("repository", actor.id, what),
        owner_id=actor.id,
        github_user_id=actor.github_id,
        full_name=found.full_name,
        name_key=found.full_name.lower(),
        account_key="",
        connection_status=found.status,
        created_at=at,
        updated_at=at,
    )
    return updated(connection, found, at=at)
