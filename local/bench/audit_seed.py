"""Many runs with real chains, written fast: what the reports are measured on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from google.cloud.firestore import Client

from shared.domain import ledger
from shared.domain.agent_run import EVIDENCE, AgentRun, agent_run_id
from shared.domain.approval import Approval
from shared.domain.evidence import LinkedEvidence
from shared.domain.ids import derived_id
from shared.domain.intent import Content, Decision, Intent, new_intent
from shared.domain.ledger import LedgerHead, Linked
from shared.domain.risk import Risk
from shared.domain.step import REVIEW
from shared.store.codec import to_fields

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
PERIOD = timedelta(days=30)
RUNS_OF_AN_INTENT = 25
_EVIDENCED = 10
"""Every how many runs the evidence stands as documents of its own, too."""
_BATCH = 500
Document = tuple[str, dict[str, Any]]


def seed(client: Client, runs: int, *, of_an_intent: int = RUNS_OF_AN_INTENT, begin: datetime = BEGIN) -> None:
    """Write so many completed runs, spread over `PERIOD` from `begin`, under approved intents of one owner."""
    waiting = _documents(runs, of_an_intent, begin)
    while batch := list(islice(waiting, _BATCH)):
        writes = client.batch()
        for path, fields in batch:
            writes.set(client.document(path), fields)
        writes.commit(timeout=60)


def _documents(runs: int, of_an_intent: int, begin: datetime) -> Iterator[Document]:
    for number in range(0, runs, of_an_intent):
        at = begin + PERIOD * (number / runs)
        yield from _History(f"{begin:%m}-{number}", at, PERIOD / runs).documents(min(of_an_intent, runs - number))


class _History:
    """An intent with its chain, which grows with every run under it."""

    def __init__(self, name: str, at: datetime, step: timedelta) -> None:
        self._name, self._step = name, step
        content = Content(kind="review", goal="Review the change", constraints="{}", success="Findings")
        risk = Risk(level="High", score=60, factors=(), policy_version="1")
        intent_id = derived_id("intent of a bench", name)
        self._intent = new_intent(content, risk, intent_id=intent_id, owner_id="owner", at=at)
        self._head = LedgerHead()

    def documents(self, runs: int) -> Iterator[Document]:
        """Everything that is stored of it, the intent itself last."""
        intent = self._intent
        approval_id = derived_id("approval of a bench", self._name)
        yield self._entry("create", intent.created_at)
        decision = Decision(
            approval_id=approval_id,
            seq=1,
            status="approved",
            intent_digest=intent.intent_digest,
            decided_by="approver",
            decided_at=intent.created_at,
            valid_to=intent.created_at + timedelta(days=60),
        )
        approval = Approval(
            **dict(decision),
            intent_id=intent.intent_id,
            owner_id=intent.owner_id,
            template_version="1",
            template_answers="{}",
        )
        self._intent = intent.decided(decision)
        yield from self._linked("approved", f"approvals/{approval_id}", to_fields(approval), intent.created_at)
        for number in range(runs):
            yield from self._run(number, decision, intent.created_at + self._step * number)
        kept = self._intent.model_copy(update={"ledger": self._head})
        yield f"intents/{intent.intent_id}", to_fields(kept)

    def _run(self, number: int, decision: Decision, at: datetime) -> Iterator[Document]:
        run = _run(self._intent, decision, f"{self._name}-{number}", at)
        path = f"agent-runs/{run.agent_run_id}"
        for action, state in (("start", run), ("complete", run.claimed("holder", at=at).completed(at=at))):
            yield self._entry(action, at, Linked(document=path, state=state.record()))
        yield path, to_fields(state)
        for kind in EVIDENCE if number % _EVIDENCED == 0 else ():
            evidence = _evidence(run, kind)
            yield from self._linked("attach", f"evidences/{evidence.evidence_id}", to_fields(evidence), at)

    def _linked(self, action: str, path: str, fields: dict[str, Any], at: datetime) -> Iterator[Document]:
        yield self._entry(action, at, Linked(document=path, state=fields))
        yield path, fields

    def _entry(self, action: str, at: datetime, linked: Linked | None = None) -> Document:
        self._intent = self._intent.model_copy(update={"updated_at": at})
        subject = f"intents/{self._intent.intent_id}"
        state = to_fields(self._intent)
        entry = ledger.append(
            self._head, subject=subject, action=action, actor="owner", state=state, at=at, linked=linked
        )
        self._head = LedgerHead(count=entry.seq, head=entry.hash)
        return f"{subject}/ledger/{entry.seq:08}", to_fields(entry)


def _run(intent: Intent, decision: Decision, run_id: str, at: datetime) -> AgentRun:
    return AgentRun(
        state=AgentRun.WAITING,
        stage=REVIEW.name,
        updated_at=at,
        agent_run_id=agent_run_id("owner", run_id),
        run_id=run_id,
        owner_id="owner",
        intent_id=intent.intent_id,
        intent_digest=intent.intent_digest,
        intent_kind="review",
        risk_level="High",
        requires_approval=True,
        approval_id=decision.approval_id,
        approval=decision.model_dump(by_alias=True),
        repo_full_name="sample-org/parcel-tracker",
        pr_number=41,
        pr_url="https://github.com/sample-org/parcel-tracker/pull/41",
        base_sha="b" * 40,
        head_sha="a" * 40,
        diff_hash="d" * 64,
        agent_name="reviewer",
        agent_version="1",
        model="offline",
        request_digest="0" * 64,
        created_at=at,
    )


def _evidence(run: AgentRun, kind: str) -> LinkedEvidence:
    return LinkedEvidence(
        evidence_id=derived_id("evidence", run.agent_run_id, kind),
        intent_id=run.intent_id,
        owner_id="owner",
        linked_type="agent_run",
        linked_id=run.agent_run_id,
        kind=kind,
        hash="0" * 64,
        attached_by="task:agent-runner",
        created_at=run.created_at,
    )
