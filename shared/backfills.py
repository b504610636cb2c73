"""Writing a connection together with the start of its backfill: neither is there without the other."""

from shared.dispatch import not_begun, queue
from shared.domain.repository import Repository
from shared.domain.requested_event import backfill
from shared.services import Services
from shared.store.database import Write


def commit_connected(write: Write, connection: Repository, services: Services) -> None:
    """Commit the write of a connection that has just been made, and look through its past if its owner wants that.

    A backfill starts once a day for the same days. Raises `ConflictError` like any commit.
    """
    events, at = services.store.pr_events, services.now()
    event = None
    if connection.backfill_days and connection.connection_status == "connected":
        event = not_begun(lambda attempt: backfill(connection, attempt=attempt, at=at), services)
    if event is None:
        events.commit(write)
        return
    events.commit(write, events.create(event))
    queue(event.pr_event_id, event, services)
