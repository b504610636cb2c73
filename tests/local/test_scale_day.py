"""Does the simulated day keep to the limits that it is given, and lose no merge?"""

from collections import Counter
from math import inf

import pytest

from local.scale import counts
from local.scale.arrivals import DAY, HOUR, Merge, merges
from local.scale.cloud import Cloud
from local.scale.day import Day, Simulation, mean_seconds
from local.scale.fullness import fullness
from local.scale.limits import BUDGET, Window, most_an_hour
from local.scale.queue import SimulatedQueue

MANY = 100_000  # merges a month: 4,100 a day
WIDE = {"queue_a_second": 500, "queue_at_once": 5000, "github_an_hour": 1e9, "github_most": 1e9}
FREE = {"model_calls_a_day": 1e9, "model_calls_a_minute": 1e9, "model_tokens_a_minute": 1e12}


def cloud(**values: float) -> Cloud:
    return Cloud.read().having(**{**WIDE, **FREE, **values})


def a_day(found: Cloud, per_month: float = MANY) -> Day:
    return Simulation(counts.read(), found, merges(found, per_month, seed=3), seed=3).run()


class TestMerges:
    def test_are_as_many_as_the_month_has_on_a_working_day_in_their_order(self) -> None:
        found = merges(Cloud.read(), MANY, seed=1)
        assert len(found) == 4100
        assert found == sorted(found, key=lambda each: each.at)
        assert 0 <= found[0].at < found[-1].at < DAY + 60

    def test_are_the_same_for_the_same_seed(self) -> None:
        assert merges(Cloud.read(), 1000, seed=1) == merges(Cloud.read(), 1000, seed=1)
        assert merges(Cloud.read(), 1000, seed=1) != merges(Cloud.read(), 1000, seed=2)

    def test_come_in_working_hours_and_mostly_from_the_largest(self) -> None:
        found = merges(Cloud.read().having(burst_share=0), MANY, seed=1)
        hours = Counter(int(each.at // HOUR) for each in found)
        assert hours[14] > 5 * hours[2]
        of = Counter(each.installation for each in found)
        assert of[0] > of[10] > of[200]

    def test_come_in_bursts_of_one_installation_within_a_minute(self) -> None:
        alone = Cloud.read().having(burst_share=1.0, burst_size=50)
        found = merges(alone, 50 / alone["day_share"], seed=1)
        assert len(found) == 50
        assert len({each.installation for each in found}) == 1
        assert found[-1].at - found[0].at < 60


class TestQueue:
    def test_hands_out_no_faster_than_its_rate(self) -> None:
        queue = SimulatedQueue(5, 1000)
        queue.waiting.extend(range(500))
        taken = [queue.take(second / 10) for second in range(200)]
        assert 5 * 20 <= sum(task is not None for task in taken) <= 5 * 20 + 10

    def test_has_no_more_out_than_its_places(self) -> None:
        queue = SimulatedQueue(500, 8)
        queue.waiting.extend(range(100))
        assert [queue.take(float(at)) is not None for at in range(20)] == [True] * 8 + [False] * 12

    def test_says_when_its_rate_lets_the_next_one_go(self) -> None:
        queue = SimulatedQueue(2, 100)
        queue.waiting.extend(range(100))
        while queue.take(0.0) is not None:
            pass
        opens = queue.opens(0.0)
        assert opens is not None
        assert queue.take(opens - 0.01) is None
        assert queue.take(opens) is not None


class TestWindow:
    def test_refuses_what_is_over_until_the_next_one(self) -> None:
        window = Window(3, 60)
        assert [window.spend(at, 1) for at in (1, 2, 3, 4, 59)] == [None, None, None, 60, 60]
        assert window.spend(60, 1) is None

    def test_lets_what_is_larger_than_itself_go_alone(self) -> None:
        assert Window(3, 60).spend(0, 10) is None


class TestMostAnHour:
    @pytest.mark.parametrize(("people", "most"), [(1, 5000), (20, 5000), (21, 5050), (120, 10_000), (10**6, 12_500)])
    def test_grows_with_the_people_up_to_githubs_limit(self, people: int, most: float) -> None:
        assert most_an_hour(Cloud.read(), people) == most


class TestDay:
    def test_with_room_for_all_takes_what_the_work_takes(self) -> None:
        found = cloud(spread=0.0)
        day = a_day(found)
        (small, large), (write, write_large) = mean_seconds(counts.read(), found)
        assert day.left <= 20
        assert min(day.seconds) == pytest.approx(small + write)
        assert max(day.seconds) == pytest.approx(large + write_large)
        assert day.percentile(0.5) == pytest.approx(small + write)

    def test_loses_no_merge(self) -> None:
        day = a_day(cloud(queue_at_once=1, queue_a_second=1), per_month=5 * MANY)
        assert len(day.seconds) + day.left == day.merges == 20_500
        assert day.left > 0
        assert day.percentile(0.999) == inf

    def test_with_one_place_gives_a_card_each_time_that_the_writer_is_free(self) -> None:
        found = cloud(queue_at_once=1, spread=0.0, large=0.0)
        day = a_day(found, per_month=30 * MANY)
        (_, _), (write, _) = mean_seconds(counts.read(), found)
        first = merges(found, 30 * MANY, seed=3)[0].at
        assert len(day.seconds) == pytest.approx((DAY - first) / write, rel=0.02)

    def test_gives_as_many_cards_as_the_budget_has_calls(self) -> None:
        day = a_day(cloud(model_calls_a_day=1000))
        assert len(day.seconds) == 1000
        assert day.refusals[BUDGET] >= 3000

    def test_without_a_model_needs_no_budget(self) -> None:
        day = a_day(cloud(model_writes=0, model_calls_a_day=0))
        assert day.left <= 20
        assert day.percentile(0.99) < 10

    def test_lets_a_refused_installation_wait_for_its_hour_and_nobody_else(self) -> None:
        day = a_day(cloud(github_an_hour=60, github_most=60))
        assert day.refusals["GitHub"] > 0
        assert day.percentile(0.5) < 60
        assert max(day.seconds) > 600

    def test_fails_what_was_refused_forty_times(self) -> None:
        day = a_day(cloud(model_calls_a_minute=1, queue_last_wait=10, queue_first_wait=1))
        assert day.failed > 0
        assert day.failed <= day.left

    def test_is_the_same_for_the_same_seed(self) -> None:
        assert a_day(Cloud.read()).seconds == a_day(Cloud.read()).seconds


class TestFullness:
    def test_of_a_limit_halves_when_it_doubles(self) -> None:
        day = [Merge(float(second), 0, large=False) for second in range(3600)]
        one, two = (
            dict(fullness(counts.read(), Cloud.read().having(queue_a_second=rate, queue_at_once=8), day))
            for rate in (1, 2)
        )
        assert one["queue pr-event-processor: tasks a second"] == 1.0
        assert two["queue pr-event-processor: tasks a second"] == 0.5

    def test_counts_the_calls_of_the_largest_installation(self) -> None:
        day = [Merge(float(second), second % 2, large=False) for second in range(3600)]
        full = dict(fullness(counts.read(), Cloud.read().having(github_an_hour=5400, github_most=5400), day))
        assert full["GitHub's calls an hour, largest installation"] == 1.0

    def test_puts_the_fullest_first(self) -> None:
        shares = [share for _, share in fullness(counts.read(), Cloud.read(), [Merge(0.0, 0, large=False)])]
        assert shares == sorted(shares, reverse=True)
