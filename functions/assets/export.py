"""The export of a selection: which cards, whose repositories are private, what was reverted since."""

from collections.abc import Iterable, Sequence

from functions.assets import exports
from functions.assets.export_schemas import Export, ExportRequest
from shared.auth import Actor
from shared.domain.asset_card import LIBRARY, AssetCard
from shared.domain.errors import InvalidError
from shared.domain.ids import is_id
from shared.domain.reversal import Reversal, names
from shared.services import Services
from shared.store.store import Store

_MOST_VALUES = 30  # of one `in` or `array_contains_any`
_MOST_CONNECTIONS = 1000
_MOST_REVERSALS = 1000


def export(wanted: ExportRequest, *, actor: Actor, services: Services) -> Export:
    """The document that is wanted; raises `InvalidError` unless every card is in the person's library."""
    store = services.store
    cards = _selected(wanted.asset_ids, actor, store)
    hidden = _hidden(cards, actor, store) if wanted.redact_private else frozenset()
    portfolio = exports.compile_portfolio(
        cards,
        profile=exports.Profile(**dict(wanted.profile)),
        hidden=hidden,
        reversals=_reversals(cards, store),
    )
    return Export.of(wanted, exports.RENDERERS[wanted.format, wanted.chosen_output](portfolio))


def _selected(asset_ids: Sequence[str], actor: Actor, store: Store) -> list[AssetCard]:
    """All the cards or none: what is wrong with one of them is told of no one."""
    cards = []
    for some in _parts([each for each in asset_ids if is_id(each)]):
        found = store.asset_cards.find(("ownerId", "==", actor.id), ("assetCardId", "in", some), limit=len(some))
        cards += [stored.value for stored in found if stored.value.status in LIBRARY]
    if len(cards) < len(asset_ids):
        raise InvalidError("not all of them are cards of your library", field="assetIds", code="invalid_selection")
    return cards


def _hidden(cards: Iterable[AssetCard], actor: Actor, store: Store) -> frozenset[int]:
    """The repositories that are not known to be public: GitHub tells us while the person has them connected."""
    mine = store.repositories.find(("ownerId", "==", actor.id), limit=_MOST_CONNECTIONS)
    public = {
        stored.value.github_repository_id
        for stored in mine
        if stored.value.private is False and stored.value.connection_status == "connected"
    }
    return frozenset(card.repository_id for card in cards if card.repository_id not in public)


def _reversals(cards: Iterable[AssetCard], store: Store) -> list[Reversal]:
    """Every pull request that reverts one of the cards', or reverts such a one in turn."""
    found: dict[str, Reversal] = {}
    looked_for: set[str] = set()
    waiting = {name for card in cards for name in names(card.repository_id, card.pr_number, card.merge_commit_sha)}
    while waiting:
        new = [each for part in _parts(sorted(waiting)) for each in _reverting(part, store)]
        found |= {each.reversal_id: each for each in new}
        looked_for |= waiting
        waiting = {name for each in new for name in each.names} - looked_for
    return list(found.values())


def _reverting(targets: Sequence[str], store: Store) -> Iterable[Reversal]:
    stored = store.reversals.find(("targets", "array_contains_any", list(targets)), limit=_MOST_REVERSALS)
    return [each.value for each in stored]


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    for start in range(0, len(values), _MOST_VALUES):
        yield values[start : start + _MOST_VALUES]
