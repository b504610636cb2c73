"""Writing a connection together with the start of its backfill: neither is there without the other."""

from shared.dispatch import queue
from shared.domain.repository import Repository
from shared.domain.requested_event import backfill
from shared.services import Services
from shared.store.database import Write


def commit_connected(write: Write, connection: Repository, services: Services) -> None:
    """Commit the write of a connection that has just been made, and look through its past if its owner wants that.

    A backfill starts once a day for the same days. Raises `ConflictError` like any commit.
    """
    events = services.store.pr_events
    if not connection.backfill_days or connection.connection_status != "connected":
        events.commit(write)
        return
    event = backfill(connection, at=services.now())
    begun = events.get(event.pr_event_id) is not None
    events.commit(write, *([] if begun else [events.create(event)]))
    if not begun:
        queue(event.pr_event_id, event, services)
