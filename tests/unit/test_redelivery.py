"""Which deliveries are repeated: each that failed, once, and what failed again a while later; however long the list."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.redelivery import PATIENCE, REPEATABLE, DeliveriesPage, Delivery, Redeliveries

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def delivery(number: int, *, minutes_ago: float = 1, status: int = 502, redelivery: bool = False) -> Delivery:
    return Delivery(number, NOW - minutes_ago * MINUTE, status, redelivery)


def read(state: Redeliveries, *deliveries: Delivery, at: datetime = NOW, size: int = 100) -> Redeliveries:
    """The state after a whole walk through this list."""
    newest_first = sorted(deliveries, key=lambda each: (each.delivered_at, each.number), reverse=True)
    state = state.walking(at=at)
    place = int(state.cursor or 0)
    while state.walk_from:
        following = str(place + size) if place + size < len(newest_first) else None
        state = state.after_page(DeliveriesPage(tuple(newest_first[place : place + size]), following), at=at)
        place += size
    return state


def beginning() -> Redeliveries:
    return Redeliveries.beginning(at=NOW)


class TestDue:
    @pytest.mark.parametrize("status", [0, 401, 404, 429, 500, 502, 503, 504, 599])
    def test_is_what_was_not_taken(self, status: int) -> None:
        assert read(beginning(), delivery(7, status=status)).due(at=NOW, most=9) == [7]

    @pytest.mark.parametrize("status", [200, 202, 302, 400, 413, 415])
    def test_is_not_what_was_taken_or_refused_on_purpose(self, status: int) -> None:
        assert read(beginning(), delivery(7, status=status)).due(at=NOW, most=9) == []

    def test_is_the_oldest_first_and_no_more_than_asked_for(self) -> None:
        state = read(beginning(), *(delivery(number, minutes_ago=number) for number in range(1, 9)))
        assert state.due(at=NOW, most=3) == [8, 7, 6]

    def test_is_not_what_github_no_longer_repeats(self) -> None:
        old = Delivery(7, NOW - REPEATABLE - MINUTE, 500, redelivery=False)
        assert read(beginning(), old, delivery(8)).due(at=NOW, most=9) == [8]

    def test_is_what_failed_again_only_after_a_while(self) -> None:
        state = read(beginning(), delivery(7, minutes_ago=1, redelivery=True))
        assert state.due(at=NOW, most=9) == []
        assert state.due(at=NOW + PATIENCE, most=9) == [7]

    def test_is_nothing_twice(self) -> None:
        """The list goes on naming what failed once, for three days."""
        failed = [delivery(number, minutes_ago=number) for number in range(1, 20)]
        state, at = beginning(), NOW
        repeated: list[int] = []
        for _ in range(30):
            state = read(state, *failed, at=at)
            due = state.due(at=at, most=4)
            repeated += due
            state = state.repeated(due, at=at)
            at += MINUTE
        assert sorted(repeated) == list(range(1, 20))
        assert state.waiting == 0
        assert len(state.known) < 10, "what can't come up again is forgotten"

    def test_is_no_longer_what_has_become_too_old(self) -> None:
        state = read(beginning(), delivery(7))
        later = NOW + REPEATABLE + MINUTE
        assert read(state, at=later).due(at=later, most=9) == []

    @given(ages=st.lists(st.floats(min_value=0, max_value=4000), max_size=60), size=st.integers(1, 7))
    def test_is_everything_however_long_the_list_and_small_its_pages(self, ages: list[float], size: int) -> None:
        failed = [delivery(number, minutes_ago=age) for number, age in enumerate(ages)]
        state = read(beginning(), *failed, size=size)
        assert sorted(state.due(at=NOW, most=1000)) == list(range(len(ages)))


class TestWalk:
    def test_goes_on_where_the_last_one_ran_out_of_time(self) -> None:
        first = DeliveriesPage((delivery(9, minutes_ago=1),), "next")
        state = beginning().walking(at=NOW).after_page(first, at=NOW)
        assert (state.cursor, state.walk_from) == ("next", NOW)
        later = NOW + MINUTE
        state = state.walking(at=later).after_page(DeliveriesPage((delivery(8, minutes_ago=90),), None), at=later)
        assert (state.cursor, state.walk_from, state.seen_to) == (None, None, NOW)
        assert state.due(at=later, most=9) == [8, 9]

    def test_reads_no_further_than_the_last_one(self) -> None:
        state = read(beginning(), delivery(1, minutes_ago=60))
        page = DeliveriesPage((delivery(2, minutes_ago=-1), delivery(1, minutes_ago=60)), "more")
        assert state.walking(at=NOW + MINUTE).after_page(page, at=NOW + MINUTE).walk_from is None

    def test_finds_what_the_list_showed_late(self) -> None:
        """An entry of a minute ago was not in the list then."""
        state = read(beginning(), delivery(1, minutes_ago=0))
        state = state.repeated(state.due(at=NOW, most=9), at=NOW)
        state = read(state, delivery(1, minutes_ago=0), delivery(2, minutes_ago=1), at=NOW + MINUTE)
        assert state.due(at=NOW + MINUTE, most=9) == [2]

    def test_begins_anew_when_its_place_was_lost(self) -> None:
        state = beginning().walking(at=NOW).after_page(DeliveriesPage((delivery(9),), "next"), at=NOW).restarted()
        assert (state.cursor, state.walk_from) == (None, NOW)
        assert read(state, delivery(9), delivery(8, minutes_ago=50)).due(at=NOW, most=9) == [8, 9]

    def test_of_an_empty_list_ends(self) -> None:
        state = beginning().walking(at=NOW).after_page(DeliveriesPage((), None), at=NOW)
        assert (state.walk_from, state.seen_to, state.waiting) == (None, NOW, 0)


class TestFailingSince:
    def test_tells_how_long_there_has_always_been_something_to_repeat(self) -> None:
        state = read(beginning(), delivery(1)).repeated([1], at=NOW)
        assert state.failing_since == NOW
        later = NOW + 6 * MINUTE
        again = Delivery(2, NOW + MINUTE, 503, redelivery=True)
        state = read(state, again, at=later).repeated([2], at=later)
        assert state.failing_since == NOW
        assert state.repeated([], at=later + MINUTE).failing_since is None
