"""Is a card written anew when its owner asks, and never once its words are the owner's?"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.asset_generator.generate import generate
from local.github import Change, GitHub, faults
from shared.domain.errors import RetryLaterError
from shared.domain.pr_event import PrEvent
from shared.domain.step import GENERATE
from shared.failures import failed_event
from shared.task import Finish, perform
from tests.api import Person
from tests.cards import a_card, put
from tests.chains import chain
from tests.deployment import Deployment
from tests.steps import ADA, REN, TRACKER, Steps

NUMBER = 90
KEY = "AKIA" + "Z7Q2M4N6P8R3S5T7"
WITH_KEY = (Change("settings.py", "a = 1\n", f'AWS_ACCESS_KEY_ID = "{KEY}"\n'),)
PLAIN = (Change("settings.py", "a = 1\n", "a = 2\n"),)


class Desk:
    """A person at their cards, and what becomes of them."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.deployment: Deployment = steps.deployment
        self.github: GitHub = steps.github
        self.ada = Person(self.deployment, "ada", ADA)
        self.connection = steps.connect("ada", TRACKER, ADA)
        self.card_id = ""

    def merged(self, title: str, *, changes: tuple[Change, ...] = PLAIN) -> None:
        """The pull request says this now, under the same merge."""
        before = self.github.world.pulls.get((self._tracker(), NUMBER))
        self.github.add_pull(TRACKER, title=title, author="sample-dev-ada", number=NUMBER, changes=changes)
        if before is not None:
            now = self.github.world.pulls[self._tracker(), NUMBER]
            same = {"merge_commit_sha": before.document["merge_commit_sha"]}
            self.github.world.pulls[self._tracker(), NUMBER] = replace(now, document={**now.document, **same})

    def written(self) -> None:
        """The pull request's merge becomes Ada's card."""
        self.steps.run(self.steps.merge(TRACKER, NUMBER))
        (self.card_id,) = self.deployment.documents("asset-cards")

    def card(self) -> dict[str, Any]:
        """Ada's card as it is stored."""
        return self.deployment.documents("asset-cards")[self.card_id]

    def ask(self, card_id: str = "", person: Person | None = None) -> Any:  # noqa: ANN401 -- werkzeug's answer
        """POST for new words."""
        return (person or self.ada).post(f"/api/assets/{card_id or self.card_id}/regenerate")

    def asked(self) -> str:
        """The event of a request for new words that was accepted."""
        before = self.events()
        assert self.ask().status_code == 202
        (event_id,) = self.events().keys() - before.keys()
        return event_id

    def events(self) -> dict[str, dict[str, Any]]:
        """The events of such requests."""
        return {key: each for key, each in self.steps.events().items() if each["event"] == "regeneration"}

    def _tracker(self) -> int:
        repository = self.github.world.repository(TRACKER)
        assert repository
        return repository.id


@pytest.fixture
def desk(steps: Steps) -> Desk:
    """Ada's card of a merge, pending."""
    desk = Desk(steps)
    desk.merged("Cache the routes")
    desk.written()
    return desk


class TestRegenerating:
    def test_answers_the_card_before(self, desk: Desk) -> None:
        answered = desk.ask()
        assert answered.status_code == 202
        assert answered.get_json()["assetCardId"] == desk.card_id
        assert answered.get_json()["revision"] == 1

    def test_writes_new_words_on_the_same_card(self, desk: Desk) -> None:
        before = desk.card()
        desk.merged("Index the depots by postcode")
        assert desk.steps.run(desk.asked())["state"] == "done"
        after = desk.card()
        assert (before["title"], after["title"]) == ("Cached the routes", "Indexed the depots by postcode")
        assert (after["revision"], after["status"]) == (2, "pending")
        same = ("assetCardId", "ownerId", "prEventId", "mergeCommitSha", "createdAt")
        assert {name: after[name] for name in same} == {name: before[name] for name in same}

    def test_keeps_the_revision_before_and_the_chain(self, desk: Desk) -> None:
        desk.merged("Index the depots by postcode")
        desk.steps.run(desk.asked())
        entries = chain(desk.deployment, "asset-cards", desk.card_id)
        assert [each["action"] for each in entries] == ["create", "regenerate"]
        shown = desk.ada.get(f"/api/assets/{desk.card_id}").get_json()["revisions"]
        assert [each["title"] for each in shown] == ["Cached the routes", "Indexed the depots by postcode"]

    def test_flags_the_card_as_the_new_draft_is(self, desk: Desk) -> None:
        desk.merged("Cache the routes", changes=WITH_KEY)
        desk.steps.run(desk.asked())
        assert (desk.card()["status"], desk.card()["flags"]) == ("flagged", ["secret_redacted"])
        desk.merged("Cache the routes")
        desk.steps.run(desk.asked())
        assert (desk.card()["status"], desk.card()["flags"], desk.card()["revision"]) == ("pending", [], 3)

    def test_gives_nobody_else_a_card(self, desk: Desk) -> None:
        """Who wrote it too, and connected the repository after the merge."""
        desk.steps.connect("ren", TRACKER, REN)
        commits: list[tuple[str, str | None]] = [("Cache", "sample-dev-ada"), ("Fix", "sample-dev-ren")]
        pull = desk.github.world.pulls[2000000001, NUMBER]
        desk.github.add_pull(TRACKER, title="Cache", author="sample-dev-ada", commits=commits, number=NUMBER)
        now = desk.github.world.pulls[2000000001, NUMBER]
        same = {"merge_commit_sha": pull.document["merge_commit_sha"]}
        desk.github.world.pulls[2000000001, NUMBER] = replace(now, document={**now.document, **same})
        desk.steps.run(desk.asked())
        assert list(desk.steps.cards()) == ["ada"]
        assert desk.card()["revision"] == 2

    def test_is_one_event_when_asked_twice(self, desk: Desk) -> None:
        assert [desk.ask().status_code for _ in range(2)] == [202, 202]
        assert len(desk.events()) == 1

    def test_is_one_event_when_eight_ask_at_once(self, desk: Desk) -> None:
        desk.ada.get("/api/assets/inbox")  # loads the function, which one thread should do
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: desk.ask().status_code, range(8)))
        assert (answers, len(desk.events())) == ([202] * 8, 1)

    def test_can_be_asked_for_again_once_it_is_done(self, desk: Desk) -> None:
        desk.steps.run(desk.asked())
        desk.steps.run(desk.asked())
        assert (len(desk.events()), desk.card()["revision"]) == (2, 3)

    def test_can_be_asked_for_again_after_a_failure(self, desk: Desk) -> None:
        desk.github.faults.add("GET /repositories/*/pulls/*", faults.refusal(403, "No"))
        failed = desk.asked()
        desk.steps.fetch(failed)
        assert desk.steps.event(failed)["state"] == "failed"
        desk.steps.run(desk.asked())
        assert desk.card()["revision"] == 2

    def test_is_refused_past_twenty_a_minute(self, desk: Desk) -> None:
        answers = [desk.ask() for _ in range(41)]  # in two minutes of the clock at the utmost
        assert {each.status_code for each in answers[:20]} == {202}
        refused = next(each for each in answers if each.status_code == 429)
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        assert refused.get_json()["code"] == "too_many_requests"


