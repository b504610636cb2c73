"""Whose intents, approvals and runs somebody may see: their own, and as an approver or auditor everybody's."""

from shared.auth import Actor
from shared.domain.agent_run import AgentRun, agent_run_id
from shared.domain.errors import NotFoundError
from shared.domain.intent import Intent
from shared.services import Services
from shared.store.collection import Condition, Stored


def find_intent(intent_id: str, *, actor: Actor, services: Services) -> Stored[Intent]:
    """An intent that this person may see; raises `NotFoundError` for an absent one and for somebody else's alike."""
    stored = services.store.intents.get(intent_id)
    if stored is None or not may_see(actor, stored.value.owner_id):
        raise NotFoundError("intent")
    return stored


def find_own_intent(intent_id: str, *, actor: Actor, services: Services) -> Stored[Intent]:
    """An intent of this person's; raises `NotFoundError` for everything else."""
    stored = services.store.intents.get(intent_id)
    if stored is None or stored.value.owner_id != actor.id:
        raise NotFoundError("intent")
    return stored


def find_run(run_id: str, *, actor: Actor, services: Services) -> Stored[AgentRun]:
    """A run by the person's own name for it, or by its document's id where they may see it; else `NotFoundError`."""
    for document_id in (agent_run_id(actor.id, run_id), run_id):
        stored = services.store.agent_runs.get(document_id)
        if stored is not None and may_see(actor, stored.value.owner_id):
            return stored
    raise NotFoundError("agent run")


def may_see(actor: Actor, owner_id: str) -> bool:
    """Whether what belongs to this owner is open to the person."""
    return actor.id == owner_id or actor.sees_everything


def visible(actor: Actor) -> list[Condition]:
    """The condition under which a list shows what the person may see."""
    return [] if actor.sees_everything else [("ownerId", "==", actor.id)]
