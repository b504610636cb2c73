"""What the provisioning endpoints take and answer."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from shared.domain.errors import InvalidError
from shared.domain.provisioning_event import ProvisioningEvent, StructureType
from shared.domain.provisioning_job import FAILURES, Agent, FailureCode, JobStatus, ProvisioningJob
from shared.domain.provisioning_name import LONGEST, objection
from shared.web.fields import Id
from shared.web.period import PeriodQuery
from shared.web.typed import MAY_BE_ABSENT, SentHeaders, Shown, Strict

_Key = Annotated[str, Field(pattern=r"^[!-~]{1,200}$")]
_ENQUEUED = "Provisioning enqueued"


def _permitted(name: str) -> str:
    if why := objection(name):
        raise ValueError(why)
    return name


_Name = Annotated[str, Field(max_length=10 * LONGEST), AfterValidator(_permitted)]


class NewJob(Strict):
    """A repository that is to be made under an approved project intent."""

    intent_id: Id
    approval_id: Id
    repository_name: Annotated[
        _Name | None, Field(description="What it is called; made of the intent's goal where it is left out")
    ] = None
    structure_type: StructureType = "speckit-ready"
    agent: Annotated[
        Agent | None, Field(description="The coding agent whose commands are added; none where it is left out")
    ] = None
    request_key: Annotated[
        _Key | None, Field(description="The caller's own name for the job, as the header Idempotency-Key")
    ] = None


class KeyHeaders(SentHeaders):
    """The headers that are read."""

    idempotency_key: Annotated[
        _Key | None,
        Field(alias="Idempotency-Key", description="The caller's own name for the job; many calls make one"),
    ] = None

    def key(self, in_body: str | None) -> str | None:
        """The one key that is given; raises `InvalidError` for two that differ."""
        if self.idempotency_key and in_body and self.idempotency_key != in_body:
            raise InvalidError("is another key than the header Idempotency-Key", field="requestKey")
        return self.idempotency_key or in_body


class JobEnqueued(Shown):
    """A job that will be done, or was."""

    job_id: str
    intent_id: str
    repository_name: str
    message: str

    @classmethod
    def of(cls, job: ProvisioningJob) -> "JobEnqueued":
        """What whoever asked for it is told: the same each time."""
        return cls.model_validate({**vars(job), "message": _ENQUEUED})


class JobShown(Shown):
    """A job as it stands; what is known of the repository comes once it is made, `commitSha` with its content."""

    job_id: str
    intent_id: str
    approval_id: str
    owner_id: str
    status: JobStatus
    failure_code: FailureCode | None = None
    failure_reason: str | None = None
    organization: str
    repository_name: str
    structure_type: StructureType
    agent: Agent | None = None
    repo_full_name: str | None = None
    resource_url: str | None = None
    speckit_version: str | None = None
    commit_sha: str | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @classmethod
    def of(cls, job: ProvisioningJob) -> "JobShown":
        """A job as whoever may see it does."""
        code = job.failure_code
        derived: dict[str, Any] = {"status": job.status, "failure_code": code}
        return cls.model_validate({**vars(job), **derived, "failure_reason": FAILURES[code] if code else None})


class EventShown(Shown):
    """That a repository was made, under which intent and approval; `jobId` is the job that made it."""

    event_id: str
    job_id: str
    owner_id: str
    intent_id: str
    approval_id: str
    repo_full_name: str
    resource_url: str
    structure_type: StructureType
    speckit_version: str
    agent: str | None = None
    created_at: datetime

    @classmethod
    def of(cls, event: ProvisioningEvent) -> "EventShown":
        """An event as whoever may see it does."""
        return cls.model_validate({**dict(event), "job_id": event.event_id})


class EventQuery(PeriodQuery):
    """Which page of the events, of which period and intent."""

    intent_id: Annotated[Id, Field(description="Only what was made under this intent"), MAY_BE_ABSENT] = ""


class EventList(Shown):
    """A page of events, newest first."""

    events: list[EventShown]
    next_cursor: str | None = None
