"""A provisioning job: one repository that is made under one approved project intent, and the states it goes through.

Its id is derived from its owner and their key for it, or from the intent and the name, so that asking twice makes one.
The repository carries the id in its description from its creation on: by that mark it is known again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, Self, get_args

from pydantic.alias_generators import to_camel

from shared.domain.ids import derived_id
from shared.domain.provisioning_event import StructureType
from shared.domain.step import INITIALIZE, Stage, Step

JobStatus = Literal["queued", "creating", "initializing", "completed", "failed"]
Agent = Literal["copilot", "claude", "gemini", "codex"]
FailureCode = Literal[
    "approval_invalid",
    "name_taken",
    "organization_required",
    "app_not_installed",
    "github_refused",
    "not_ready",
    "repository_changed",
    "speckit_failed",
    "workers_lost",
    "unavailable",
]
FAILURES: Mapping[FailureCode, str] = {
    "approval_invalid": "the approval under which it was asked for does not hold any more",
    "name_taken": "a repository of that name is there, and it is not this job's: it has not been touched",
    "organization_required": "repositories are made in organisations, and the configured account is a person's",
    "app_not_installed": "the App that makes repositories is not installed in the organisation",
    "github_refused": "GitHub does not let the App make or fill the repository",
    "not_ready": "GitHub has not shown the repository in time; try again later",
    "repository_changed": "somebody has put something into the repository before its first content was there",
    "speckit_failed": "spec-kit's command does not make the content",
    "workers_lost": "every worker was lost",
    "unavailable": "something that it needs did not answer, however often it was asked",
}
NOT_READY = "not_ready"
PATIENCE = timedelta(minutes=2)
"""How long GitHub may not show what it has made."""
# What drives a job through its queue is not what was done: it changes without an entry in the ledger.
_OF_THE_QUEUE = frozenset({each.name for each in fields(Step)} - {"state"} | {"unseen_since"})


@dataclass(frozen=True, kw_only=True)
class ProvisioningJob(Step):
    """A job as it is kept. `approval` is the decision under which it was asked for, as it was then.

    `unseen_since` is since when GitHub does not show the repository; what is known of the repository is None until it
    is made, `commit_sha` until it has its content.
    """

    WAITING: ClassVar[str] = "queued"
    RUNNING: ClassVar[str] = "running"
    TOLD: ClassVar[Mapping[str, str]] = {"actor": "owner_id", "intent": "intent_id", "repository": "repo_full_name"}

    break_glass_reason: ClassVar[None] = None
    """No glass is broken for a repository: it is made under an approval or not at all."""

    job_id: str
    owner_id: str
    intent_id: str
    intent_digest: str
    approval_id: str
    approval: Mapping[str, Any]
    organization: str
    repository_name: str
    structure_type: StructureType
    agent: Agent | None = None
    request_digest: str
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    unseen_since: datetime | None = None
    github_repository_id: int | None = None
    default_branch: str | None = None
    repo_full_name: str | None = None
    resource_url: str | None = None
    speckit_version: str | None = None
    commit_sha: str | None = None

    @property
    def status(self) -> JobStatus:
        """Where it is, in the words of the API."""
        match self.state:
            case "completed":
                return "completed"
            case self.FAILED:
                return "failed"
        if self.stage == INITIALIZE.name:
            return "initializing"
        return "creating" if self.started_at else "queued"

    @property
    def failure_code(self) -> FailureCode | None:
        """Why it failed, in one of the words for that; None unless it has."""
        if self.state != self.FAILED:
            return None
        codes: tuple[FailureCode, ...] = get_args(FailureCode)
        return next((code for code in codes if code == self.last_error), "unavailable")

    @property
    def marker(self) -> str:
        """What the repository's description carries."""
        return f"worklog-job:{self.job_id}"

    def claimed(self, holder: str, *, at: datetime) -> Self:
        """The job in the hands of `holder`; its first claim is when it started."""
        return replace(super().claimed(holder, at=at), started_at=self.started_at or at)

    def is_out_of_patience(self, at: datetime) -> bool:
        """Whether GitHub has not shown the repository for as long as we wait for that."""
        return self.unseen_since is not None and at - self.unseen_since >= PATIENCE

    def made(self, repository_id: int, *, full_name: str, url: str, branch: str, speckit_version: str) -> Self:
        """The job with its repository."""
        return replace(
            self,
            github_repository_id=repository_id,
            repo_full_name=full_name,
            resource_url=url,
            default_branch=branch,
            speckit_version=speckit_version,
        )

    def moved_to(self, stage: Stage, *, at: datetime) -> Self:
        """The job waiting for its next stage."""
        return replace(super().moved_to(stage, at=at), unseen_since=None)

    def postponed(self, error: str, *, after: float, at: datetime) -> Self:
        """The job waiting again; what GitHub does not show is waited for from the first time on that it did not."""
        unseen = (self.unseen_since or at) if error == NOT_READY else None
        return replace(super().postponed(error, after=after, at=at), unseen_since=unseen)

    def revived(self, *, at: datetime) -> Self:
        """A failed job waiting at the stage where it failed, with all of its patience."""
        return replace(super().revived(at=at), unseen_since=None, finished_at=None)

    def ended(self, state: str, *, at: datetime, error: str | None = None) -> Self:
        """The job at rest."""
        return replace(super().ended(state, at=at, error=error), finished_at=at)

    def completed(self, commit_sha: str, *, at: datetime) -> Self:
        """The job whose repository has its content."""
        return replace(self.ended("completed", at=at), commit_sha=commit_sha)

    def record(self) -> dict[str, Any]:
        """What the ledger keeps of it: everything but how the queue drove it."""
        kept = {
            to_camel(each.name): getattr(self, each.name) for each in fields(self) if each.name not in _OF_THE_QUEUE
        }
        return {**kept, "status": self.status, "failureCode": self.failure_code}


def job_id_of_key(owner_id: str, key: str) -> str:
    """The id of the job that a person calls by this key."""
    return derived_id("provisioning-job", owner_id, "key", key)


def job_id_of_name(owner_id: str, intent_id: str, name: str) -> str:
    """The id of the job for a repository of this name under an intent; GitHub's names know no case."""
    return derived_id("provisioning-job", owner_id, "name", f"{intent_id}/{name.lower()}")
