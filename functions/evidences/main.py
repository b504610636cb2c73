"""Evidences: what a run or an intent points to, attached by people; the runner attaches its own."""

from http import HTTPStatus

from functions.evidences.evidences import attach, page
from functions.evidences.schemas import AttachedEvidence, EvidenceList, EvidenceQuery, NewEvidence
from shared.auth import Actor
from shared.services import Services
from shared.web.typed import TypedApp

app = TypedApp("evidences", thing="evidence", governs=True)


@app.post("/api/evidences", status=HTTPStatus.CREATED)
def create_evidence(body: NewEvidence, actor: Actor, services: Services) -> AttachedEvidence:
    """Attach evidence to one of the caller's runs or intents; an address is kept and never fetched."""
    return AttachedEvidence.model_validate(attach(body, actor=actor, services=services))


@app.get("/api/evidences", also=(HTTPStatus.NOT_FOUND,))
def list_evidences(query: EvidenceQuery, actor: Actor, services: Services) -> EvidenceList:
    """List the evidence of a run or an intent, newest first."""
    found = page(query, actor=actor, services=services)
    shown = [AttachedEvidence.model_validate(each) for each in found.values]
    return EvidenceList(evidences=shown, next_cursor=found.next_cursor)


main = app.function()
