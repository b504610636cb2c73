"""Asset cards for tests, as the asset generator would have stored them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.asset_card import AssetCard, Claim, Evidence, GeneratedBy
from shared.domain.ids import derived_id
from shared.store.cards import creation
from tests.deployment import Deployment

GENERATOR = "task:asset-generator"
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
URL = "https://github.com/sample-org/parcel-tracker/pull/41"


def a_card(owner_id: str, number: int = 41, *, hours: int = 0, **fields: Any) -> AssetCard:  # noqa: ANN401
    """A card of pull request `number`, merged so many hours after noon; `fields` replace its own."""
    quote = Evidence(source="title", ref="title", quote="Track parcels by postcode", url=URL)
    told: dict[str, Any] = {
        "title": "Tracks parcels by postcode",
        "description": "Parcels are found by the postcode of their receiver.",
        "impact": "Not measured.",
        "skills": ("Python", "Flask"),
        "claims": (Claim(text="Parcels are tracked by postcode", evidence=(quote,)),),
        "asset_card_id": derived_id("card of a test", owner_id, number),
        "owner_id": owner_id,
        "pr_event_id": derived_id("event of a test", number),
        "repository_id": 2000000001,
        "repo_full_name": "sample-org/parcel-tracker",
        "pr_number": number,
        "pr_url": URL,
        "merge_commit_sha": "a" * 40,
        "merged_at": NOON + timedelta(hours=hours),
        "status": "pending",
        "generated_by": GeneratedBy(provider="offline", model="extractive", prompt_version="1"),
        "created_at": NOON,
        "updated_at": NOON,
    }
    return AssetCard(**told | fields)


def put(deployment: Deployment, *cards: AssetCard) -> str:
    """Store cards, each with its first revision and ledger entry; returns the id of the first."""
    store = deployment.services().store
    for card in cards:
        store.asset_cards.commit(*creation(store, card, actor=GENERATOR, at=card.created_at))
    return cards[0].asset_card_id


def stored(deployment: Deployment, asset_card_id: str) -> Mapping[str, Any]:
    """A card's document as it is now."""
    return deployment.documents("asset-cards")[asset_card_id]
