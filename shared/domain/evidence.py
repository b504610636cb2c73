"""Evidence: what a run or an intent points to, as an address or a hash; it is kept and never fetched."""

from typing import Literal

from shared.domain.document import Document, Instant

LinkedType = Literal["agent_run", "intent"]


class LinkedEvidence(Document):
    """A piece of evidence; `linked_id` names the document, a run by its own id and not by its caller's name for it."""

    evidence_id: str
    intent_id: str
    owner_id: str
    linked_type: LinkedType
    linked_id: str
    kind: str
    url: str | None = None
    hash: str | None = None
    attached_by: str
    created_at: Instant
