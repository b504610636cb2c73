"""Do the merges of the past become their author's cards, once each, whatever happens on the way?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.github import GitHub, faults
from tests.api import Person
from tests.deployment import Deployment
from tests.steps import ADA, REN, Steps

DEPOT = "sample-org/depot"
BODY = {"owner": "sample-org", "name": "depot"}
LIST = "GET /repositories/*/pulls"
PULL = "GET /repositories/*/pulls/*"
DAY = 86_400
FILLING = 105
SECONDS = 60.0
REN_HELPED = "Add a map\n\nCo-authored-by: Ada <1000000101+sample-dev-ada@users.noreply.github.com>"


class Depot:
    """A repository with a past, and those who connect it."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.github: GitHub = deployment.github
        self.id = self.github.add_repository(DEPOT).id
        self.ada = Person(deployment, "ada", ADA)
        self.ren = Person(deployment, "ren", REN)

    def merged(self, number: int, *, days: float = 1, author: str = "sample-dev-ada", **told: Any) -> None:  # noqa: ANN401
        """A pull request that was merged so many days ago."""
        at = self.github.clock.stamp(self.github.clock.now() - days * DAY)
        told = {"title": f"Add crane {number}", "author": author, **told}
        self.github.add_pull(DEPOT, number=number, merged_at=at, **told)
        self.changed(number, updated_at=at)

    def unmerged(self, number: int, **fields: object) -> None:
        """A pull request that is open, unless `fields` of its document say something else."""
        self.github.add_pull(DEPOT, number=number, title="Try a crane", author="sample-dev-ada", merged_at=None)
        self.changed(number, **fields)

    def filled(self, *, days: float = 0.5) -> None:
        """More than a page of open pull requests."""
        at = self.github.clock.stamp(self.github.clock.now() - days * DAY)
        for number in range(1000, 1000 + FILLING):
            self.unmerged(number, updated_at=at)

    def changed(self, number: int, **fields: object) -> None:
        """Change members of a pull request's document."""
        pull = self.github.world.pulls[self.id, number]
        self.github.world.pulls[self.id, number] = replace(pull, document={**pull.document, **fields})

    def touched(self, number: int) -> None:
        """Somebody comments on a pull request: it is the last changed one now."""
        self.changed(number, updated_at=self.github.clock.stamp(self.github.clock.now() + 1))

    def after_list(self, change: Callable[[], object]) -> None:
        """Let something happen at GitHub once it has answered the next page of the list."""

        def fault(proceed: faults.Proceed) -> Any:  # noqa: ANN401 -- the answer
            answer = proceed()
            change()
            return answer

        self.github.faults.add(LIST, fault)

    def connect(self, days: int = 30, person: Person | None = None) -> str:
        """Connect the repository with its past; returns the connection's id."""
        answered = (person or self.ada).post("/api/repositories", {**BODY, "backfillDays": days})
        assert answered.status_code == 201, answered.text
        return str(answered.get_json()["repositoryId"])

    def events(self, name: str = "backfilled") -> dict[str, dict[str, Any]]:
        """The events of a kind."""
        return {key: each for key, each in self.deployment.documents("pr-events").items() if each["event"] == name}

    def numbers(self) -> list[int]:
        """The pull requests that a backfill has found, as often as it has started them."""
        return sorted(each["prNumber"] for each in self.events().values())

    def cards(self) -> list[tuple[str, int]]:
        """Whose cards there are, of which pull requests."""
        found = self.deployment.documents("asset-cards").values()
        return sorted((each["ownerId"], each["prNumber"]) for each in found)


@pytest.fixture
def depot(deployment: Deployment) -> Depot:
    return Depot(deployment)


def settle(steps: Steps) -> None:
    """Run every task until nothing is left to do; one that must wait is simply asked again."""
    for _ in range(12):
        waiting = {key: each["stage"] for key, each in steps.events().items() if each["state"] == "received"}
        if not waiting:
            return
        for key, stage in waiting.items():
            (steps.generate if stage == "generate" else steps.fetch)(key)
    raise AssertionError(f"still waiting: {waiting}")


def the_backfill(depot: Depot) -> str:
    (event_id,) = depot.events("backfill")
    return event_id


