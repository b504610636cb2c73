"""Connecting a repository: proven by the person's own permission, named by its number, done once."""

from shared.auth import Actor
from shared.backfills import commit_connected
from shared.connections import Found, look_up, updated
from shared.domain.document import Instant
from shared.domain.errors import NotFoundError
from shared.domain.ids import derived_id
from shared.domain.repository import Repository, full_name
from shared.services import Services
from shared.store.collection import Stored
from shared.store.database import until_settled

MOST_A_MINUTE = 30
_FEW = 10


def connect(owner: str, name: str, backfill_days: int, *, actor: Actor, services: Services) -> Repository:
    """The connection of this person to this repository, new or as it stands now; its past comes `backfill_days` back.

    Raises `InvalidError` for names that can't be GitHub's, `NotFoundError` where the person may not read it,
    `TooManyRequestsError` past thirty a minute: each costs calls to GitHub.
    """
    wanted = full_name(owner, name)
    services.store.quotas.spend(actor.id, "connect", most=MOST_A_MINUTE, at=services.now())
    found = look_up(services.github, wanted, actor.github_id)
    return until_settled(lambda: _kept(found, backfill_days, actor, services))


def disconnect(repository_id: str, *, actor: Actor, services: Services) -> Repository:
    """Take the connection away; raises `NotFoundError` when there is none of this person's."""

    def attempt() -> Repository:
        stored = services.store.repositories.get(repository_id)
        if stored is None or stored.value.owner_id != actor.id:
            raise NotFoundError("repository")
        services.store.repositories.commit(services.store.repositories.delete(stored))
        return stored.value.model_copy(update={"connection_status": "disconnected", "updated_at": services.now()})

    return until_settled(attempt)


def _kept(found: Found, backfill_days: int, actor: Actor, services: Services) -> Repository:
    """The connection written: the existing one brought up to date, or a new one under a derived id."""
    repositories, at = services.store.repositories, services.now()
    existing = _existing(found, actor, services)
    if existing is None:
        connection = _new(found, actor, at=at).model_copy(update={"backfill_days": backfill_days})
        commit_connected(repositories.create(connection), connection, services)
        return connection
    if found.github_repository_id is None and existing.value.connection_status == "suspended":
        return existing.value  # the App is still there: it waits for no installation
    told = {"github_user_id": actor.github_id, "backfill_days": backfill_days}
    connection = updated(existing.value, found, at=at).model_copy(update=told)
    commit_connected(repositories.replace(existing, connection), connection, services)
    return connection


def _existing(found: Found, actor: Actor, services: Services) -> Stored[Repository] | None:
    """This person's connection to the repository: by its number, or by its name where either number is unknown."""
    mine = ("ownerId", "==", actor.id)
    number = found.github_repository_id
    by_number = services.store.repositories.find(mine, ("githubRepositoryId", "==", number), limit=1) if number else []
    if by_number:
        return by_number[0]
    by_name = services.store.repositories.find(mine, ("nameKey", "==", found.full_name.lower()), limit=_FEW)
    known = (None, number)
    return next((each for each in by_name if number is None or each.value.github_repository_id in known), None)


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
