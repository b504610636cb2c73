"""The intents that a report is about, and whether the chain of each holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.domain.audit_report import AuditPeriod
from shared.domain.ids import is_id
from shared.domain.verification import Broken, Chain, State, first_broken
from shared.logging import log
from shared.store.chains import read_chain
from shared.store.collection import PAGE, Condition
from shared.store.database import Snapshot
from shared.store.store import INTENTS, Store

_LOOKS = 3
Linked = Mapping[str, Mapping[str, State]]
"""By intent: the documents of the period that name it, by their paths, with their digests."""


@dataclass(frozen=True)
class Verdict:
    """What became of an intent: whether it is there, how long its chain is, and what is wrong with that."""

    intent_id: str
    exists: bool
    entries: int = 0
    fault: Broken | None = None


def verdicts(period: AuditPeriod, linked: Linked, store: Store) -> Iterator[Verdict]:
    """The verdict on every intent that was changed in the period, or that something of the period names."""
    judged = set[str]()
    for snapshot in _intents(period, set(linked), store):
        judged.add(snapshot.id)
        yield _verdict(snapshot, linked.get(snapshot.id, {}), store)
    yield from (Verdict(each, exists=False) for each in linked.keys() - judged)  # names that no document can have


def intents(period: AuditPeriod, store: Store) -> Iterator[Snapshot]:
    """The intents that were made before the period's end and last changed after its beginning."""
    conditions: list[Condition] = [("updatedAt", ">=", period.from_), ("createdAt", "<", period.to)]
    conditions += [("ownerId", "==", period.owner_id)] if period.owner_id is not None else []
    conditions += [("repoFullName", "==", period.scope)] if period.scope else []
    for page in store.intents.pages(*conditions, newest="updatedAt"):
        yield from page


def _intents(period: AuditPeriod, named: set[str], store: Store) -> Iterator[Snapshot]:
    """The intents of the period, then those that are named and were not among them, existing or not."""
    for snapshot in intents(period, store):
        named.discard(snapshot.id)
        yield snapshot
    missing = sorted(filter(is_id, named))
    for start in range(0, len(missing), PAGE):
        references = [store.database.reference(INTENTS, each) for each in missing[start : start + PAGE]]
        yield from store.database.read_all(references)


def settled(
    subject: str, store: Store, *, read: Snapshot | None = None, known: Mapping[str, State] | None = None
) -> tuple[Chain, Broken | None]:
    """A chain and its first bad entry; a fault is looked at again, for somebody may have written while it was read."""
    chain = read_chain(store.database, subject, known or {}, read=read, known=known)
    fault = first_broken(chain)
    for _ in range(_LOOKS - 1):
        if fault is None:
            break
        chain = read_chain(store.database, subject, known or {})
        fault = first_broken(chain)
    return chain, fault


def _verdict(snapshot: Snapshot, known: Mapping[str, State], store: Store) -> Verdict:
    subject = f"{INTENTS}/{snapshot.id}"
    chain, fault = settled(subject, store, read=snapshot, known=known)
    if fault:
        log.error("ledger_broken", subject=subject, seq=fault.seq, reason=fault.reason, document=fault.document)
    return Verdict(snapshot.id, snapshot.exists, len(chain.entries), fault)