class TestBackfillDays:
    @pytest.mark.parametrize("days", [-1, 366, 30.5, 10**15, "30", "", True, None, [30], {"days": 30}], ids=repr)
    def test_are_refused_by_name_unless_whole_days_of_a_year(self, depot: Depot, days: object) -> None:
        answered = depot.ada.post("/api/repositories", {**BODY, "backfillDays": days})
        assert answered.status_code == 400
        assert [each["field"] for each in answered.get_json()["errors"]] == ["backfillDays"]
        assert depot.deployment.everything() == {}

    @pytest.mark.parametrize("body", [BODY, {**BODY, "backfillDays": 0}], ids=["not said", "0"])
    def test_of_none_start_nothing(self, steps: Steps, depot: Depot, body: object) -> None:
        depot.merged(1)
        assert depot.ada.post("/api/repositories", body).get_json()["backfillDays"] == 0
        assert steps.events() == {}

    def test_of_a_year_reach_back_a_year(self, steps: Steps, depot: Depot) -> None:
        depot.merged(1, days=364.9)
        depot.merged(2, days=365.1)
        depot.connect(365)
        settle(steps)
        assert depot.cards() == [("ada", 1)]


class TestBackfill:
    def test_gives_the_person_a_card_for_each_of_their_merges(self, depot: Depot) -> None:
        """Through the queues, beside a person who connected the repository and asked for nothing."""
        depot.github.add_user("some-app[bot]", kind="Bot")
        depot.merged(1)
        depot.merged(2, days=29)
        depot.merged(3, days=31)
        depot.merged(4, author="sample-dev-ren")
        depot.merged(5, author="sample-dev-ren", commits=[(REN_HELPED, "sample-dev-ren")])
        depot.merged(6, author="some-app[bot]")
        depot.unmerged(7)
        depot.unmerged(8, state="closed", closed_at=depot.github.clock.stamp())
        depot.deployment.load_all()
        depot.connect(0, depot.ren)
        depot.connect()
        depot.deployment.tasks.wait_until_idle(SECONDS)
        assert depot.cards() == [("ada", 1), ("ada", 2), ("ada", 5)]
        assert depot.numbers() == [1, 2, 4, 5]
        assert {each["state"] for each in depot.events("backfill").values()} == {"done"}

    def test_leaves_the_cards_that_are_there(self, steps: Steps, depot: Depot) -> None:
        depot.connect(0)
        for number in (1, 2, 3):
            depot.merged(number)
            steps.run(steps.merge(DEPOT, number))
        ids = {each["prNumber"]: key for key, each in depot.deployment.documents("asset-cards").items()}
        depot.ada.post(f"/api/assets/{ids[1]}/approve")
        depot.ada.put(f"/api/assets/{ids[2]}/edit", {"title": "Mine"})
        before = depot.deployment.documents("asset-cards")
        depot.connect()
        settle(steps)
        assert depot.numbers() == [1, 2, 3]
        assert depot.deployment.documents("asset-cards") == before

    def test_starts_once_a_day(self, steps: Steps, depot: Depot) -> None:
        depot.merged(1)
        for _ in range(3):
            depot.connect()
        settle(steps)
        depot.connect()
        assert len(depot.events("backfill")) == 1
        assert len(steps.queued()) == 3  # the list, the merge, its card

    def test_of_more_days_starts_beside_it_and_repeats_no_merge(self, steps: Steps, depot: Depot) -> None:
        depot.merged(1)
        depot.merged(2, days=50)
        depot.connect()
        depot.connect(60)
        settle(steps)
        assert len(depot.events("backfill")) == 2
        assert depot.numbers() == [1, 2]
        assert depot.cards() == [("ada", 1), ("ada", 2)]

    def test_starts_again_for_a_repository_that_was_disconnected(self, steps: Steps, depot: Depot) -> None:
        depot.merged(1)
        connection = depot.connect()
        steps.fetch(the_backfill(depot))
        steps.disconnect("ada", connection)
        settle(steps)
        assert depot.cards() == []
        depot.connect()
        settle(steps)
        assert depot.cards() == [("ada", 1)]

    def test_starts_again_after_one_in_vain(self, steps: Steps, depot: Depot) -> None:
        depot.merged(1)
        depot.connect()
        refusing = depot.github.faults.add(LIST, faults.refusal(403, "No"), times=1)
        settle(steps)
        assert ([each["state"] for each in depot.events("backfill").values()], refusing.fired) == (["failed"], 1)
        depot.connect()
        settle(steps)
        assert depot.cards() == [("ada", 1)]

    def test_ends_with_the_connection(self, steps: Steps, depot: Depot) -> None:
        depot.filled()
        depot.merged(1)
        depot.merged(2, days=2)
        connection = depot.connect()
        steps.fetch(the_backfill(depot))
        depot.github.calls.clear()
        steps.disconnect("ada", connection)
        settle(steps)
        assert {each["lastError"] for each in steps.events().values()} == {"repository_not_connected"}
        assert (depot.cards(), depot.github.calls()) == ([], [])

    def test_ends_where_the_repository_is_gone(self, steps: Steps, depot: Depot) -> None:
        depot.connect()
        depot.github.delete(DEPOT, notify=False)
        settle(steps)
        assert [each["lastError"] for each in steps.events().values()] == ["repository_gone"]


