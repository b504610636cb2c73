"""Attaching evidence, and finding what is attached."""

import secrets

from functions.evidences.schemas import EvidenceQuery, NewEvidence
from shared.auth import Actor
from shared.domain.agent_run import AgentRun
from shared.domain.errors import NotFoundError
from shared.domain.evidence import LinkedEvidence
from shared.governed import find_intent, find_own_intent, find_run
from shared.services import Services
from shared.store.collection import Page, Stored
from shared.store.database import until_settled
from shared.store.intents import IntentChange

MOST_A_MINUTE = 120
_TRIES = 30


def attach(asked: NewEvidence, *, actor: Actor, services: Services) -> LinkedEvidence:
    """The evidence, written with its ledger entry; a run then has evidence of that kind.

    Raises `NotFoundError` for a run or an intent that is not the person's own.
    """
    services.store.quotas.spend(actor.id, "attach-evidence", most=MOST_A_MINUTE, at=services.now())
    evidence_id = secrets.token_hex(20)

    def attempt() -> LinkedEvidence:
        store, at = services.store, services.now()
        run = _own_run(asked.linked_id, actor, services) if asked.linked_type == "agent_run" else None
        intent_id = run.value.intent_id if run else asked.linked_id
        stored = find_own_intent(intent_id, actor=actor, services=services)
        evidence = LinkedEvidence(
            evidence_id=evidence_id,
            intent_id=intent_id,
            owner_id=actor.id,
            linked_type=asked.linked_type,
            linked_id=run.value.agent_run_id if run else intent_id,
            kind=asked.kind,
            url=asked.url,
            hash=asked.hash,
            attached_by=actor.id,
            created_at=at,
        )
        change = IntentChange(store, stored, stored.value, actor=actor.id, at=at)
        change.create("attach", store.evidences, evidence)
        if run and asked.kind not in run.value.evidence:
            known = run.value.with_evidence(asked.kind)
            change.run("evidence", known, store.agent_runs.replace(run, known))
        store.intents.commit(*change.writes())
        return evidence

    return until_settled(attempt, tries=_TRIES)


def page(query: EvidenceQuery, *, actor: Actor, services: Services) -> Page[LinkedEvidence]:
    """A page of what is attached to a run or an intent that the person may see; `NotFoundError` for any other."""
    if query.linked_type == "intent":
        linked_id = find_intent(query.linked_id, actor=actor, services=services).value.intent_id
    else:
        linked_id = find_run(query.linked_id, actor=actor, services=services).value.agent_run_id
    conditions = [("linkedType", "==", query.linked_type), ("linkedId", "==", linked_id)]
    return services.store.evidences.page(conditions, newest="createdAt", limit=query.limit, cursor=query.cursor)


def _own_run(run_id: str, actor: Actor, services: Services) -> Stored[AgentRun]:
    found = find_run(run_id, actor=actor, services=services)
    if found.value.owner_id != actor.id:
        raise NotFoundError("agent run")
    return found
