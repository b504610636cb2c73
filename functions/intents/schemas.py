"""What the intents' endpoints take and answer."""

import json
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from functions.intents.intents import History
from shared.domain.agent_run import AgentRun, FailureCode, RunStatus
from shared.domain.approval import Approval
from shared.domain.intent import Content, DecisionStatus, Intent, Kind
from shared.domain.ledger import canonical_json
from shared.domain.risk import RiskLevel
from shared.web.fields import CommitSha, FullName, Id, JsonList, JsonObject, PrNumber, PrUrl, Sha256, bounded_json, said
from shared.web.paging import PageQuery
from shared.web.risk import RiskFactorShown
from shared.web.typed import MAY_BE_ABSENT, Shown, Strict

_LONGEST = 10_000
_Text = Annotated[str, Field(min_length=1, max_length=_LONGEST), AfterValidator(said)]


class PrMeta(Strict):
    """The pull request that an intent is about; members that are not listed here are kept and digested, too."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"additionalProperties": True})

    repo_full_name: Annotated[FullName, MAY_BE_ABSENT] = ""
    pr_number: Annotated[PrNumber, MAY_BE_ABSENT] = 1
    pr_url: Annotated[PrUrl, MAY_BE_ABSENT] = ""
    base_sha: Annotated[CommitSha, Field(alias="baseSHA"), MAY_BE_ABSENT] = ""
    head_sha: Annotated[CommitSha, Field(alias="headSHA"), MAY_BE_ABSENT] = ""
    diff_hash: Annotated[Sha256, MAY_BE_ABSENT] = ""


class NewIntent(Strict):
    """What an agent is to do, under which constraints, and what success is; `type` is taken for `kind`."""

    goal: _Text
    constraints: JsonObject | JsonList
    success: _Text
    pr_meta: Annotated[PrMeta, bounded_json(), MAY_BE_ABSENT] | None = None
    kind: Annotated[Kind | None, Field(description="What comes of it: a review (the default) or a project")] = None
    type: Annotated[Kind | None, Field(description="The same as `kind`")] = None
    supersedes: Annotated[Id | None, Field(description="The intent that this one takes the place of")] = None

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> "NewIntent":
        if self.kind and self.type and self.kind != self.type:
            raise ValueError("kind and type say different things")
        return self

    def content(self) -> Content:
        """What is stated, as it is kept."""
        pr_meta = None if self.pr_meta is None else self.pr_meta.model_dump(by_alias=True, exclude_unset=True)
        return Content(
            kind=self.kind or self.type or "review",
            goal=self.goal,
            constraints=canonical_json(self.constraints),
            success=self.success,
            pr_meta=None if pr_meta is None else canonical_json(pr_meta),
            supersedes=self.supersedes,
        )


class IntentQuery(PageQuery):
    """Which page of the intents."""


class IntentCreated(Shown):
    """A new intent, and whether it waits for approval."""

    intent_id: str
    risk_level: RiskLevel
    requires_approval: bool
    intent_digest: str

    @classmethod
    def of(cls, intent: Intent) -> "IntentCreated":
        """What its owner is told."""
        return cls.model_validate({**dict(intent), "risk_level": intent.risk.level})


class DecisionShown(Shown):
    """A decision on an intent."""

    approval_id: str
    seq: int
    status: DecisionStatus
    decided_by: str
    decided_at: datetime
    valid_to: datetime | None = None
    self_approved: bool


class ApprovalShown(DecisionShown):
    """A decision with the answers that were given, and the questions that were left open."""

    template_version: str
    template_answers: dict[str, Any]
    unanswered: list[str]

    @classmethod
    def of_approval(cls, approval: Approval) -> "ApprovalShown":
        """A decision as it was made."""
        return cls.model_validate({**dict(approval), "template_answers": json.loads(approval.template_answers)})


class IntentShown(IntentCreated):
    """An intent, its risk and the latest decision on it."""

    owner_id: str
    kind: Kind
    goal: str
    constraints: dict[str, Any] | list[Any]
    success: str
    pr_meta: dict[str, Any] | None = None
    supersedes: str | None = None
    superseded_by: str | None = None
    risk_score: int
    risk_factors: list[RiskFactorShown]
    policy_version: str
    awaiting_approval: bool
    decision: DecisionShown | None = None
    created_at: datetime

    @classmethod
    def of(cls, intent: Intent) -> "IntentShown":
        """An intent as whoever may see it does."""
        return cls.model_validate(_shown(intent))


class RunSummary(Shown):
    """A run under the intent."""

    agent_run_id: str
    run_id: str
    status: RunStatus
    failure_code: FailureCode | None = None
    approval_id: str | None = None
    created_at: datetime

    @classmethod
    def of(cls, run: AgentRun) -> "RunSummary":
        """A run in short."""
        return cls(**{**vars(run), "status": run.state, "failure_code": run.failure_code})


class IntentDetail(IntentShown):
    """An intent with every decision on it and every run under it, the first 200 of each."""

    approvals: list[ApprovalShown]
    runs: list[RunSummary]

    @classmethod
    def of_history(cls, intent: Intent, history: History) -> "IntentDetail":
        """An intent and what became of it."""
        approvals = [ApprovalShown.of_approval(each) for each in history.approvals]
        runs = [RunSummary.of(each) for each in history.runs]
        return cls.model_validate({**_shown(intent), "approvals": approvals, "runs": runs})


class IntentList(Shown):
    """A page of intents, newest first."""

    intents: list[IntentShown]
    next_cursor: str | None = None


def _shown(intent: Intent) -> dict[str, Any]:
    return {
        **dict(intent),
        "constraints": json.loads(intent.constraints),
        "pr_meta": intent.pr(),
        "risk_level": intent.risk.level,
        "risk_score": intent.risk.score,
        "risk_factors": intent.risk.factors,
        "policy_version": intent.risk.policy_version,
    }