class TestAwaitedInstallations:
    """The past can't be looked through before the App is there."""

    @pytest.fixture
    def awaiting(self, steps: Steps, depot: Depot) -> Depot:
        depot.github.choose(DEPOT, covered=False, notify=False)
        depot.merged(1)
        depot.connect()
        assert steps.events() == {}
        return depot

    def test_start_it_when_they_come(self, steps: Steps, awaiting: Depot) -> None:
        refreshed = steps.told(lambda: awaiting.github.choose(DEPOT))
        steps.fetch(refreshed)
        (connection,) = awaiting.deployment.firestore.collection("repositories").stream()
        started = awaiting.deployment.firestore.document("pr-events", the_backfill(awaiting)).get()
        assert connection.get("connectionStatus") == "connected"
        assert started.create_time == connection.update_time  # one commit
        settle(steps)
        assert awaiting.cards() == [("ada", 1)]

    def test_start_nothing_for_a_person_who_may_not_read(self, steps: Steps, awaiting: Depot) -> None:
        awaiting.github.set_private(DEPOT, notify=False)
        steps.fetch(steps.told(lambda: awaiting.github.choose(DEPOT)))
        assert awaiting.events("backfill") == {}


class TestPages:
    def test_are_all_read(self, steps: Steps, depot: Depot) -> None:
        depot.filled()
        depot.merged(1)
        depot.merged(2, days=40)
        depot.connect()
        settle(steps)
        assert depot.cards() == [("ada", 1)]

    def test_are_read_no_further_than_needed(self, steps: Steps, depot: Depot) -> None:
        depot.filled(days=31)
        depot.merged(1)
        depot.connect()
        steps.fetch(the_backfill(depot))
        assert len(depot.github.calls(LIST)) == 1
        assert steps.event(the_backfill(depot))["state"] == "done"

    def test_hide_nothing_that_moves_to_the_front_while_they_are_read(self, steps: Steps, depot: Depot) -> None:
        """The one comment on a pull request of the second page comes after the first page was read."""
        depot.filled()
        depot.merged(1)
        depot.after_list(lambda: depot.touched(1))
        depot.connect()
        settle(steps)
        assert depot.cards() == [("ada", 1)]

    def test_hide_nothing_when_a_pull_request_is_reopened(self, steps: Steps, depot: Depot) -> None:
        """What leaves the closed ones would draw the next page's first onto the page that was read."""
        for number in range(1000, 1000 + FILLING):
            at = depot.github.clock.stamp(depot.github.clock.now() - number)
            depot.unmerged(number, state="closed", updated_at=at)
        for number in range(1, 4):
            depot.merged(number)
        reopened = {"state": "open", "updated_at": depot.github.clock.stamp()}

        def reopen() -> None:
            for number in range(1000, 1010):
                depot.changed(number, **reopened)

        depot.after_list(reopen)
        depot.connect()
        settle(steps)
        assert depot.cards() == [("ada", 1), ("ada", 2), ("ada", 3)]

    def test_come_to_an_end_when_everything_changed_in_one_second(self, steps: Steps, depot: Depot) -> None:
        depot.filled(days=0)
        depot.connect()
        settle(steps)
        assert steps.event(the_backfill(depot))["state"] == "done"

    def test_are_read_to_the_end_after_a_failure(self, steps: Steps, depot: Depot) -> None:
        depot.filled()
        depot.merged(1)
        depot.connect()
        event_id = the_backfill(depot)
        steps.fetch(event_id)
        assert steps.event(event_id)["page"] == 2
        failing = depot.github.faults.add(LIST, faults.server_error())
        assert steps.fetch(event_id).status_code == 503
        assert (steps.event(event_id)["page"], failing.fired) == (2, 1)
        settle(steps)
        assert depot.cards() == [("ada", 1)]


