"""What the approvals' endpoints take and answer."""

import json
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from shared.domain.approval_template import Template
from shared.domain.intent import DecisionStatus, Intent, Kind
from shared.domain.risk import RiskLevel
from shared.web.fields import Id, JsonObject, Moment
from shared.web.paging import PageQuery
from shared.web.risk import RiskFactorShown
from shared.web.typed import Shown, Strict


class NewApproval(Strict):
    """A decision on an intent; an approval says until when it is valid, at most 90 days ahead."""

    intent_id: Id
    status: DecisionStatus
    template_answers: Annotated[JsonObject, Field(description="Answers by the ids of the template's questions")] = (
        Field(default_factory=dict)
    )
    valid_to: Moment | None = None


class ApprovalCreated(Shown):
    """A decision, and which of the template's questions it left open."""

    approval_id: str
    intent_id: str
    status: DecisionStatus
    valid_to: datetime | None = None
    intent_digest: str
    self_approved: bool
    unanswered: list[str]
    decided_at: datetime


class InboxQuery(PageQuery):
    """Which page of what waits."""


class InboxItem(Shown):
    """An intent that waits for a decision, with what is needed to decide."""

    intent_id: str
    kind: Kind
    owner_id: str
    goal: str
    constraints: dict[str, Any] | list[Any]
    success: str
    pr_meta: dict[str, Any] | None = None
    risk_level: RiskLevel
    risk_factors: list[RiskFactorShown]
    policy_version: str
    intent_digest: str
    supersedes: str | None = None
    created_at: datetime

    @classmethod
    def of(cls, intent: Intent) -> "InboxItem":
        """An intent as whoever decides sees it."""
        said = {"constraints": json.loads(intent.constraints), "pr_meta": intent.pr()}
        risk = {"risk_level": intent.risk.level, "risk_factors": intent.risk.factors}
        return cls.model_validate({**dict(intent), **said, **risk, "policy_version": intent.risk.policy_version})


class ApprovalInbox(Shown):
    """A page of what waits for a decision, newest first."""

    items: list[InboxItem]
    next_cursor: str | None = None


class TemplateQuery(Strict):
    """For what kind of intent, of which risk."""

    risk_level: Annotated[RiskLevel, Field(description="The risk of the intent")] = "High"
    kind: Annotated[Kind, Field(description="What comes of the intent")] = "review"


class QuestionShown(Shown):
    """A question in English and in Japanese."""

    id: str
    text: str
    ja: str


class TemplateShown(Shown):
    """The questions that an approver is asked; those left open are recorded."""

    version: str
    risk_level: RiskLevel
    kind: Kind
    questions: list[QuestionShown]

    @classmethod
    def of(cls, template: Template, level: RiskLevel, kind: Kind) -> "TemplateShown":
        """The questions for an intent of this risk and kind."""
        asked = [QuestionShown.model_validate(each) for each in template.asked(level, kind)]
        return cls(version=template.version, risk_level=level, kind=kind, questions=asked)
