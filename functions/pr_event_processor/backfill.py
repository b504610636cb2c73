"""The merges of the past, for one person: a page of the list at a time, each merge an event of its own."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from shared.dispatch import start
from shared.domain.credit import may_credit
from shared.domain.errors import NotFoundError
from shared.domain.pr_event import PrEvent
from shared.domain.repository import Repository
from shared.domain.requested_event import ListedPull, after_page, backfilled
from shared.services import Services
from shared.task import Finish

_MOST_CONNECTIONS = 1000


def backfill(services: Services) -> Callable[[PrEvent], Finish[PrEvent]]:
    """The work of the stage: from a claimed event to events for the merges of one page, and on to the next page."""

    def work(event: PrEvent) -> Finish[PrEvent]:
        assert event.repository_id  # asked for on a connected repository, so these are known
        assert event.since
        connection = _connection(event, event.repository_id, services)
        if connection is None or connection.installation_id is None:
            return Finish(event.ignored("repository_not_connected", at=services.now()))
        # It may have been renamed or handed on since.
        here = replace(event, installation_id=connection.installation_id, repo_full_name=connection.full_name)
        try:
            page = services.github.changed_pulls(here.installation_id, event.repository_id, page=event.page)
        except NotFoundError:
            return Finish(event.ignored("repository_gone", at=services.now()))
        for pull in _merged(page.pulls, event.since):
            start(backfilled(here, pull, at=services.now()), services)
        return Finish(after_page(here, page, at=services.now()))

    return work


def _connection(event: PrEvent, github_repository_id: int, services: Services) -> Repository | None:
    """The connection of the person who asked, as it is now; None once it is none."""
    connected = services.store.connected_to(github_repository_id, limit=_MOST_CONNECTIONS)
    return next((each for each in connected if event.concerns(each.owner_id)), None)


def _merged(pulls: Iterable[ListedPull], since: datetime) -> Iterable[ListedPull]:
    """Those merged since then by somebody who may be credited."""
    for pull in pulls:
        if pull.merged_at and pull.merged_at >= since and pull.merge_commit_sha and may_credit(pull.author):
            yield pull
