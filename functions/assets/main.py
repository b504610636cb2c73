"""Assets: the inbox of proposed cards and the library of those a person stands by."""

from http import HTTPStatus

from functions.assets import cards
from functions.assets.export import export
from functions.assets.export_schemas import Export, ExportRequest
from functions.assets.schemas import CardList, CardQuery, CardShown, CardWithRevisions, EditedCard
from shared.auth import Actor
from shared.domain.asset_card import INBOX, LIBRARY
from shared.services import Services
from shared.web.typed import TypedApp

app = TypedApp("assets", thing="asset card", needs=("tasks",))


@app.get("/api/assets/inbox")
def list_inbox(query: CardQuery, actor: Actor, services: Services) -> CardList:
    """List the caller's cards that wait for a decision."""
    page = cards.page(INBOX, query, actor=actor, services=services)
    return CardList(assets=[CardShown.model_validate(card) for card in page.values], next_cursor=page.next_cursor)


@app.get("/api/assets/library")
def list_library(query: CardQuery, actor: Actor, services: Services) -> CardList:
    """List the caller's approved and edited cards."""
    page = cards.page(LIBRARY, query, actor=actor, services=services)
    return CardList(assets=[CardShown.model_validate(card) for card in page.values], next_cursor=page.next_cursor)


@app.get("/api/assets/<asset_card_id>")
def show_card(asset_card_id: str, actor: Actor, services: Services) -> CardWithRevisions:
    """Show one of the caller's cards with everything it has said."""
    card = cards.find(asset_card_id, actor=actor, services=services).value
    return CardWithRevisions.of(card, cards.revisions(card, services))


@app.post("/api/assets/<asset_card_id>/approve")
def approve_card(asset_card_id: str, actor: Actor, services: Services) -> CardShown:
    """Approve a card: it moves to the library. Approving it again changes nothing."""
    return CardShown.model_validate(cards.approve(asset_card_id, actor=actor, services=services))


@app.post("/api/assets/<asset_card_id>/reject")
def reject_card(asset_card_id: str, actor: Actor, services: Services) -> CardShown:
    """Reject a card: it leaves the inbox for good."""
    return CardShown.model_validate(cards.reject(asset_card_id, actor=actor, services=services))


@app.post("/api/assets/<asset_card_id>/regenerate", status=HTTPStatus.ACCEPTED)
def regenerate_card(asset_card_id: str, actor: Actor, services: Services) -> CardShown:
    """Have a pending or flagged card written anew: what is answered is the card before, its words follow."""
    return CardShown.model_validate(cards.regenerate(asset_card_id, actor=actor, services=services))


@app.put("/api/assets/<asset_card_id>/edit")
def edit_card(asset_card_id: str, body: EditedCard, actor: Actor, services: Services) -> CardShown:
    """Edit a card; it moves to the library in the caller's own words."""
    return CardShown.model_validate(cards.edit(asset_card_id, body.changes(), actor=actor, services=services))


@app.post("/api/export")
def export_cards(body: ExportRequest, actor: Actor, services: Services) -> Export:
    """Export cards of the caller's library as a README section or a résumé.

    The answer is JSON with the document in `content`, or the document itself for who accepts its type.
    """
    return export(body, actor=actor, services=services)


main = app.function()
