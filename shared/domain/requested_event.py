"""Events that a person asked for: the merges of the past (backfill), and new words for a card (regeneration).

They take the same way as GitHub's deliveries; their ids come from what was asked, so that asking twice is once.
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
class ClosedPull:
    """A closed pull request as a list of them shows it; `merged_at` is None where it was not merged."""

    number: int
    author: Account
    head_sha: str
    merge_commit_sha: str | None
    merged_at: datetime | None
    updated_at: datetime


def backfill(connection: Repository, *, at: datetime) -> PrEvent:
    """The event that looks through the repository's merges of the connection's last `backfill_days` days."""
    since = at - timedelta(days=connection.backfill_days)
    event = _requested(BACKFILL_EVENT, connection, BACKFILL, (connection.repository_id, since.date().isoformat()), at)
    return replace(event, since=since)


def backfilled(backfill_event: PrEvent, pull: ClosedPull, *, at: datetime) -> PrEvent:
    """The event of one merge of the past, for the person who asked alone."""
    assert backfill_event.owner_id
    assert backfill_event.repository_id
    assert pull.merge_commit_sha
    cause = (backfill_event.owner_id, backfill_event.repository_id, pull.number, pull.merge_commit_sha)
    return PrEvent(
        pr_event_id=derived_id(BACKFILLED_EVENT, *cause),
        event=BACKFILLED_EVENT,
        state=PrEvent.WAITING,
        stage=FETCH.name,
        installation_id=backfill_event.installation_id,
        account=backfill_event.account,
        repository_id=backfill_event.repository_id,
        repo_full_name=backfill_event.repo_full_name,
        pr_number=pull.number,
        author_id=pull.author.id,
        author_login=pull.author.login,
        author_type=pull.author.type,
        merge_commit_sha=pull.merge_commit_sha,
        head_sha=pull.head_sha,
        owner_id=backfill_event.owner_id,
        body_sha256="",
        received_at=at,
        updated_at=at,
        due_at=at + GRACE,
    )


def regeneration(card: AssetCard, connection: Repository, *, at: datetime) -> PrEvent:
    """The event that writes a card anew; raises `InvalidStateError` once its owner has decided about it."""
    if card.status not in INBOX:
        raise InvalidStateError(f"can't regenerate a card that is {card.status}")
    event = _requested(REGENERATION_EVENT, connection, FETCH, (card.asset_card_id, card.ledger.count), at)
    return replace(event, pr_number=card.pr_number, merge_commit_sha=card.merge_commit_sha)


def _requested(name: str, connection: Repository, stage: Stage, cause: tuple[str | int, ...], at: datetime) -> PrEvent:
    assert connection.installation_id
    return PrEvent(
        pr_event_id=derived_id(name, connection.owner_id, *cause),
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
