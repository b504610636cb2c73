"""The merges of the past, for one person: a page of the list at a time, each merge an event of its own."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from shared.dispatch import start
from shared.domain.credit import may_credit
from shared.domain.errors import NotFoundError
from shared.domain.pr_event import PrEvent
from shared.domain.requested_event import ClosedPull, backfilled
from shared.services import Services
from shared.task import Finish


def backfill(services: Services) -> Callable[[PrEvent], Finish[PrEvent]]:
    """The work of the stage: from a claimed event to events for the merges of one page, and on to the next page.

    The list is ordered by the last change, which moves items to its front: a page may repeat some, never skip one.
    """

    def work(event: PrEvent) -> Finish[PrEvent]:
        assert event.repository_id  # asked for on a connected repository, so these are known
        assert event.repo_full_name
        assert event.since
        try:
            pulls = services.github.closed_pulls(
                event.installation_id, event.repository_id, event.repo_full_name, page=event.page
            )
        except NotFoundError:
            return Finish(event.ignored("repository_gone", at=services.now()))
        for pull in _merged(pulls, event.since):
            start(backfilled(event, pull, at=services.now()), services)
        if not pulls or pulls[-1].updated_at < event.since:
            return Finish(event.done(at=services.now()))
        return Finish(replace(event, page=event.page + 1).continued(at=services.now()))

    return work


def _merged(pulls: Iterable[ClosedPull], since: datetime) -> Iterable[ClosedPull]:
    """Those merged since then by somebody who may be credited."""
    for pull in pulls:
        if pull.merged_at and pull.merged_at >= since and pull.merge_commit_sha and may_credit(pull.author):
            yield pull
