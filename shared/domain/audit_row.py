"""A run, or a repository that was made, as an auditor sees it: what it was done under, and which links are missing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Self, get_args

from shared.domain.agent_run import EVIDENCE, AgentRun
from shared.domain.provisioning_event import ProvisioningEvent

Deficiency = Literal[
    "missing_intent", "missing_approval", "approval_expired", "missing_evidence", "ledger_broken", "break_glass"
]
LINKS: tuple[Deficiency, ...] = ("missing_intent", "missing_approval", "approval_expired", "missing_evidence")
"""Those that are about a link of the row itself; the others are about its chain, and about a rule gone past."""
_ORDER: tuple[Deficiency, ...] = get_args(Deficiency)


@dataclass(frozen=True, kw_only=True)
class Audited:
    """What every row has; `ledger_fault` names the first bad entry of its intent's chain, where there is one."""

    owner_id: str
    intent_id: str
    approval_id: str | None
    self_approved: bool
    repo_full_name: str
    created_at: datetime
    deficiencies: tuple[Deficiency, ...]
    ledger_fault: str | None = None

    @property
    def is_linked(self) -> bool:
        """Whether its intent, the approval that it needs and its evidence are all there."""
        return not set(self.deficiencies) & set(LINKS)

    def judged(self, *, intent_exists: bool, ledger_fault: str | None = None) -> Self:
        """The row once it is known whether its intent is there, and whether that one's chain holds."""
        found = {*self.deficiencies}
        found |= set() if intent_exists else {"missing_intent"}
        found |= {"ledger_broken"} if ledger_fault else set()
        return replace(self, deficiencies=tuple(sorted(found, key=_ORDER.index)), ledger_fault=ledger_fault)


@dataclass(frozen=True, kw_only=True)
class AuditRow(Audited):
    """One run."""

    agent_run_id: str
    run_id: str
    status: str
    risk_level: str
    pr_number: int
    evidence: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class EventRow(Audited):
    """One provisioned repository."""

    event_id: str
    resource_url: str
    structure_type: str


def audit_row(run: AgentRun, *, intent_exists: bool = True, ledger_fault: str | None = None) -> AuditRow:
    """The run with what it lacks; the approval is the one that was in force when the run was started.

    Raises TypeError, ValueError or AttributeError for a run whose fields are of other types than they were.
    """
    row = AuditRow(
        agent_run_id=str(run.agent_run_id),
        run_id=str(run.run_id),
        owner_id=str(run.owner_id),
        intent_id=str(run.intent_id),
        approval_id=None if run.approval_id is None else str(run.approval_id),
        self_approved=bool((run.approval or {}).get("selfApproved")),
        status=str(run.state),
        risk_level=str(run.risk_level),
        repo_full_name=str(run.repo_full_name),
        pr_number=int(run.pr_number),
        evidence=tuple(map(str, run.evidence)),
        created_at=run.created_at,
        deficiencies=tuple(_missing(run)),
    )
    return row.judged(intent_exists=intent_exists, ledger_fault=ledger_fault)


def event_row(event: ProvisioningEvent, *, intent_exists: bool = True, ledger_fault: str | None = None) -> EventRow:
    """The provisioned repository with what it lacks; its address is its evidence."""
    row = EventRow(
        event_id=event.event_id,
        owner_id=event.owner_id,
        intent_id=event.intent_id,
        approval_id=event.approval_id,
        self_approved=bool(event.approval.get("selfApproved")),
        repo_full_name=event.repo_full_name,
        resource_url=event.resource_url,
        structure_type=event.structure_type,
        created_at=event.created_at,
        deficiencies=tuple(_missing_of_event(event)),
    )
    return row.judged(intent_exists=intent_exists, ledger_fault=ledger_fault)


def unreadable_run(document_id: str, created_at: datetime) -> AuditRow:
    """The row of a document that is no run any more: it must not go unseen for that."""
    return AuditRow(
        agent_run_id=document_id,
        run_id=document_id,
        owner_id="",
        intent_id="",
        approval_id=None,
        self_approved=False,
        status="unreadable",
        risk_level="",
        repo_full_name="",
        pr_number=0,
        evidence=(),
        created_at=created_at,
        deficiencies=("ledger_broken",),
        ledger_fault="the document is no run any more",
    )


def unreadable_event(document_id: str, created_at: datetime) -> EventRow:
    """The row of a document that is no provisioning event any more."""
    return EventRow(
        event_id=document_id,
        owner_id="",
        intent_id="",
        approval_id=None,
        self_approved=False,
        repo_full_name="",
        resource_url="",
        structure_type="",
        created_at=created_at,
        deficiencies=("ledger_broken",),
        ledger_fault="the document is no provisioning event any more",
    )


def _missing(run: AgentRun) -> Iterator[Deficiency]:
    """What the run itself tells. Breaking the glass does not make up for an approval: both are told."""
    if run.requires_approval or run.approval_id:
        claimed = run.started_at if run.state == "completed" else None
        yield from _of_approval(
            run.approval if run.approval_id else None,
            named=(run.approval_id, "approved", run.intent_digest),
            at=max(run.created_at, claimed or run.created_at),
        )
    if run.state == "completed" and not set(EVIDENCE) <= set(run.evidence):
        yield "missing_evidence"
    if run.break_glass_reason is not None:
        yield "break_glass"


def _missing_of_event(event: ProvisioningEvent) -> Iterator[Deficiency]:
    yield from _of_approval(
        event.approval, named=(event.approval_id, "approved", event.intent_digest), at=event.created_at
    )
    if not event.resource_url:
        yield "missing_evidence"


def _of_approval(
    approval: Mapping[str, Any] | None, *, named: tuple[str | None, str, str], at: datetime
) -> Iterator[Deficiency]:
    """What is wrong with the approval: it has to be the named one, for what the intent says, and not over by then."""
    if not approval or named != (approval.get("approvalId"), approval.get("status"), approval.get("intentDigest")):
        yield "missing_approval"
        return
    valid_to = approval.get("validTo")
    if not isinstance(valid_to, datetime) or at >= valid_to:
        yield "approval_expired"
