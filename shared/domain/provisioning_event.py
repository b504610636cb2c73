"""A provisioning event: that a repository was made, under which intent and approval; it is never changed."""

from collections.abc import Mapping
from typing import Any, Literal

from shared.domain.document import Document, Instant

StructureType = Literal["speckit-ready"]


class ProvisioningEvent(Document):
    """What an audit needs to know of a provisioned repository; `event_id` is the id of its job.

    `approval` is the decision under which it was made, as it was then; `resource_url` is where the repository is.
    """

    event_id: str
    owner_id: str
    intent_id: str
    intent_digest: str
    approval_id: str
    approval: Mapping[str, Any]
    github_repository_id: int
    repo_full_name: str
    resource_url: str
    structure_type: StructureType
    speckit_version: str
    agent: str | None = None
    created_at: Instant
