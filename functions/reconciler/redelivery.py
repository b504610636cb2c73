"""Deliveries that our webhook did not take: found in GitHub's list and repeated by GitHub."""

from collections.abc import Iterator
from datetime import datetime

from shared.clients.github import GitHubRefusedError
from shared.domain.errors import ConflictError, NotFoundError, RetryLaterError, WorkLogError
from shared.domain.redelivery import Redeliveries
from shared.logging import log
from shared.services import Services
from shared.store.collection import Stored
from shared.store.store import REDELIVERIES

MOST_PAGES = 20
MOST_AT_ONCE = 60  # each is a call, and an App has five thousand of them an hour


def redeliver(services: Services, *, until: datetime) -> int:
    """Have GitHub repeat what failed and has not been repeated yet, until that time; returns how many."""
    stored, at = services.store.redeliveries.get(REDELIVERIES), services.now()
    state = _walked(stored.value if stored else Redeliveries.beginning(at=at), at, services)
    repeated = list(_repeat(state.due(at=at, most=MOST_AT_ONCE), services, until=until))
    state = state.repeated(repeated, at=at)
    _remember(stored, state, services)
    failing = (at - state.failing_since).total_seconds() if state.failing_since else 0
    log.info("deliveries_repeated", count=len(repeated), waiting=state.waiting, failing_hours=round(failing / 3600, 2))
    return len(repeated)


def _walked(state: Redeliveries, at: datetime, services: Services) -> Redeliveries:
    """The state after some pages of GitHub's list, or as many as GitHub gives."""
    state = state.walking(at=at)
    try:
        for _ in range(MOST_PAGES):
            state = state.after_page(services.github.deliveries(state.cursor), at=at)
            if state.walk_from is None:
                break
    except GitHubRefusedError as error:
        log.warning("deliveries_not_listed", reason=str(error))
        return state.restarted()
    except WorkLogError as error:
        log.warning("deliveries_not_listed", reason=str(error))
    return state


def _repeat(numbers: list[int], services: Services, *, until: datetime) -> Iterator[int]:
    """Those that GitHub takes, or no longer has; what it refuses otherwise is asked for again in a minute."""
    for number in numbers:
        try:
            services.github.redeliver(number)
            yield number
        except NotFoundError:
            log.warning("delivery_gone", delivery=number)
            yield number
        except WorkLogError as error:
            log.warning("redelivery_postponed", reason=str(error))
            if isinstance(error, RetryLaterError):
                return
        if services.now() >= until:
            return


def _remember(stored: Stored[Redeliveries] | None, state: Redeliveries, services: Services) -> None:
    """Keep how far we are; where another run was faster, its word stands: what is repeated twice is taken in once."""
    kept = services.store.redeliveries
    try:
        kept.commit(kept.replace(stored, state) if stored else kept.create(state))
    except ConflictError:
        log.info("redeliveries_kept_by_another")
