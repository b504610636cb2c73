"""A person's cards: found, listed and changed, every change with its ledger entry."""

from collections.abc import Callable, Mapping

from functions.assets.schemas import CardQuery
from shared.auth import Actor
from shared.dispatch import not_begun, start
from shared.domain.asset_card import AssetCard, Status
from shared.domain.document import Instant
from shared.domain.errors import InvalidStateError, NotFoundError
from shared.domain.requested_event import regeneration
from shared.services import Services
from shared.store.cards import change
from shared.store.collection import Condition, Page, Stored
from shared.store.database import until_settled
from shared.store.store import Revision

MOST_A_MINUTE = 20
_MOST_REVISIONS = 500
_MOST_CONNECTIONS = 1000


def page(statuses: tuple[Status, ...], query: CardQuery, *, actor: Actor, services: Services) -> Page[AssetCard]:
    """A page of the person's cards in one of `statuses`, newest merge first."""
    conditions: list[Condition] = [("ownerId", "==", actor.id), ("status", "in", list(statuses))]
    if query.repo_full_name:
        conditions.append(("repoFullName", "==", query.repo_full_name))
    if query.skill:
        conditions.append(("skills", "array_contains", query.skill))
    return services.store.asset_cards.page(conditions, newest="mergedAt", limit=query.limit, cursor=query.cursor)


def find(asset_card_id: str, *, actor: Actor, services: Services) -> Stored[AssetCard]:
    """The person's card; raises `NotFoundError` for an absent one and for somebody else's alike."""
    stored = services.store.asset_cards.get(asset_card_id)
    if stored is None or stored.value.owner_id != actor.id:
        raise NotFoundError("asset card")
    return stored


def revisions(card: AssetCard, services: Services) -> list[Revision]:
    """What the card has said, oldest first."""
    found = services.store.revisions(card.asset_card_id).find(limit=_MOST_REVISIONS)
    return [stored.value for stored in found]


def approve(asset_card_id: str, *, actor: Actor, services: Services) -> AssetCard:
    """Move the card into the library."""
    return _change(asset_card_id, "approve", lambda card, at: card.approved(at=at), actor, services)


def reject(asset_card_id: str, *, actor: Actor, services: Services) -> AssetCard:
    """Take the card out of the inbox for good."""
    return _change(asset_card_id, "reject", lambda card, at: card.rejected(at=at), actor, services)


def edit(asset_card_id: str, changes: Mapping[str, object], *, actor: Actor, services: Services) -> AssetCard:
    """Put the owner's own words on the card and the card into the library."""
    return _change(asset_card_id, "edit", lambda card, at: card.edited(changes, at=at), actor, services)


def regenerate(asset_card_id: str, *, actor: Actor, services: Services) -> AssetCard:
    """Have the card written anew, in the background; twice before it is written is once.

    Raises `InvalidStateError` once the owner has decided about the card, or does not have its repository connected.
    """
    services.store.quotas.spend(actor.id, "regenerate", most=MOST_A_MINUTE, at=services.now())
    card = find(asset_card_id, actor=actor, services=services).value
    connections = services.store.connected_to(card.repository_id, limit=_MOST_CONNECTIONS)
    mine = next((each for each in connections if each.owner_id == actor.id), None)
    if mine is None:
        raise InvalidStateError("connect the card's repository first")
    at = services.now()
    event = not_begun(lambda attempt: regeneration(card, mine, attempt=attempt, at=at), services)
    if event:
        start(event, services)
    return card


def _change(
    asset_card_id: str,
    action: str,
    next_card: Callable[[AssetCard, Instant], AssetCard],
    actor: Actor,
    services: Services,
) -> AssetCard:
    """The card after `next_card`, written with its ledger entry; nothing is written where nothing changes."""

    def attempt() -> AssetCard:
        stored, at = find(asset_card_id, actor=actor, services=services), services.now()
        card = next_card(stored.value, at)
        if card != stored.value:
            writes = change(services.store, stored, card, action=action, actor=actor.id, at=at)
            services.store.asset_cards.commit(*writes)
        return card

    return until_settled(attempt)