class TestDecidedCards:
    @pytest.mark.parametrize("status", ["approved", "edited", "rejected"])
    def test_are_not_written_anew(self, desk: Desk, status: str) -> None:
        card_id = put(desk.deployment, a_card("ada", 7, status=status))
        answered = desk.ask(card_id)
        assert (answered.status_code, answered.get_json()["code"]) == (400, "invalid_state")
        assert desk.events() == {}

    @pytest.mark.parametrize(
        "decide",
        [
            lambda desk: desk.ada.post(f"/api/assets/{desk.card_id}/approve"),
            lambda desk: desk.ada.put(f"/api/assets/{desk.card_id}/edit", {"title": "Mine"}),
            lambda desk: desk.ada.post(f"/api/assets/{desk.card_id}/reject"),
        ],
        ids=["approved", "edited", "rejected"],
    )
    @pytest.mark.parametrize("stage", ["before the fetch", "before the writing", "while it is written"])
    def test_stay_as_decided_meanwhile(self, desk: Desk, decide: Callable[[Desk], Any], stage: str) -> None:
        desk.merged("Index the depots by postcode")
        event_id = desk.asked()
        if stage == "before the fetch":
            assert decide(desk).status_code == 200
        desk.steps.fetch(event_id)
        if stage == "before the writing":
            assert decide(desk).status_code == 200
        if stage == "while it is written":
            _decide_while_generating(desk, event_id, decide)
        decided = desk.card()
        assert desk.steps.generate(event_id).get_json() == {"outcome": "done"}
        assert desk.card() == decided
        assert decided["title"] in ("Cached the routes", "Mine")
        chain(desk.deployment, "asset-cards", desk.card_id)


def _decide_while_generating(desk: Desk, event_id: str, decide: Callable[[Desk], Any]) -> None:
    """The owner is faster than the generator, which has read the card and is about to write it."""
    services = desk.deployment.services()

    def work(event: PrEvent) -> Finish[PrEvent]:
        finish = generate(services)(event)
        assert finish.results
        assert decide(desk).status_code == 200
        return finish

    events, beside = services.store.pr_events, failed_event(services)
    with pytest.raises(RetryLaterError):
        perform(events, event_id, {GENERATE.name: work}, services, beside=beside)
    desk.steps.change(event_id, leaseUntil=datetime.now(UTC) - timedelta(seconds=1))


class TestOthersCards:
    @pytest.mark.parametrize("card_id", ["0" * 40, "nothing", "a" * 129, "..", "%00", "カード", "a b"])
    def test_look_like_absent_ones(self, desk: Desk, card_id: str) -> None:
        theirs = desk.ask(person=Person(desk.deployment, "ren", REN))
        absent = desk.ask(card_id)
        assert (theirs.status_code, absent.status_code) == (404, 404)
        assert theirs.data == absent.data
        assert desk.events() == {}


class TestDisconnectedRepositories:
    def test_are_to_be_connected_first(self, desk: Desk) -> None:
        desk.steps.disconnect("ada", desk.connection)
        desk.steps.connect("ren", TRACKER, REN)
        answered = desk.ask()
        assert (answered.status_code, answered.get_json()["code"]) == (400, "invalid_state")
        assert desk.events() == {}

    def test_leave_the_card_as_it_is(self, desk: Desk) -> None:
        event_id = desk.asked()
        before = desk.card()
        desk.steps.disconnect("ada", desk.connection)
        desk.steps.connect("ren", TRACKER, REN)
        desk.github.calls.clear()
        assert desk.steps.fetch(event_id).get_json() == {"outcome": "ignored"}
        assert (desk.github.calls(), desk.card()) == ([], before)
