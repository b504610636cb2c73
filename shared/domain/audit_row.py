"""A run as an auditor sees it: what it was done under, and which of the links that it must have are missing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shared.domain.agent_run import EVIDENCE, AgentRun

Deficiency = Literal[
    "missing_intent", "missing_approval", "approval_expired", "missing_evidence", "ledger_broken", "break_glass"
]
LINKS: tuple[Deficiency, ...] = ("missing_intent", "missing_approval", "approval_expired", "missing_evidence")
"""Those that are about a link of the run itself; the others are about its chain, and about a rule gone past."""


@dataclass(frozen=True)
class AuditRow:
    """One run; `ledger_fault` names the first bad entry of its intent's chain, where there is one."""

    agent_run_id: str
    run_id: str
    owner_id: str
    intent_id: str
    approval_id: str | None
    self_approved: bool
    status: str
    risk_level: str
    repo_full_name: str
    pr_number: int
    evidence: tuple[str, ...]
    created_at: datetime
    deficiencies: tuple[Deficiency, ...]
    ledger_fault: str | None = None

    @property
    def is_linked(self) -> bool:
        """Whether its intent, the approval that it needs and its evidence are all there."""
        return not set(self.deficiencies) & set(LINKS)


def audit_row(run: AgentRun, *, intent_exists: bool, ledger_fault: str | None = None) -> AuditRow:
    """The run with what it lacks; the approval is the one that was in force when the run was started."""
    return AuditRow(
        agent_run_id=run.agent_run_id,
        run_id=run.run_id,
        owner_id=run.owner_id,
        intent_id=run.intent_id,
        approval_id=run.approval_id,
        self_approved=bool((run.approval or {}).get("selfApproved")),
        status=run.state,
        risk_level=run.risk_level,
        repo_full_name=run.repo_full_name,
        pr_number=run.pr_number,
        evidence=tuple(run.evidence),
        created_at=run.created_at,
        deficiencies=tuple(_missing(run, intent_exists=intent_exists, ledger_fault=ledger_fault)),
        ledger_fault=ledger_fault,
    )


def _missing(run: AgentRun, *, intent_exists: bool, ledger_fault: str | None) -> Iterator[Deficiency]:
    """In the order of `Deficiency`. Breaking the glass does not make up for an approval: both are told."""
    if not intent_exists:
        yield "missing_intent"
    approval = run.approval if run.approval_id else None
    if run.requires_approval or run.approval_id:
        if not approval or not _approves(approval, run):
            yield "missing_approval"
        elif _is_expired(approval, run):
            yield "approval_expired"
    if run.state == "completed" and not set(EVIDENCE) <= set(run.evidence):
        yield "missing_evidence"
    if ledger_fault:
        yield "ledger_broken"
    if run.break_glass_reason is not None:
        yield "break_glass"


def _approves(approval: Mapping[str, Any], run: AgentRun) -> bool:
    """Whether it is the approval that the run names, given for what the run's intent says."""
    given = (approval.get("approvalId"), approval.get("status"), approval.get("intentDigest"))
    return given == (run.approval_id, "approved", run.intent_digest)


def _is_expired(approval: Mapping[str, Any], run: AgentRun) -> bool:
    """Whether it had ended when the run was started or, for one that went through, when it was first claimed."""
    valid_to = approval.get("validTo")
    claimed = run.started_at if run.state == "completed" else None
    return not isinstance(valid_to, datetime) or max(run.created_at, claimed or run.created_at) >= valid_to
