"""What the evidences' endpoints take and answer."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from shared.domain.evidence import LinkedType
from shared.web.fields import Id
from shared.web.paging import PageQuery
from shared.web.typed import Shown, Strict

_LONGEST_URL = 2048


def _https(url: str) -> str:
    """An address that a reader can follow without harm; raises ValueError for any other."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("not an address") from None
    if parts.scheme != "https" or not host or parts.username is not None or parts.password is not None:
        raise ValueError("an https address without a user's name in it")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("an address has printable ASCII characters only")
    return url


class NewEvidence(Strict):
    """Evidence for a run or an intent of the caller's, of a kind such as `pr_url`: an address, a hash, or both."""

    linked_type: LinkedType
    linked_id: Id
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    url: Annotated[str, Field(max_length=_LONGEST_URL), AfterValidator(_https)] | None = None
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{32,128}$")] | None = None

    @model_validator(mode="after")
    def _points_somewhere(self) -> "NewEvidence":
        if self.url is None and self.hash is None:
            raise ValueError("name an address, a hash, or both")
        return self


class EvidenceQuery(PageQuery):
    """Of which run or intent, and which page."""

    linked_type: Annotated[LinkedType, Field(description="What the evidence is attached to")]
    linked_id: Annotated[Id, Field(description="The run's `runId` or `agentRunId`, or the intent's id")]


class AttachedEvidence(Shown):
    """A piece of evidence."""

    evidence_id: str
    linked_type: LinkedType
    linked_id: str
    intent_id: str
    kind: str
    url: str | None = None
    hash: str | None = None
    attached_by: str
    created_at: datetime


class EvidenceList(Shown):
    """A page of evidence, newest first."""

    evidences: list[AttachedEvidence]
    next_cursor: str | None = None
