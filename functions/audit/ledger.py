"""The ledger as a download that is checked offline: chains as they stand, with what they are about."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from functions.audit.chains import intents, settled
from functions.audit.report import as_json, listed, owner_of
from functions.audit.schemas import EntryShown, ExportedChain, Ledger, LedgerQuery, PeriodShown
from shared.auth import Actor
from shared.domain.audit_report import AuditPeriod
from shared.domain.verification import Chain, digest
from shared.services import Services
from shared.store.collection import Condition
from shared.store.store import ASSET_CARDS, INTENTS, Store
from shared.web.stream import Streamed

FILENAME = "worklog-ledger.json"


def ledger(query: LedgerQuery, *, actor: Actor, services: Services) -> Streamed[Ledger]:
    """The chains of the intents of a period; without one those of every intent and card, as far as one's own."""
    owner_id = owner_of(actor)
    period = query.period(owner_id=owner_id)
    chains = _of_period(period, services.store) if period else _whole(actor, services.store)
    covers = [INTENTS, ASSET_CARDS] if period is None and owner_id is None else []
    return Streamed(json=lambda: _json(period, covers, chains), filename=FILENAME)


def _json(period: AuditPeriod | None, covers: list[str], chains: Iterator[Chain]) -> Iterator[str]:
    yield "{"
    if period:
        yield f'"period":{as_json(PeriodShown.model_validate({"from": period.from_, "to": period.to}))},'
    yield f'"covers":{json.dumps(covers)},"chains":'
    yield from listed(
        _shown(each).model_dump_json(by_alias=True) for each in chains
    )  # null says that something is gone
    yield ',"complete":true}'


def _of_period(period: AuditPeriod, store: Store) -> Iterator[Chain]:
    return (settled(f"{INTENTS}/{each.id}", store)[0] for each in intents(period, store))


def _whole(actor: Actor, store: Store) -> Iterator[Chain]:
    owner_id = owner_of(actor)
    mine: list[Condition] = [("ownerId", "==", owner_id)] if owner_id is not None else []
    for page in store.intents.pages(*mine):
        yield from (settled(f"{INTENTS}/{each.id}", store)[0] for each in page)
    for page in store.asset_cards.pages(*mine):
        yield from (_closed(settled(f"{ASSET_CARDS}/{each.id}", store)[0], actor) for each in page)


def _closed(chain: Chain, actor: Actor) -> Chain:
    """A card's chain without the card where that is somebody else's: its digest is enough to check the chain."""
    if not isinstance(chain.state, Mapping) or chain.state.get("ownerId") == actor.id:
        return chain
    return replace(chain, state=digest(chain.state))


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
