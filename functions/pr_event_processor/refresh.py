"""An installation or a repository changed: look at every connection that it may concern, and believe GitHub.

The delivery says only *look again*; what is true now is asked, so that deliveries may come twice, late or in any
order.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from shared.backfills import commit_connected
from shared.connections import Found, look_again, look_up, updated
from shared.domain.errors import NotFoundError
from shared.domain.pr_event import PrEvent
from shared.domain.repository import Repository
from shared.services import Services
from shared.store.collection import Stored
from shared.task import Finish

_MOST_CONNECTIONS = 2000


def refresh(services: Services) -> Callable[[PrEvent], Finish[PrEvent]]:
    """The work of the stage: every connection that the event may concern is as GitHub says."""

    def work(event: PrEvent) -> Finish[PrEvent]:
        for stored in _concerned(event, services):
            _look(stored, event, services)
        return Finish(event.done(at=services.now()))

    return work


def _concerned(event: PrEvent, services: Services) -> Iterable[Stored[Repository]]:
    """The connections to the event's repository, or under its installation, or waiting for one on its account."""
    repositories = services.store.repositories
    found = repositories.find(("installationId", "==", event.installation_id), limit=_MOST_CONNECTIONS)
    if event.repository_id:
        found = repositories.find(("githubRepositoryId", "==", event.repository_id), limit=_MOST_CONNECTIONS)
    if event.account:
        account = ("accountKey", "==", event.account.lower())
        waiting = ("connectionStatus", "==", "awaiting_installation")
        found += repositories.find(account, waiting, limit=_MOST_CONNECTIONS)
    return {stored.value.repository_id: stored for stored in found}.values()


def _look(stored: Stored[Repository], event: PrEvent, services: Services) -> None:
    """Write what GitHub says of one connection; a conflict is retried with the whole event."""
    connection = stored.value
    if connection.connection_status == "disconnected":
        return  # whoever lost it connects it again, and proves their right anew
    found = _ask(connection, event, services)
    changed = updated(connection, found, at=services.now())
    if changed.model_copy(update={"updated_at": connection.updated_at}) != connection:
        write = services.store.repositories.replace(stored, changed)
        if connection.connection_status == "awaiting_installation":  # its past could not be looked through so far
            commit_connected(write, changed, services)
        else:
            services.store.repositories.commit(write)


def _ask(connection: Repository, event: PrEvent, services: Services) -> Found:
    if connection.github_repository_id is not None:
        known = dict.fromkeys(filter(None, (event.installation_id, connection.installation_id)))
        found = look_again(services.github, connection, known)
        waits = connection.connection_status == "awaiting_installation" and found.status == "disconnected"
        return replace(found, status="awaiting_installation") if waits else found
    try:
        return look_up(services.github, connection.full_name, connection.github_user_id)
    except NotFoundError:
        return Found("awaiting_installation", connection.full_name)
