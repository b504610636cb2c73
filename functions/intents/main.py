"""Intents: what somebody wants an agent to do, and how risky that is."""

from http import HTTPStatus

from functions.intents.intents import history, state_intent
from functions.intents.schemas import IntentCreated, IntentDetail, IntentList, IntentQuery, IntentShown, NewIntent
from shared.auth import Actor
from shared.governed import find_intent
from shared.services import Services
from shared.web.typed import TypedApp

app = TypedApp("intents", thing="intent", governs=True)


@app.post("/api/intents", status=HTTPStatus.CREATED)
def create_intent(body: NewIntent, actor: Actor, services: Services) -> IntentCreated:
    """Create an intent; the risk engine decides whether it needs approval."""
    return IntentCreated.of(state_intent(body.content(), actor=actor, services=services))


@app.get("/api/intents")
def list_intents(query: IntentQuery, actor: Actor, services: Services) -> IntentList:
    """List the caller's intents, newest first."""
    mine = ("ownerId", "==", actor.id)
    page = services.store.intents.page([mine], newest="createdAt", limit=query.limit, cursor=query.cursor)
    return IntentList(intents=[IntentShown.of(each) for each in page.values], next_cursor=page.next_cursor)


@app.get("/api/intents/<intent_id>")
def show_intent(intent_id: str, actor: Actor, services: Services) -> IntentDetail:
    """Show an intent with its decisions and runs, to its owner and to approvers."""
    intent = find_intent(intent_id, actor=actor, services=services).value
    return IntentDetail.of_history(intent, history(intent, services))


main = app.function()
