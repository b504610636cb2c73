"""What the agent runs' endpoints take and answer."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, model_validator

from shared.domain.agent_run import AgentRun, FailureCode, RunStatus
from shared.web.fields import CommitSha, FullName, Id, Line, PrNumber, PrUrl, Sha256
from shared.web.period import PeriodQuery
from shared.web.typed import MAY_BE_ABSENT, Shown, Strict


class BreakGlass(Strict):
    """Running without approval: why it can't wait."""

    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class NewRun(Strict):
    """A review of one pull request at one commit, under an intent.

    `diffHash` is the SHA-256, in hex digits, of the diff as GitHub serves it (`application/vnd.github.diff`).
    """

    run_id: Annotated[Id | None, Field(description="The caller's own name for the run; many calls make one")] = None
    intent_id: Id
    approval_id: Id | None = None
    repo_full_name: FullName
    pr_number: PrNumber
    pr_url: PrUrl
    base_sha: Annotated[CommitSha, Field(alias="baseSHA")]
    head_sha: Annotated[CommitSha, Field(alias="headSHA")]
    diff_hash: Sha256
    agent_name: Line
    agent_version: Line
    model: Line
    publish: Annotated[bool, Field(description="Whether the review is posted on the pull request")] = False
    break_glass: BreakGlass | None = None

    @model_validator(mode="after")
    def _names_one_pull_request(self) -> "NewRun":
        if self.pr_url.lower() != f"https://github.com/{self.repo_full_name}/pull/{self.pr_number}".lower():
            raise ValueError("prUrl is not the address of this pull request")
        return self


class RunStarted(Shown):
    """A run, as it stands."""

    run_id: str
    agent_run_id: str
    status: RunStatus
    intent_id: str

    @classmethod
    def of(cls, run: AgentRun) -> "RunStarted":
        """What whoever started it is told."""
        return cls.model_validate(_shown(run))


class RunShown(RunStarted):
    """A run in a list."""

    owner_id: str
    approval_id: str | None = None
    break_glass: bool
    failure_code: FailureCode | None = None
    risk_level: str
    repo_full_name: str
    pr_number: int
    pr_url: str
    head_sha: Annotated[str, Field(alias="headSHA")]
    base_sha: Annotated[str, Field(alias="baseSHA")]
    diff_hash: str
    agent_name: str
    agent_version: str
    model: str
    publish: bool
    review_id: int | None = None
    evidence: list[str]
    findings: int | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @classmethod
    def of(cls, run: AgentRun) -> "RunShown":
        """A run as whoever may see it does."""
        return cls.model_validate(_shown(run))


class ReviewFigures(Shown):
    """Who reviewed, at what cost; hashes are SHA-256 in hex digits."""

    provider: str
    reviewed_by_model: str
    prompt_version: str
    prompt_hash: str
    output_hash: str
    tokens: int
    dropped: int
    seconds: float


class RunDetail(RunShown):
    """A run with its review, once there is one."""

    figures: ReviewFigures | None = None
    review: dict[str, Any] | None = None

    @classmethod
    def of_review(cls, run: AgentRun, review: dict[str, Any] | None) -> "RunDetail":
        """A run and what it found."""
        figures = ReviewFigures.model_validate(run) if run.output_hash else None
        return cls.model_validate({**_shown(run), "figures": figures, "review": review})


class RunQuery(PeriodQuery):
    """Which page of the runs, of which period and repository."""

    scope: Annotated[FullName, Field(description="Only runs on this repository, `owner/name`"), MAY_BE_ABSENT] = ""


class RunList(Shown):
    """A page of runs, newest first."""

    runs: list[RunShown]
    next_cursor: str | None = None


def _shown(run: AgentRun) -> dict[str, Any]:
    derived = {"status": run.state, "failure_code": run.failure_code, "break_glass": run.break_glass_reason is not None}
    return {**vars(run), **derived}