class TestFailures:
    @pytest.mark.parametrize(
        "fault",
        [faults.server_error(), faults.html(200), faults.answer(200, "null"), faults.answer(200, '[{"number": 1}]')],
        ids=["502", "page", "null", "half an item"],
    )
    @pytest.mark.parametrize("pattern", [LIST, PULL])
    def test_are_passed_through(self, steps: Steps, depot: Depot, pattern: str, fault: faults.Fault) -> None:
        depot.merged(1)
        depot.merged(2)
        depot.connect()
        failing = depot.github.faults.add(pattern, fault)
        settle(steps)
        assert (depot.cards(), failing.fired) == ([("ada", 1), ("ada", 2)], 1)
        assert depot.numbers() == [1, 2]

    def test_of_the_rate_limit_become_the_queue_s_delay(self, steps: Steps, depot: Depot) -> None:
        depot.connect()
        depot.github.faults.add(LIST, faults.secondary_limit(77))
        answered = steps.fetch(the_backfill(depot))
        assert (answered.status_code, answered.headers["Retry-After"]) == (503, "77")
        assert steps.event(the_backfill(depot))["state"] == "received"

    def test_of_a_worker_are_made_good_once_its_lease_is_over(self, steps: Steps, depot: Depot) -> None:
        """It had started one of two merges when it was killed."""
        depot.merged(1)
        depot.merged(2)
        depot.connect()
        event_id = the_backfill(depot)
        waiting = steps.event(event_id)
        steps.fetch(event_id)
        later = next(key for key, each in depot.events().items() if each["prNumber"] == 2)
        depot.deployment.firestore.document("pr-events", later).delete()
        lease = datetime.now(UTC) + timedelta(seconds=100)
        steps.change(event_id, **{**waiting, "state": "processing", "fence": 1, "attempts": 1, "leaseUntil": lease})
        answered = steps.fetch(event_id)
        assert answered.status_code == 503
        assert 90 < int(answered.headers["Retry-After"]) <= 100
        steps.change(event_id, leaseUntil=datetime.now(UTC) - timedelta(seconds=1))
        assert steps.fetch(event_id).status_code == 200
        settle(steps)
        assert (depot.numbers(), depot.cards()) == ([1, 2], [("ada", 1), ("ada", 2)])


class TestWebhooks:
    """GitHub tells of a merge that a backfill finds too."""

    def test_afterwards_give_no_second_card(self, steps: Steps, depot: Depot) -> None:
        depot.merged(1)
        depot.connect()
        settle(steps)
        before = depot.deployment.documents("asset-cards")
        assert steps.run(steps.merge(DEPOT, 1))["state"] == "done"
        assert depot.deployment.documents("asset-cards") == before

    def test_meanwhile_give_no_second_card(self, steps: Steps, depot: Depot) -> None:
        """Both are fetched before either is written."""
        depot.merged(1)
        depot.connect()
        steps.fetch(the_backfill(depot))
        (backfilled,) = depot.events()
        delivered = steps.merge(DEPOT, 1)
        for event_id in (delivered, backfilled):
            steps.fetch(event_id)
        for event_id in (delivered, backfilled):
            assert steps.generate(event_id).get_json() == {"outcome": "done"}
        assert depot.cards() == [("ada", 1)]
