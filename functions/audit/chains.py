"""The subjects that a report is about, and whether the chain of each holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.audit_report import AuditPeriod
from shared.domain.ids import is_id
from shared.domain.verification import Broken, State, first_broken
from shared.logging import log
from shared.store.chains import read_chain
from shared.store.collection import PAGE, Collection, Condition
from shared.store.database import Snapshot
from shared.store.store import ASSET_CARDS, INTENTS, Store

Linked = Mapping[str, Mapping[str, State]]
"""By intent: the documents of the period that name it, by their paths, with their digests."""


@dataclass(frozen=True)
class Verdict:
    """What became of a subject: whether it is there, how long its chain is, and what is wrong with that."""

    subject: str
    exists: bool
    entries: int = 0
    fault: Broken | None = None


def verdicts(period: AuditPeriod, linked: Linked, store: Store) -> Iterator[Verdict]:
    """The verdict on every subject that was changed in the period, and every intent that something of it names."""
    judged = set[str]()
    for snapshot in intents(period, linked, store):
        judged.add(snapshot.id)
        yield _verdict(f"{INTENTS}/{snapshot.id}", snapshot, linked.get(snapshot.id, {}), store)
    for each in linked.keys() - judged:  # names that no document can have
        yield Verdict(f"{INTENTS}/{each}", exists=False)
    for snapshot in changed(period, store.asset_cards):
        yield _verdict(f"{ASSET_CARDS}/{snapshot.id}", snapshot, {}, store)


def intents(period: AuditPeriod, linked: Linked, store: Store) -> Iterator[Snapshot]:
    """The intents of the period, then those that something of it names and that were not among them, or are nowhere."""
    named = set(linked)
    for snapshot in changed(period, store.intents):
        named.discard(snapshot.id)
        yield snapshot
    missing = sorted(filter(is_id, named))
    for start in range(0, len(missing), PAGE):
        references = [store.database.reference(INTENTS, each) for each in missing[start : start + PAGE]]
        yield from store.database.read_all(references)


def changed(period: AuditPeriod, subjects: Collection[Any]) -> Iterator[Snapshot]:
    """Those of the subjects that were made before the period's end and last changed after its beginning."""
    conditions: list[Condition] = [("updatedAt", ">=", period.from_), ("createdAt", "<", period.to)]
    conditions += [("ownerId", "==", period.owner_id)] if period.owner_id is not None else []
    conditions += [("repoFullName", "==", period.scope)] if period.scope else []
    for page in subjects.pages(*conditions, newest="updatedAt"):
        yield from page


def _verdict(subject: str, snapshot: Snapshot, known: Mapping[str, State], store: Store) -> Verdict:
    chain = read_chain(store.database, subject, known, read=snapshot, known=known)
    fault = first_broken(chain)
    if fault:
        log.error("ledger_broken", subject=subject, seq=fault.seq, reason=fault.reason, document=fault.document)
    return Verdict(subject, snapshot.exists, len(chain.entries), fault)
