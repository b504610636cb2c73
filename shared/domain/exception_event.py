"""An exception: something that a person should look at, kept as it happened.

`owner_ids` are the people whose business it is; approvers and auditors see every one of them.
"""

from typing import Literal

from shared.domain.document import Document, Instant
from shared.domain.errors import InvalidStateError

ExceptionType = Literal[
    "unapproved_attempt",
    "approval_expired",
    "approval_invalid",
    "break_glass",
    "break_glass_denied",
    "self_approval",
    "run_failed",
    "event_failed",
    "provisioning_failed",
]
RETRYABLE: tuple[ExceptionType, ...] = ("event_failed", "provisioning_failed")


class ExceptionEvent(Document):
    """What went wrong, or past the rule, with whom and when.

    `subject` is the path of the document that it is about, `reason` a stable code, `detail` a sentence for people.
    """

    exception_id: str
    type: ExceptionType
    owner_ids: tuple[str, ...]
    actor_id: str
    subject: str
    reason: str
    detail: str = ""
    intent_id: str | None = None
    approval_id: str | None = None
    run_id: str | None = None
    job_id: str | None = None
    repo_full_name: str | None = None
    pr_number: int | None = None
    created_at: Instant
    retried_at: Instant | None = None
    retried_by: str | None = None

    def retried(self, *, by: str, at: Instant) -> "ExceptionEvent":
        """The exception marked as tried again; raises `InvalidStateError` for what can't be."""
        if self.type not in RETRYABLE:
            raise InvalidStateError("this can't be tried again: what it tells of was refused, not interrupted")
        return self.model_copy(update={"retried_at": at, "retried_by": by})
