"""What the exceptions' endpoints take and answer."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from shared.domain.exception_event import ExceptionType
from shared.domain.intent import Intent
from shared.domain.risk import RiskLevel
from shared.web.paging import PageQuery
from shared.web.typed import Shown


class ExceptionQuery(PageQuery):
    """Which page of the exceptions, of which type."""

    type: Annotated[ExceptionType | None, Field(description="Only exceptions of this type")] = None


class ExceptionShown(Shown):
    """Something that went wrong or past the rule; `retriedAt` says that it has been tried again."""

    exception_id: str
    type: ExceptionType
    actor_id: str
    reason: str
    detail: str
    intent_id: str | None = None
    approval_id: str | None = None
    run_id: str | None = None
    job_id: str | None = None
    repo_full_name: str | None = None
    pr_number: int | None = None
    created_at: datetime
    retried_at: datetime | None = None
    retried_by: str | None = None


class ExpiredApproval(Shown):
    """An approval that was the latest decision on its intent when it ran out."""

    approval_id: str
    intent_id: str
    goal: str
    risk_level: RiskLevel
    decided_by: str
    valid_to: datetime

    @classmethod
    def of(cls, intent: Intent) -> "ExpiredApproval":
        """The latest decision on the intent."""
        assert intent.decision
        return cls.model_validate({**dict(intent), **dict(intent.decision), "risk_level": intent.risk.level})


class ExceptionInbox(Shown):
    """A page of exceptions, newest first, and the approvals that expired last."""

    items: list[ExceptionShown]
    expired_approvals: list[ExpiredApproval]
    next_cursor: str | None = None
