"""An intent: what an agent is to do, stated before it does it; its content never changes.

The head of its ledger and the latest decision stand on it, so that whoever writes under the precondition that the
intent is as it was read knows that neither a decision nor anything else has come between.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal

from shared.domain.document import Document, Instant
from shared.domain.ledger import EMPTY, LedgerHead, canonical_json
from shared.domain.risk import Risk

Kind = Literal["review", "project"]
DecisionStatus = Literal["approved", "rejected", "sent_back"]


class Content(Document):
    """What a person states; `constraints` and `pr_meta` are JSON kept as text: their depth and width cost no index.

    `pr_meta` is None where the intent names no pull request.
    """

    kind: Kind
    goal: str
    constraints: str
    success: str
    pr_meta: str | None = None
    supersedes: str | None = None

    def digest(self) -> str:
        """The SHA-256, in hex digits, of the content as canonical JSON (RFC 8785)."""
        said = {
            "kind": self.kind,
            "goal": self.goal,
            "constraints": json.loads(self.constraints),
            "success": self.success,
            "prMeta": self.pr(),
            "supersedes": self.supersedes,
        }
        return hashlib.sha256(canonical_json(said).encode()).hexdigest()

    def pr(self) -> Mapping[str, Any] | None:
        """What it says of its pull request."""
        found: Mapping[str, Any] | None = None if self.pr_meta is None else json.loads(self.pr_meta)
        return found


class Decision(Document):
    """The latest decision on an intent, as it stands there; `seq` counts them from 1."""

    approval_id: str
    seq: int
    status: DecisionStatus
    intent_digest: str
    decided_by: str
    decided_at: Instant
    valid_to: Instant | None = None
    self_approved: bool = False


class Intent(Content):
    """An intent as it is kept; `awaiting_approval` is its place in the approvers' inbox.

    `updated_at` is when anything was last recorded in its ledger, about itself or about what is chained on it.
    """

    intent_id: str
    owner_id: str
    intent_digest: str
    repo_full_name: str | None = None
    risk: Risk
    requires_approval: bool
    awaiting_approval: bool
    superseded_by: str | None = None
    decision: Decision | None = None
    created_at: Instant
    updated_at: Instant
    ledger: LedgerHead = EMPTY

    @property
    def is_unchanged(self) -> bool:
        """Whether its content is what was digested when it was made."""
        return self.digest() == self.intent_digest

    def decided(self, decision: Decision) -> "Intent":
        """The intent under a new decision; whatever it says, the intent leaves the inbox."""
        update = {"decision": decision, "awaiting_approval": False, "updated_at": decision.decided_at}
        return self.model_copy(update=update)

    def replaced(self, by: str, *, at: Instant) -> "Intent":
        """The intent after another one took its place in the inbox; a decision made on it stays."""
        return self.model_copy(update={"superseded_by": by, "awaiting_approval": False, "updated_at": at})


def new_intent(content: Content, risk: Risk, *, intent_id: str, owner_id: str, at: Instant) -> Intent:
    """An intent with its risk; it waits for approval unless it is Low, and always when a project comes of it."""
    requires_approval = risk.level != "Low" or content.kind == "project"
    repository = (content.pr() or {}).get("repoFullName")
    return Intent(
        **dict(content),
        intent_id=intent_id,
        owner_id=owner_id,
        intent_digest=content.digest(),
        repo_full_name=repository if isinstance(repository, str) else None,
        risk=risk,
        requires_approval=requires_approval,
        awaiting_approval=requires_approval,
        created_at=at,
        updated_at=at,
    )
