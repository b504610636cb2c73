"""Events that a person asked for: the merges of the past (backfill), and new words for a card (regeneration).

They take the same way as GitHub's deliveries; their ids come from what was asked, so that asking twice is once.
`attempt` counts from 0 how often the same was asked and came to nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.asset_card import INBOX, AssetCard
from shared.domain.errors import InvalidStateError
from shared.domain.ids import derived_id
from shared.domain.pr_event import PrEvent
from shared.domain.pull_request import Account
from shared.domain.repository import Repository
from shared.domain.step import BACKFILL, FETCH, GRACE, Stage

BACKFILL_EVENT = "backfill"
BACKFILLED_EVENT = "backfilled"
REGENERATION_EVENT = "regeneration"


@dataclass(frozen=True)
class ListedPull:
    """A pull request as a list of them shows it; `merged_at` is None where it was not merged."""

    number: int
    author: Account
    head_sha: str
    merge_commit_sha: str | None
    merged_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True)
class PullsPage:
    """A page of the list of pull requests, the last changed first."""

    pulls: tuple[ListedPull, ...]
    is_last: bool


def backfill(connection: Repository, *, attempt: int, at: datetime) -> PrEvent:
    """The event that looks through the repository's merges of the connection's last `backfill_days` days.

    The same all day (UTC); another one once the repository was disconnected and is connected again.
    """
    since = at - timedelta(days=connection.backfill_days)
    made = connection.created_at.isoformat()
    event = _requested(BACKFILL_EVENT, connection, BACKFILL, (made, since.date().isoformat(), attempt), at)
    return replace(event, cause=f"{made} {attempt}", since=since, back_to=since)


def after_page(event: PrEvent, page: PullsPage, *, at: datetime) -> PrEvent:
    """The backfill after its present page: at the next one, at the first again, or done.

    The list is ordered by the last change: what changes while the pages are read moves to its front, perhaps past the
    reader. So a pass of several pages is followed by one over what has changed since it began.
    """
    assert event.back_to
    newest = page.pulls[0].updated_at if page.pulls and event.page == 1 else event.newest
    if not page.is_last and page.pulls[-1].updated_at > event.back_to:
        return replace(event, page=event.page + 1, newest=newest).continued(at=at)
    if event.page == 1:
        return event.done(at=at)
    return replace(event, page=1, newest=None, back_to=newest).continued(at=at)


def backfilled(event: PrEvent, pull: ListedPull, *, at: datetime) -> PrEvent:
    """The event of one merge that a backfill found, for the person who asked alone."""
    assert event.owner_id
    assert event.repository_id
    assert event.cause
    assert pull.merge_commit_sha
    cause = (event.owner_id, event.repository_id, event.cause, pull.number, pull.merge_commit_sha)
    return PrEvent(
        pr_event_id=derived_id(BACKFILLED_EVENT, *cause),
        event=BACKFILLED_EVENT,
        state=PrEvent.WAITING,
        stage=FETCH.name,
        installation_id=event.installation_id,
        account=event.account,
        repository_id=event.repository_id,
        repo_full_name=event.repo_full_name,
        pr_number=pull.number,
        author_id=pull.author.id,
        author_login=pull.author.login,
        author_type=pull.author.type,
        merge_commit_sha=pull.merge_commit_sha,
        head_sha=pull.head_sha,
        owner_id=event.owner_id,
        body_sha256="",
        received_at=at,
        updated_at=at,
        due_at=at + GRACE,
    )


def regeneration(card: AssetCard, connection: Repository, *, attempt: int, at: datetime) -> PrEvent:
    """The event that writes a card anew; raises `InvalidStateError` once its owner has decided about it."""
    if card.status not in INBOX:
        raise InvalidStateError(f"can't regenerate a card that is {card.status}")
    cause = (card.asset_card_id, card.ledger.count, attempt)
    event = _requested(REGENERATION_EVENT, connection, FETCH, cause, at)
    return replace(event, pr_number=card.pr_number, merge_commit_sha=card.merge_commit_sha)


def _requested(name: str, connection: Repository, stage: Stage, cause: tuple[str | int, ...], at: datetime) -> PrEvent:
    assert connection.installation_id
    return PrEvent(
        pr_event_id=derived_id(name, connection.repository_id, *cause),
        event=name,
        state=PrEvent.WAITING,
        stage=stage.name,
        installation_id=connection.installation_id,
        account=connection.account_key,
        repository_id=connection.github_repository_id,
        repo_full_name=connection.full_name,
        owner_id=connection.owner_id,
        body_sha256="",
        received_at=at,
        updated_at=at,
        due_at=at + GRACE,
    )
