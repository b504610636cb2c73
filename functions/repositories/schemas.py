"""What the repositories' endpoints take and answer."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

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
