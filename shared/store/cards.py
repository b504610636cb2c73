"""The writes that change an asset card: the card, its ledger entry and its revision, always in one commit."""

from shared.domain import ledger
from shared.domain.asset_card import AssetCard, CardText
from shared.domain.document import Instant
from shared.domain.ledger import LedgerHead
from shared.store.codec import to_fields
from shared.store.collection import Stored
from shared.store.database import Anchor, Write
from shared.store.store import ASSET_CARDS, Revision, Store


def creation(store: Store, card: AssetCard, *, actor: str, at: Instant) -> list[Write]:
    """A new card, the first entry of its ledger and its first revision."""
    linked, entry = _linked(store, card, action="create", actor=actor, at=at)
    create = store.asset_cards.create(linked, anchor=_anchor(linked))
    return [create, entry, _revision(store, linked, actor=actor, at=at)]


def change(
    store: Store, stored: Stored[AssetCard], card: AssetCard, *, action: str, actor: str, at: Instant
) -> list[Write]:
    """A card's next state with its ledger entry, and its revision where the text is a new one."""
    linked, entry = _linked(store, card, action=action, actor=actor, at=at)
    writes = [store.asset_cards.replace(stored, linked, anchor=_anchor(linked)), entry]
    if linked.revision != stored.value.revision:
        writes.append(_revision(store, linked, actor=actor, at=at))
    return writes


def subject(card: AssetCard) -> str:
    """What the card is called in its ledger: the path of its document."""
    return f"{ASSET_CARDS}/{card.asset_card_id}"


def _linked(store: Store, card: AssetCard, *, action: str, actor: str, at: Instant) -> tuple[AssetCard, Write]:
    entry = ledger.append(card.ledger, subject=subject(card), action=action, actor=actor, state=to_fields(card), at=at)
    linked = card.model_copy(update={"ledger": LedgerHead(count=entry.seq, head=entry.hash)})
    return linked, store.ledger(subject(card)).create(entry)


def _anchor(card: AssetCard) -> Anchor:
    return Anchor(subject(card), card.ledger, card.owner_id, card.created_at, card.updated_at)


def _revision(store: Store, card: AssetCard, *, actor: str, at: Instant) -> Write:
    text = {name: getattr(card, name) for name in CardText.model_fields}
    revision = Revision(**text, revision=card.revision, written_by=actor, written_at=at)
    return store.revisions(card.asset_card_id).create(revision)
