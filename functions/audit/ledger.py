"""The ledger as a download that is checked offline: chains as they stand, with what they are about."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from functions.audit.chains import Linked, changed, intents
from functions.audit.findings import links
from functions.audit.report import as_json, listed, owner_of
from functions.audit.schemas import EntryShown, ExportedChain, Ledger, LedgerHead, LedgerQuery, PeriodShown
from shared.auth import Actor
from shared.domain.audit_report import AuditPeriod
from shared.domain.verification import Chain, digest_of
from shared.services import Services
from shared.store.chains import read_chain
from shared.store.collection import Collection, Condition
from shared.store.database import Snapshot
from shared.store.store import ASSET_CARDS, INTENTS, Store
from shared.web.stream import Streamed

FILENAME = "worklog-ledger.json"


def ledger(query: LedgerQuery, *, actor: Actor, services: Services) -> Streamed[Ledger]:
    """The chains of a period's intents and cards, of all there are without one; those of others for an auditor."""
    store, owner_id = services.store.at_once(), owner_of(actor)
    period = query.period(owner_id=owner_id)
    head = LedgerHead(
        period=PeriodShown(**{"from": period.from_, "to": period.to}) if period else None,
        as_of=store.database.as_of or services.now(),
        owner=owner_id or "",
    )
    return Streamed(json=lambda: _json(head, _chains(period, actor, store)), filename=FILENAME)


def _json(head: LedgerHead, chains: Iterator[Chain]) -> Iterator[str]:
    yield as_json(head).removesuffix("}")
    yield ',"chains":'
    yield from listed(_shown(each).model_dump_json(by_alias=True) for each in chains)  # null says that it is gone
    yield ',"complete":true}\n'


def _chains(period: AuditPeriod | None, actor: Actor, store: Store) -> Iterator[Chain]:
    linked: Linked = links(period, store).linked if period else {}
    found = intents(period, linked, store) if period else _every(store.intents, owner_of(actor))
    for each in found:
        yield read_chain(store.database, f"{INTENTS}/{each.id}", linked.get(each.id, {}), read=each)
    for each in changed(period, store.asset_cards) if period else _every(store.asset_cards, owner_of(actor)):
        yield _closed(read_chain(store.database, f"{ASSET_CARDS}/{each.id}", read=each), actor)


def _every(subjects: Collection[Any], owner_id: str | None) -> Iterator[Snapshot]:
    conditions: list[Condition] = [("ownerId", "==", owner_id)] if owner_id is not None else []
    for page in subjects.pages(*conditions):
        yield from page


def _closed(chain: Chain, actor: Actor) -> Chain:
    """A card's chain without the card where that is somebody else's: its digest is enough to check the chain."""
    if not isinstance(chain.state, Mapping) or chain.state.get("ownerId") == actor.id:
        return chain
    return replace(chain, state=digest_of(chain.state))


def _shown(chain: Chain) -> ExportedChain:
    entries = [EntryShown.model_validate(entry) for entry in chain.entries]
    return ExportedChain(
        subject=chain.subject,
        count=chain.count,
        head=chain.head,
        state=chain.state,
        entries=entries,
        documents=dict(chain.documents),
    )
