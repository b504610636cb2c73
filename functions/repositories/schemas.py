"""What the repositories' endpoints take and answer."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.domain.erasure import Erasure
from shared.domain.repository import ConnectionStatus, Repository
from shared.web.paging import PageQuery
from shared.web.typed import Shown, Strict

_MOST_DAYS = 365
Name = Annotated[str, Field(min_length=1, max_length=100)]


class NewRepository(Strict):
    """A repository at GitHub, by the names in its address.

    The pull requests merged in the last `backfillDays` days go through the same chain.
    """

    owner: Name
    name: Name
    backfill_days: Annotated[int, Field(ge=0, le=_MOST_DAYS)] = 0


class RepositoryQuery(PageQuery):
    """Which page of the connected repositories."""


class RepositoryShown(Shown):
    """A connection; `installUrl` is where the App is installed while that is awaited."""

    repository_id: str
    full_name: str
    connection_status: ConnectionStatus
    private: bool | None = None
    backfill_days: int
    install_url: str | None = None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, repository: Repository, install_url: str) -> "RepositoryShown":
        """A connection as its owner sees it."""
        shown = cls.model_validate(repository)
        waits = repository.connection_status == "awaiting_installation"
        return shown.model_copy(update={"install_url": install_url if waits else None})


class RepositoryList(Shown):
    """A page of connections, newest first."""

    repositories: list[RepositoryShown]
    next_cursor: str | None = None


class ErasureShown(Shown):
    """What becomes of a person's data; `state` is of the work on it."""

    state: Literal["queued", "erasing"]
    requested_at: datetime
    message: str = (
        "Your account is removed first, then your connections and your asset cards. What governance has to keep for "
        "audit names a pseudonym instead of you. This ends about 75 minutes after your account is gone."
    )

    @classmethod
    def of(cls, erasure: Erasure) -> "ErasureShown":
        """The erasure as its person sees it."""
        return cls.model_validate(erasure)


Documents = list[dict[str, Any]]


class PersonalData(Shown):
    """Everything about a person, as it is kept; `complete` is the last member, and missing where it broke off."""

    exported_at: datetime
    person: dict[str, Any]
    account: dict[str, Any] | None = None
    repositories: Documents
    pr_events: Documents
    asset_cards: Documents
    agent_runs: Documents
    provisioning_jobs: Documents
    provisioning_events: Documents
    evidences: Documents
    exceptions: Documents
    approvals: Documents
    intents: Documents
    audit_days: Documents
    audit_marks: Documents
    complete: Literal[True]
