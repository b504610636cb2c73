"""An approval: a decision about one intent, bound to exactly what the intent says; and whether it holds.

Decisions are never changed: a later one replaces an earlier one. Whether an approval holds is asked when a run is
started and again when it executes, here and nowhere else.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.document import Document, Instant
from shared.domain.errors import ForbiddenError, InvalidError
from shared.domain.exception_event import ExceptionType
from shared.domain.intent import Decision, DecisionStatus, Intent

LONGEST = timedelta(days=90)
Policy = Literal["record", "enforce"]
"""What becomes of an approval of one's own intent: it is recorded as such, or refused."""


class Approval(Document):
    """A decision as it is kept; `template_answers` is JSON, `unanswered` the questions that were left open."""

    approval_id: str
    intent_id: str
    owner_id: str
    seq: int
    status: DecisionStatus
    intent_digest: str
    template_version: str
    template_answers: str
    unanswered: tuple[str, ...] = ()
    valid_to: Instant | None = None
    self_approved: bool = False
    decided_by: str
    decided_at: Instant


@dataclass(frozen=True)
class Refusal:
    """Why nothing may be done under an intent: a stable `code`, a sentence, and the exception that the attempt is."""

    code: str
    reason: str
    exception: ExceptionType


_MISSING = Refusal("approval_required", "this intent needs an approval, and none is named", "unapproved_attempt")
_NOT_LATEST = Refusal("approval_replaced", "this is not the latest decision on the intent", "unapproved_attempt")
_NOT_APPROVED = Refusal("not_approved", "the latest decision on the intent is no approval", "unapproved_attempt")
_SELF_APPROVED = Refusal("self_approved", "an approval of one's own intent does not count here", "unapproved_attempt")
CHANGED = Refusal("intent_changed", "the intent is not what was approved", "approval_invalid")
_EXPIRED = Refusal("approval_expired", "the approval is no longer valid", "approval_expired")


def check_validity(status: DecisionStatus, valid_to: datetime | None, *, at: datetime) -> None:
    """Raise `InvalidError` unless a decision may hold until `valid_to`: an approval ends, within ninety days."""
    if valid_to is None:
        if status == "approved":
            raise InvalidError("an approval says until when it is valid", field="validTo")
    elif not at < valid_to <= at + LONGEST:
        raise InvalidError(f"lies in the future, at most {LONGEST.days} days ahead", field="validTo")


def decide(
    intent: Intent,
    status: DecisionStatus,
    *,
    approval_id: str,
    actor_id: str,
    valid_to: datetime | None,
    policy: Policy,
    at: datetime,
) -> Decision:
    """The decision that comes next on the intent.

    Raises `InvalidError` for a time it can't be valid to, or where the intent is not what its owner stated;
    `ForbiddenError` for an approval of one's own intent where the policy is to enforce that somebody else decides.
    """
    check_validity(status, valid_to, at=at)
    own = status == "approved" and actor_id == intent.owner_id
    if own and policy == "enforce":
        raise ForbiddenError("somebody else approves this")
    if not intent.is_unchanged:
        raise InvalidError("the intent has been changed since it was stated", code=CHANGED.code)
    return Decision(
        approval_id=approval_id,
        seq=intent.decision.seq + 1 if intent.decision else 1,
        status=status,
        intent_digest=intent.intent_digest,
        decided_by=actor_id,
        decided_at=at,
        valid_to=valid_to,
        self_approved=own,
    )


def refusal(intent: Intent, approval_id: str | None, *, policy: Policy, at: datetime) -> Refusal | None:
    """Why nothing may be done under the intent with this approval at that time; None when it may be.

    An approval holds when it is the latest decision, an approval, before its end (strictly), given for the very
    content that the intent has, and by somebody else where the policy enforces that. Where none is needed none has to
    be named, but one that is named has to hold.
    """
    if approval_id is None:
        objections = [(not intent.is_unchanged, CHANGED), (intent.requires_approval, _MISSING)]
    else:
        objections = _objections(intent, approval_id, policy=policy, at=at)
    return next((refused for holds, refused in objections if holds), None)


def _objections(intent: Intent, approval_id: str, *, policy: Policy, at: datetime) -> list[tuple[bool, Refusal]]:
    """What may stand against a named approval, and whether it does, the gravest first."""
    decision = intent.decision
    if decision is None or decision.approval_id != approval_id:
        return [(not intent.is_unchanged, CHANGED), (True, _NOT_LATEST)]
    return [
        (not intent.is_unchanged, CHANGED),
        (decision.status != "approved" or decision.valid_to is None, _NOT_APPROVED),
        (decision.valid_to is not None and at >= decision.valid_to, _EXPIRED),
        (decision.intent_digest != intent.intent_digest, CHANGED),
        (policy == "enforce" and decision.decided_by == intent.owner_id, _SELF_APPROVED),
    ]
