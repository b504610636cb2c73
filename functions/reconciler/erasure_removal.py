"""What goes with a person: their connections, the events that they asked for, their cards."""

from collections.abc import Iterator

from shared.domain.audit_day import AuditDay
from shared.domain.errors import ConflictError
from shared.domain.kpi import Figures
from shared.domain.personal_data import MARK, NOBODY, OF_A_CARD, OF_A_DAY, OF_A_REPOSITORY, is_at_work
from shared.logging import log
from shared.store.codec import from_fields
from shared.store.database import Snapshot, Write
from shared.store.personal import below, documents, documents_of, removal
from shared.store.store import PR_EVENTS, PR_SNAPSHOTS, Store

MOST_IN_A_COMMIT = 400


def remove_connections(uid: str, store: Store) -> Iterator[bool]:
    """Disconnect everything."""
    for snapshot in documents_of(store.database, OF_A_REPOSITORY, uid):
        yield _committed(store, removal(snapshot))


def remove_events(uid: str, store: Store) -> Iterator[bool]:
    """Remove what they asked for alone: whoever works on it can't finish it then."""
    for snapshot in documents_of(store.database, PR_EVENTS, uid):
        yield _committed(store, removal(snapshot), _without_snapshot(snapshot, store))


def remove_cards(uid: str, store: Store) -> Iterator[bool]:
    """Remove the cards with all their texts and their ledgers; a card goes last, so that what is below it is found."""
    for snapshot in documents_of(store.database, OF_A_CARD, uid):
        writes = [Write("delete", each.reference) for _, each in below(store.database, snapshot)]
        while len(writes) > MOST_IN_A_COMMIT:
            store.asset_cards.commit(*writes[:MOST_IN_A_COMMIT])
            writes = writes[MOST_IN_A_COMMIT:]
        # Before it is done, for the line must not be lost: of a chain that is still there it says nothing.
        log.info("ledger_erased", subject=snapshot.reference.path)
        yield _committed(store, removal(snapshot), *writes)


def forget_author(github_user_id: int | None, store: Store) -> Iterator[bool]:
    """Let the merges that they authored, and that others may have cards of, name nobody once they are dealt with."""
    if github_user_id is None:
        return
    for snapshot in documents(store.database, PR_EVENTS, ("authorId", "==", github_user_id)):
        if is_at_work(PR_EVENTS, snapshot.to_dict() or {}):
            yield False
            continue
        nobody = Write("replace", snapshot.reference, dict(NOBODY), unchanged_since=snapshot.update_time)
        yield _committed(store, nobody, _without_snapshot(snapshot, store))


def remove_days(uid: str, store: Store) -> Iterator[bool]:
    """Remove the figures of their days once nothing is counted in them any more.

    Everybody's figures are the sum of these: each comes to nothing by being counted anew, none is taken away.
    """
    for snapshot in documents_of(store.database, OF_A_DAY, uid):
        is_empty = from_fields(AuditDay, snapshot.to_dict() or {}).figures == Figures()
        yield is_empty and _committed(store, removal(snapshot))
    yield from (False for _ in documents_of(store.database, MARK, uid))


def _without_snapshot(event: Snapshot, store: Store) -> Write:
    return Write("delete", store.database.reference(PR_SNAPSHOTS, event.id))


def _committed(store: Store, *writes: Write) -> bool:
    """Whether the writes were made: they were not where somebody else's came between."""
    try:
        store.database.commit(writes)
    except ConflictError:
        return False
    return True
