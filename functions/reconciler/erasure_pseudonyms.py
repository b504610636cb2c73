"""What is kept for audit without a person: a pseudonym stands where they stood, and the ledger says so.

An intent and all that is chained on it are taken together, under the precondition that nobody has written the intent
meanwhile. A chain that does not hold gets no further entry: what is wrong with it has to stay visible.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from shared.domain.audit_day import day_of, mark
from shared.domain.document import Instant
from shared.domain.errors import ConflictError
from shared.domain.ids import is_id
from shared.domain.ledger import LedgerEntry, LedgerHead, Linked, append, timestamp
from shared.domain.personal_data import CHAINED, DAYS, is_at_work, renamed
from shared.domain.verification import first_broken
from shared.logging import log
from shared.store.chains import read_chain, record_of
from shared.store.codec import to_fields
from shared.store.database import Anchor, Snapshot, Write, until_settled
from shared.store.personal import documents, documents_of, removal
from shared.store.store import INTENTS, Store

ACTION, ACTOR = "pseudonymised", "task:erasure"
MOST_IN_A_COMMIT = 100
_MORE, _LATER, _DONE = "more", "later", "done"
Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Person:
    """Who has left: their uid, their number at GitHub where it is known, and what stands for them from now on."""

    uid: str
    github_user_id: int | None
    pseudonym: str


def rename_unchained(person: Person, store: Store) -> Iterator[bool]:
    """Rename them in what belongs to no intent; an exception that is nobody else's business is removed."""
    for name in CHAINED:
        for snapshot in documents_of(store.database, name, person.uid):
            fields = snapshot.to_dict() or {}
            if _intent_id(fields):
                continue
            changed = _renamed(snapshot, person)
            alone = fields.get("ownerIds") == [person.uid] and set(changed) == {"ownerIds"}
            write = removal(snapshot) if alone else _replace(snapshot, changed)
            yield _is_committed([write], store)


def rename_chained(person: Person, store: Store, now: Callable[[], Instant]) -> Iterator[bool]:
    """Rename them in their intents, in those that they had a part in, and in all that is chained on either."""
    for intent_id in _intent_ids(person, store):
        outcome = _MORE
        while outcome == _MORE:
            outcome = until_settled(partial(_rename_some, intent_id, person, store, now))
            yield outcome != _LATER


def _intent_ids(person: Person, store: Store) -> Iterator[str]:
    """The intents that they have anything to do with, each once."""
    seen: set[str] = set()
    for name in (*CHAINED, INTENTS):
        for snapshot in documents_of(store.database, name, person.uid):
            intent_id = snapshot.id if name == INTENTS else _intent_id(snapshot.to_dict() or {})
            if intent_id and intent_id not in seen:
                seen.add(intent_id)
                yield intent_id


def _rename_some(intent_id: str, person: Person, store: Store, now: Callable[[], Instant]) -> str:
    """Rename them in as many documents as a commit takes, in what leads to others last; whether there is more.

    Raises `ConflictError` where somebody has written one of them meanwhile.
    """
    intent = store.database.read(store.database.reference(INTENTS, intent_id))
    chained = [each for name in CHAINED for each in documents(store.database, name, ("intentId", "==", intent_id))]
    named = {each: changed for each in chained if (changed := _renamed(each, person))}
    if any(is_at_work(each.reference.parent.id, each.to_dict() or {}) for each in named):
        return _LATER
    some = dict(islice(named.items(), MOST_IN_A_COMMIT))
    is_last = len(some) == len(named)
    own = _renamed(intent, person) if is_last and intent.exists else {}
    if "ownerId" in own:
        own["awaitingApproval"] = False  # nobody waits for it any more
    if some or own:
        store.database.commit(_writes(intent, own, some, store, at=now()))
    return _DONE if is_last else _MORE


def _writes(
    intent: Snapshot, own: Fields, named: Mapping[Snapshot, Fields], store: Store, *, at: Instant
) -> list[Write]:
    """The commit of changed fields: of the intent `own`, of documents that are chained on it those that are `named`."""
    replaced = [_replace(each, changed) for each, changed in named.items()]
    replaced += _marks(intent, named, store, at=at)
    if not intent.exists:
        return replaced
    fault = first_broken(read_chain(store.database, intent.reference.path))
    if fault:
        log.error("ledger_broken", subject=fault.subject, seq=fault.seq, reason=fault.reason)
        return [*replaced, _replace(intent, {**own, "intentId": intent.id})]
    changed = {**own, "updatedAt": at}
    state = {**(intent.to_dict() or {}), **changed}
    linked: list[Linked | None] = [_linked(each, fields) for each, fields in named.items()]
    entries = list(_entries(intent, state, [*linked, None] if own else linked, at=at))
    head = LedgerHead(count=entries[-1].seq, head=entries[-1].hash)
    chain = store.ledger(intent.reference.path)
    anchor = Anchor(intent.reference.path, head, state["ownerId"], state["createdAt"], at)
    write = replace(_replace(intent, {**changed, "ledger": to_fields(head)}), anchor=anchor)
    return [write, *replaced, *map(chain.create, entries)]


def _marks(intent: Snapshot, named: Mapping[Snapshot, Fields], store: Store, *, at: Instant) -> Iterator[Write]:
    """What is counted for somebody else from now on has to be counted anew, for both."""
    for owner, day in sorted({each for snapshot, changed in named.items() for each in _counted(snapshot, changed)}):
        of = f"{intent.reference.path} {timestamp(at)} {owner}"
        yield store.audit_marks.put(mark(owner, day, of=of))


def _counted(snapshot: Snapshot, changed: Fields) -> Iterator[tuple[str, str]]:
    """For whom a renamed document was counted and is, each with the day."""
    moment = (snapshot.to_dict() or {}).get(DAYS.get(snapshot.reference.parent.id, ""))
    if "ownerId" in changed and isinstance(moment, datetime):
        yield snapshot.get("ownerId"), day_of(moment)
        yield changed["ownerId"], day_of(moment)


def _entries(intent: Snapshot, state: Fields, linked: Iterable[Linked | None], *, at: Instant) -> Iterator[LedgerEntry]:
    """The entries that say it, one for each document, the intent's own as None."""
    head = LedgerHead.model_validate(state["ledger"])
    for each in linked:
        entry = append(head, subject=intent.reference.path, action=ACTION, actor=ACTOR, state=state, at=at, linked=each)
        head = LedgerHead(count=entry.seq, head=entry.hash)
        yield entry


def _linked(snapshot: Snapshot, changed: Fields) -> Linked:
    path = snapshot.reference.path
    return Linked(document=path, state=record_of(path, {**(snapshot.to_dict() or {}), **changed}))


def _renamed(snapshot: Snapshot, person: Person) -> dict[str, Any]:
    return renamed(snapshot.reference.parent.id, snapshot.to_dict() or {}, person.uid, person.pseudonym)


def _replace(snapshot: Snapshot, changed: Fields) -> Write:
    return Write("replace", snapshot.reference, dict(changed), unchanged_since=snapshot.update_time)


def _intent_id(fields: Fields) -> str | None:
    """The intent that a document says it belongs to, if that can be one."""
    intent_id = fields.get("intentId")
    return intent_id if isinstance(intent_id, str) and is_id(intent_id) else None


def _is_committed(writes: list[Write], store: Store) -> bool:
    """Whether the writes were made: they were not where somebody else's came between."""
    try:
        store.database.commit(writes)
    except ConflictError:
        return False
    return True
