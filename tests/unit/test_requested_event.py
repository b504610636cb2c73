"""Is what a person asked for one event however often they ask, and does a backfill come to its end?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.errors import InvalidStateError
from shared.domain.pr_event import PrEvent, pr_event_id
from shared.domain.pull_request import Account
from shared.domain.repository import Repository
from shared.domain.requested_event import (
    ListedPull,
    PullsPage,
    after_page,
    backfill,
    backfilled,
    regeneration,
)
from tests.cards import a_card

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def connection(**fields: Any) -> Repository:  # noqa: ANN401 -- any fields
    told: dict[str, Any] = {
        "repository_id": "c" * 40,
        "owner_id": "ada",
        "full_name": "sample-org/depot",
        "name_key": "sample-org/depot",
        "account_key": "sample-org",
        "github_repository_id": 7,
        "installation_id": 3,
        "connection_status": "connected",
        "backfill_days": 30,
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Repository(**told | fields)


def started(*, attempt: int = 0, at: datetime = NOON, **fields: Any) -> PrEvent:  # noqa: ANN401 -- any fields
    return backfill(connection(**fields), attempt=attempt, at=at)


def pull(number: int = 1, *, changed: datetime = NOON, sha: str = "a" * 40) -> ListedPull:
    return ListedPull(number, Account(id=1, login="ada"), "b" * 40, sha, changed, changed)


def page(*changed: datetime, is_last: bool = False) -> PullsPage:
    pulls = tuple(pull(number, changed=at) for number, at in enumerate(changed, 1))
    return PullsPage(pulls, is_last=is_last)


class TestBackfill:
    @pytest.mark.parametrize(
        "other",
        [
            started(attempt=1),
            started(at=NOON + DAY),
            started(backfill_days=31),
            started(repository_id="d" * 40),
            started(created_at=NOON + DAY),
        ],
        ids=["attempt", "day", "days", "connection", "connected again"],
    )
    def test_is_another_event_for(self, other: PrEvent) -> None:
        assert other.pr_event_id != started().pr_event_id

    def test_is_the_same_event_all_day(self) -> None:
        evening = started(at=NOON + timedelta(hours=11), updated_at=NOON + DAY)
        assert evening.pr_event_id == started().pr_event_id

    def test_reaches_back_as_many_days(self) -> None:
        assert started().since == NOON - 30 * DAY
        assert (started().stage, started().state, started().owner_id) == ("backfill", "received", "ada")


class TestPages:
    def test_go_on_while_they_reach_back_less_far(self) -> None:
        after = after_page(started(), page(NOON, NOON - DAY), at=NOON)
        assert (after.state, after.page, after.newest, after.epoch) == ("received", 2, NOON, 1)

    @pytest.mark.parametrize(
        "only", [page(), page(NOON, is_last=True), page(NOON, NOON - 31 * DAY)], ids=["empty", "last", "far enough"]
    )
    def test_end_after_one_that_says_all(self, only: PullsPage) -> None:
        only = replace(only, is_last=only.is_last or not only.pulls)
        assert after_page(started(), only, at=NOON).state == "done"

    def test_begin_again_for_what_changed_while_they_were_read(self) -> None:
        second = after_page(started(), page(NOON, NOON - DAY), at=NOON)
        again = after_page(second, page(NOON - 31 * DAY), at=NOON)
        assert (again.state, again.page, again.back_to, again.newest) == ("received", 1, NOON, None)
        assert after_page(again, page(NOON + DAY, NOON), at=NOON).state == "done"

    def test_begin_again_as_often_as_a_pass_takes_two(self) -> None:
        event = started()
        for number in range(1, 4):
            newest = NOON + number * DAY
            event = after_page(event, page(newest, newest), at=NOON)
            assert event.page == 2
            event = after_page(event, page(is_last=True), at=NOON)
            assert (event.page, event.back_to) == (1, newest)

    def test_end_when_everything_changed_in_one_second(self) -> None:
        event = started()
        for _ in range(3):
            event = after_page(event, page(*[NOON] * 3, is_last=event.page == 2), at=NOON)
        assert event.state == "done"

    def test_keep_what_was_asked(self) -> None:
        event = started()
        again = after_page(after_page(event, page(NOON), at=NOON), page(is_last=True), at=NOON)
        assert (again.since, again.cause, again.pr_event_id) == (event.since, event.cause, event.pr_event_id)


class TestBackfilled:
    def test_is_one_event_for_a_merge_however_many_days_are_asked(self) -> None:
        assert (
            len({backfilled(each, pull(), at=NOON).pr_event_id for each in (started(), started(backfill_days=9))}) == 1
        )

    @pytest.mark.parametrize(
        "other",
        [
            backfilled(started(), pull(2), at=NOON),
            backfilled(started(), pull(sha="c" * 40), at=NOON),
            backfilled(started(owner_id="ren"), pull(), at=NOON),
            backfilled(started(github_repository_id=8), pull(), at=NOON),
            backfilled(started(attempt=1), pull(), at=NOON),
            backfilled(started(created_at=NOON + DAY), pull(), at=NOON),
        ],
        ids=["number", "merge", "person", "repository", "attempt", "connected again"],
    )
    def test_is_another_event_for(self, other: PrEvent) -> None:
        assert other.pr_event_id != backfilled(started(), pull(), at=NOON).pr_event_id

    def test_is_not_the_event_of_the_delivery(self) -> None:
        assert backfilled(started(), pull(), at=NOON).pr_event_id != pr_event_id(3, 7, 1, "a" * 40)

    def test_concerns_the_person_who_asked_alone(self) -> None:
        event = backfilled(started(), pull(), at=NOON)
        assert (event.concerns("ada"), event.concerns("ren")) == (True, False)


class TestRegeneration:
    def test_is_another_event_once_the_card_has_changed(self) -> None:
        card = a_card("ada")
        changed = card.model_copy(update={"ledger": card.ledger.model_copy(update={"count": 2})})
        first = regeneration(card, connection(), attempt=0, at=NOON)
        assert regeneration(card, connection(), attempt=0, at=NOON + DAY).pr_event_id == first.pr_event_id
        assert regeneration(changed, connection(), attempt=0, at=NOON).pr_event_id != first.pr_event_id
        assert regeneration(card, connection(), attempt=1, at=NOON).pr_event_id != first.pr_event_id

    @pytest.mark.parametrize("status", ["approved", "edited", "rejected"])
    def test_is_refused_for_a_decided_card(self, status: str) -> None:
        with pytest.raises(InvalidStateError, match=status):
            regeneration(a_card("ada", status=status), connection(), attempt=0, at=NOON)
