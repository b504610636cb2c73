"""An agent run: one AI review of one pull request under one intent, and the states it goes through.

`run_id` is the caller's own name for it, theirs alone: the document's id is derived from both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, ClassVar, Literal, Self

from pydantic.alias_generators import to_camel

from shared.domain.ids import derived_id
from shared.domain.step import Step

RunStatus = Literal["queued", "running", "completed", "failed"]
FailureCode = Literal[
    "approval_invalid",
    "repository_not_connected",
    "head_moved",
    "diff_mismatch",
    "diff_unavailable",
    "publish_refused",
    "workers_lost",
    "unavailable",
]
_FAILURES: tuple[FailureCode, ...] = (
    "approval_invalid",
    "repository_not_connected",
    "head_moved",
    "diff_mismatch",
    "diff_unavailable",
    "publish_refused",
    "workers_lost",
)
EVIDENCE = ("pr_url", "diff_hash", "prompt_hash", "output_hash")
"""The kinds of evidence that the runner attaches to every run that is complete."""
# What drives a run through its queue is not what was done: it changes without an entry in the ledger.
_OF_THE_QUEUE = frozenset({each.name for each in fields(Step)} - {"state"})


@dataclass(frozen=True, kw_only=True)
class AgentRun(Step):
    """A run as it is kept. `approval` is the decision under which it was started, as it was then.

    `evidence` are the kinds of evidence that are attached, `review_id` is GitHub's number of the published review.
    Figures of the review are None until there is one; `seconds` is how long it took.
    """

    WAITING: ClassVar[str] = "queued"
    RUNNING: ClassVar[str] = "running"
    TOLD: ClassVar[Mapping[str, str]] = {"actor": "owner_id", "intent": "intent_id", "repository": "repo_full_name"}

    agent_run_id: str
    run_id: str
    owner_id: str
    intent_id: str
    intent_digest: str
    intent_kind: str
    risk_level: str
    requires_approval: bool
    approval_id: str | None = None
    approval: Mapping[str, Any] | None = None
    break_glass_reason: str | None = None
    repo_full_name: str
    pr_number: int
    pr_url: str
    base_sha: str
    head_sha: str
    diff_hash: str
    agent_name: str
    agent_version: str
    model: str
    publish: bool = False
    request_digest: str
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    evidence: list[str] = field(default_factory=list)
    findings: int | None = None
    dropped: int | None = None
    provider: str | None = None
    reviewed_by_model: str | None = None
    prompt_version: str | None = None
    prompt_hash: str | None = None
    output_hash: str | None = None
    tokens: int | None = None
    seconds: float | None = None
    review_id: int | None = None

    @property
    def failure_code(self) -> FailureCode | None:
        """Why it failed, in one of the words for that; None unless it has."""
        if self.state != self.FAILED:
            return None
        return next((code for code in _FAILURES if code == self.last_error), "unavailable")

    def claimed(self, holder: str, *, at: datetime) -> Self:
        """The run in the hands of `holder`; its first claim is when it started."""
        return replace(super().claimed(holder, at=at), started_at=self.started_at or at)

    def ended(self, state: str, *, at: datetime, error: str | None = None) -> Self:
        """The run at rest."""
        return replace(super().ended(state, at=at, error=error), finished_at=at)

    def completed(self, *, at: datetime) -> Self:
        """The run with its review, and with the evidence that the runner attaches."""
        kinds = [*EVIDENCE, "review_url"] if self.review_id else EVIDENCE
        return self.ended("completed", at=at).with_evidence(*kinds)

    def record(self) -> dict[str, Any]:
        """What the ledger keeps of it: everything but how the queue drove it."""
        kept = {
            to_camel(each.name): getattr(self, each.name) for each in fields(self) if each.name not in _OF_THE_QUEUE
        }
        return {**kept, "failureCode": self.failure_code}

    def with_evidence(self, *kinds: str) -> Self:
        """The run with these kinds of evidence attached."""
        return replace(self, evidence=sorted({*self.evidence, *kinds}))

    def carrying(self, now: Step) -> Self:
        """The run, with what people have attached to it meanwhile."""
        carried = super().carrying(now)
        return carried.with_evidence(*now.evidence) if isinstance(now, AgentRun) else carried


def agent_run_id(owner_id: str, run_id: str) -> str:
    """The id of the document: two people may call their runs the same."""
    return derived_id("agent-run", owner_id, run_id)
