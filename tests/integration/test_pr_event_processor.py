"""Is a merge anybody's, and what is fetched of it: the first stage, one delivery at a time."""

import itertools
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.github import Change, GitHub, faults
from shared.domain.pull_request import PullRequest
from tests.github_client import TOKENS
from tests.secrets import seeded_secrets
from tests.steps import ADA, MAP, MAP_ID, REN, TRACKER, TRACKER_ID, Steps

PULL = "GET /repositories/*/pulls/*"
BENS_TRAILER = "Co-authored-by: Ren <1000000102+sample-dev-ren@users.noreply.github.com>"


@pytest.fixture
def connected(steps: Steps, github: GitHub) -> Steps:
    """Ada has connected the tracker; what that asked of GitHub is forgotten."""
    steps.connect("ada", TRACKER, ADA)
    github.calls.clear()
    return steps


def assert_ignored(steps: Steps, event_id: str, reason: str) -> None:
    """The processor acknowledges, asks GitHub nothing, and lets the event go by TTL."""
    answered = steps.fetch(event_id)
    assert (answered.status_code, answered.get_json()) == (200, {"outcome": "ignored"})
    event = steps.event(event_id)
    assert (event["state"], event["lastError"], event["dueAt"]) == ("ignored", reason, None)
    assert timedelta(days=6) < event["expiresAt"] - datetime.now(UTC) <= timedelta(days=7)
    assert steps.github.calls() == []
    assert steps.deployment.documents("pr-snapshots") == {}


def snapshot(steps: Steps, event_id: str) -> PullRequest:
    """What the generator will read."""
    return PullRequest.model_validate_json(steps.deployment.documents("pr-snapshots")[event_id]["content"])


class TestBots:
    @pytest.mark.parametrize(
        ("login", "kind"),
        [("sample-bot[bot]", "Bot"), ("anything", "Bot"), ("some-app[bot]", "User"), ("imgbotapp", "User")],
    )
    def test_give_no_card_and_cost_no_call(self, connected: Steps, github: GitHub, login: str, kind: str) -> None:
        if github.world.account(login) is None:
            github.add_user(login, kind=kind)
        github.add_pull(TRACKER, title="Bump a package", author=login, number=90)
        assert_ignored(connected, connected.merge(TRACKER, 90), "bot_author")

    def test_give_no_card_for_the_sample_of_one(self, connected: Steps) -> None:
        assert_ignored(connected, connected.merge(TRACKER, 44), "bot_author")


class TestStrangers:
    """A delivery that our App signed and nobody here asked for."""

    def test_cost_no_call(self, steps: Steps) -> None:
        assert_ignored(steps, steps.merge(TRACKER, 41), "repository_not_connected")

    def test_cost_no_call_beside_a_connected_repository(self, connected: Steps) -> None:
        assert_ignored(connected, connected.merge(MAP, 58), "repository_not_connected")

    def test_cost_no_call_under_the_name_of_a_connected_repository(self, connected: Steps, github: GitHub) -> None:
        """The name has passed to another repository: the number is what counts."""
        github.rename(TRACKER, "parcels", notify=False)
        github.squat(TRACKER)
        github.choose(TRACKER, notify=False)
        github.add_user("mallory")
        github.add_pull(TRACKER, title="Buy my product", author="mallory", number=41)
        assert_ignored(connected, connected.merge(TRACKER, 41), "repository_not_connected")

    @pytest.mark.parametrize("status", ["awaiting_installation", "suspended", "disconnected"])
    def test_cost_no_call_while_a_connection_is_not_one(self, steps: Steps, github: GitHub, status: str) -> None:
        repository_id = steps.connect("ada", TRACKER, ADA)
        steps.deployment.firestore.document("repositories", repository_id).update({"connectionStatus": status})
        github.calls.clear()
        assert_ignored(steps, steps.merge(TRACKER, 41), "repository_not_connected")

    def test_cost_no_call_once_the_repository_was_disconnected(self, steps: Steps, github: GitHub) -> None:
        repository_id = steps.connect("ada", TRACKER, ADA)
        event_id = steps.merge(TRACKER, 41)
        steps.disconnect("ada", repository_id)
        github.calls.clear()
        assert_ignored(steps, event_id, "repository_not_connected")

    def test_get_no_card_of_what_they_did_not_write(self, steps: Steps) -> None:
        steps.connect("ren", TRACKER, REN)
        event_id = steps.merge(TRACKER, 41)
        assert steps.fetch(event_id).get_json() == {"outcome": "ignored"}
        assert steps.event(event_id)["lastError"] == "nobody_to_credit"
        assert steps.deployment.documents("pr-snapshots") == {}

    def test_can_not_name_a_path_instead_of_a_repository(self, connected: Steps, github: GitHub) -> None:
        payload = json.loads(json.dumps(github.samples["sample-org__parcel-tracker__41"].webhook))
        for name in ("../parcel-tracker", "sample-org/..", "./parcel-tracker", "sample-org/parcel-tracker/../x"):
            payload["repository"]["full_name"] = name
            assert connected.deployment.deliver(payload).status_code == 400
        assert connected.events() == {}


class TestAgents:
    def test_leave_the_card_to_the_person_they_name(self, steps: Steps, github: GitHub) -> None:
        steps.connect("ada", TRACKER, ADA)
        steps.connect("ren", TRACKER, REN)
        github.add_user("copilot-swe-agent[bot]", kind="Bot")
        commits: list[tuple[str, str | None]] = [
            ("Initial plan", "copilot-swe-agent[bot]"),
            (f"Add the cache\n\n{BENS_TRAILER}", "copilot-swe-agent[bot]"),
        ]
        author = "copilot-swe-agent[bot]"
        github.add_pull(TRACKER, title="Add the cache", author=author, commits=commits, number=90)
        assert steps.run(steps.merge(TRACKER, 90))["state"] == "done"
        assert list(steps.cards()) == ["ren"]

    def test_give_no_card_when_they_worked_alone(self, steps: Steps, github: GitHub) -> None:
        steps.connect("ada", TRACKER, ADA)
        steps.connect("zoe", TRACKER)
        github.add_user("copilot-swe-agent[bot]", kind="Bot")
        github.add_pull(TRACKER, title="Add the cache", author="copilot-swe-agent[bot]", number=90)
        event_id = steps.merge(TRACKER, 90)
        assert steps.fetch(event_id).get_json() == {"outcome": "ignored"}
        assert steps.event(event_id)["lastError"] == "nobody_to_credit"


class TestManyTasks:
    def test_at_once_fetch_once(self, connected: Steps, github: GitHub) -> None:
        event_id = connected.merge(TRACKER, 41)
        connected.deployment.function("pr_event_processor")
        slow = github.faults.add(PULL, faults.slow(0.3))
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: connected.fetch(event_id), range(16)))
        outcomes = [(each.status_code, (each.get_json() or {}).get("outcome")) for each in answers]
        assert outcomes.count((200, "continued")) == 1
        assert set(outcomes) <= {(200, "continued"), (200, "duplicate"), (503, None)}
        assert all(int(each.headers["Retry-After"]) > 0 for each in answers if each.status_code == 503)
        assert (len(github.calls(PULL)), slow.fired) == (1, 1)

    def test_after_the_end_ask_nothing(self, connected: Steps, github: GitHub) -> None:
        """The answer was lost, and the queue asks again."""
        event_id = connected.merge(TRACKER, 41)
        before = connected.run(event_id)
        github.calls.clear()
        for _ in range(2):
            assert connected.fetch(event_id).get_json() == {"outcome": "duplicate"}
            assert connected.generate(event_id).get_json() == {"outcome": "duplicate"}
        assert github.calls() == []
        assert connected.event(event_id) == before

    def test_of_a_stage_that_is_over_ask_nothing(self, connected: Steps, github: GitHub) -> None:
        event_id = connected.merge(TRACKER, 41)
        connected.fetch(event_id)
        github.calls.clear()
        assert connected.fetch(event_id).get_json() == {"outcome": "duplicate"}
        assert github.calls() == []


class TestOrderOfDeliveries:
    def test_changes_nothing(self, connected: Steps, github: GitHub) -> None:
        """Opened, pushed to, merged, and merged once more under another delivery id, in every order."""
        actions = ("opened", "synchronize", "closed", "closed")
        ends = set()
        for number, order in enumerate(sorted(set(itertools.permutations(actions))), 100):
            github.add_pull(TRACKER, title="Add a cache", author="sample-dev-ada", number=number)
            before = connected.events()
            answers = [github.deliver_pull(TRACKER, number, action=action) for action in order]
            assert {each.status_code for each in answers} == {200}
            (event_id,) = connected.events().keys() - before.keys()
            event = connected.run(event_id)
            ends.add((event["state"], event["stage"], event["fence"], event["attempts"], event["event"]))
        assert ends == {("done", "generate", 2, 1, "pull_request")}
        cards = connected.deployment.documents("asset-cards").values()
        assert sorted(card["prNumber"] for card in cards) == list(range(100, number + 1))


class TestGitHubsLimits:
    def test_become_the_queue_s_delay(self, connected: Steps, github: GitHub) -> None:
        event_id = connected.merge(TRACKER, 41)
        limiting = github.faults.add(PULL, faults.secondary_limit(77), times=None)
        before = datetime.now(UTC)
        answered = connected.fetch(event_id)
        assert (answered.status_code, answered.headers["Retry-After"]) == (503, "77")
        event = connected.event(event_id)
        assert (event["state"], event["stage"], event["attempts"]) == ("received", "fetch", 1)
        assert event["dueAt"] > before + timedelta(seconds=77)
        assert event["lastError"]
        assert (event["leaseUntil"], event["holder"]) == (None, None)
        github.calls.clear()
        again = connected.fetch(event_id)
        assert again.status_code == 503
        assert 60 < int(again.headers["Retry-After"]) <= 77
        assert (github.calls(), limiting.fired) == ([], 1)


class TestOutages:
    @pytest.mark.parametrize("pattern", [TOKENS, PULL, f"{PULL}/commits", f"{PULL}/files"])
    @pytest.mark.parametrize(
        "fault",
        [faults.server_error(), faults.html(200), faults.connection_reset, faults.cut_off],
        ids=["502", "page", "reset", "cut off"],
    )
    def test_pass(self, connected: Steps, github: GitHub, pattern: str, fault: faults.Fault) -> None:
        event_id = connected.merge(TRACKER, 41)
        failing = github.faults.add(pattern, fault)
        answered = connected.fetch(event_id)
        assert answered.status_code == 503
        assert int(answered.headers["Retry-After"]) > 0
        assert connected.event(event_id)["state"] == "received"
        assert connected.deployment.documents("pr-snapshots") == {}
        assert connected.fetch(event_id).get_json() == {"outcome": "continued"}
        assert failing.fired == 1


class TestFinalAnswers:
    @pytest.mark.parametrize(
        "change",
        [
            lambda github: github.remove_pull(TRACKER, 41),
            lambda github: github.delete(TRACKER, notify=False),
            lambda github: github.choose(TRACKER, covered=False, notify=False),
            lambda github: github.uninstall("sample-org", notify=False),
        ],
        ids=["pull request removed", "repository deleted", "repository taken from the App", "App removed"],
    )
    def test_that_it_is_gone_end_the_event(
        self, connected: Steps, github: GitHub, change: Callable[[GitHub], object]
    ) -> None:
        event_id = connected.merge(TRACKER, 41)
        change(github)
        assert connected.fetch(event_id).get_json() == {"outcome": "ignored"}
        assert connected.event(event_id)["lastError"] == "pull_request_gone"

    @pytest.mark.parametrize(
        "fault",
        [faults.refusal(403, "Resource not accessible"), faults.refusal(422, "No"), faults.refusal(401, "No")],
        ids=["403", "422", "401"],
    )
    def test_that_it_is_refused_are_recorded(self, connected: Steps, github: GitHub, fault: faults.Fault) -> None:
        event_id = connected.merge(TRACKER, 41)
        github.faults.add(PULL, fault, times=None)
        answered = connected.fetch(event_id)
        assert (answered.status_code, answered.get_json()) == (200, {"outcome": "failed"})
        event = connected.event(event_id)
        assert (event["state"], event["lastError"], event["dueAt"]) == ("failed", "github_refused", None)

    def test_that_the_app_is_suspended_are_recorded(self, connected: Steps, github: GitHub) -> None:
        event_id = connected.merge(TRACKER, 41)
        github.suspend("sample-org", notify=False)
        assert connected.fetch(event_id).status_code == 200
        event = connected.event(event_id)
        assert (event["state"], event["dueAt"]) == ("failed", None)


class TestRenames:
    """The name in a delivery is as old as the delivery."""

    def test_are_followed(self, connected: Steps, github: GitHub) -> None:
        event_id = connected.merge(TRACKER, 41)
        github.rename(TRACKER, "parcels", notify=False)
        assert connected.run(event_id)["state"] == "done"
        card = connected.cards()["ada"]
        assert (card["repoFullName"], card["repositoryId"]) == ("sample-org/parcels", TRACKER_ID)
        assert card["prUrl"] == "https://github.com/sample-org/parcels/pull/41"

    @pytest.mark.parametrize("private", [True, False])
    def test_do_not_lead_to_whoever_took_the_name(self, connected: Steps, github: GitHub, *, private: bool) -> None:
        event_id = connected.merge(TRACKER, 41)
        github.rename(TRACKER, "parcels", notify=False)
        github.squat(TRACKER, private=private)
        github.add_user("mallory")
        squatted = [("Buy it", "sample-dev-ada")]
        github.add_pull(TRACKER, title="Buy my product", author="mallory", commits=squatted, number=41)
        assert connected.run(event_id)["state"] == "done"
        stored = json.dumps(connected.deployment.everything(), default=str)
        assert "Buy" not in stored
        assert connected.cards()["ada"]["repoFullName"] == "sample-org/parcels"


class TestSnapshot:
    def test_tells_the_head_that_was_fetched(self, connected: Steps, github: GitHub) -> None:
        event_id = connected.merge(TRACKER, 41)
        github.force_push(TRACKER, 41, "f" * 40)
        connected.fetch(event_id)
        assert connected.event(event_id)["headSha"] == "f" * 40
        assert snapshot(connected, event_id).head_sha == "f" * 40

    def test_is_whole(self, connected: Steps) -> None:
        event_id = connected.merge(TRACKER, 41)
        connected.fetch(event_id)
        pull = snapshot(connected, event_id)
        assert (pull.number, pull.repository_id, len(pull.files), len(pull.commits)) == (41, TRACKER_ID, 3, 2)
        assert (pull.truncated, pull.redacted) == (False, False)

    def test_is_kept_for_a_week(self, connected: Steps) -> None:
        event_id = connected.merge(TRACKER, 41)
        connected.fetch(event_id)
        expires = connected.deployment.documents("pr-snapshots")[event_id]["expiresAt"]
        assert timedelta(days=6) < expires - datetime.now(UTC) <= timedelta(days=7)

    def test_holds_no_secret_of_the_pull_request(
        self, connected: Steps, github: GitHub, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Neither is one anywhere else in the store, nor in a log."""
        planted = seeded_secrets(7, 60)
        body, message, code = (planted[start::3] for start in range(3))
        github.add_pull(
            TRACKER,
            title="Set it up",
            author="sample-dev-ada",
            body="\n\n".join(secret.text for secret in body),
            commits=[("\n\n".join(["Set it up", *(secret.text for secret in message)]), "sample-dev-ada")],
            changes=[Change("settings.txt", after="\n\n".join(secret.text for secret in code))],
            number=90,
        )
        event_id = connected.merge(TRACKER, 90)
        assert connected.run(event_id)["state"] == "done"
        seen = repr(connected.deployment.everything()) + "".join(capsys.readouterr())
        assert {secret.kind for secret in planted if secret.survivors(seen)} == set()
        assert snapshot(connected, event_id).redacted
        assert "secret_redacted" in connected.cards()["ada"]["flags"]

    def test_and_everything_else_holds_no_credential(
        self, connected: Steps, github: GitHub, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for fault in (faults.secondary_limit(0), faults.server_error(), faults.html(200), faults.connection_reset):
            github.faults.add(PULL, fault)
        event_id = connected.merge(TRACKER, 41)
        for _ in range(4):
            assert connected.fetch(event_id).status_code == 503
        assert connected.run(event_id)["state"] == "done"
        seen = repr(connected.deployment.everything()) + "".join(capsys.readouterr())
        assert "ghs_" not in seen
        assert "eyJ" not in seen  # how every JSON web token begins
        assert "PRIVATE KEY" not in seen


class TestPeople:
    def test_who_wrote_it_together_each_get_their_own(self, steps: Steps) -> None:
        steps.connect("ada", MAP, ADA)
        steps.connect("ren", MAP, REN)
        assert steps.run(steps.merge(MAP, 58))["state"] == "done"
        cards = steps.cards()
        assert sorted(cards) == ["ada", "ren"]
        assert {card["repositoryId"] for card in cards.values()} == {MAP_ID}
        assert all(card["flags"] == [] for card in cards.values())

    def test_without_a_github_identity_get_a_card_to_be_looked_at(self, steps: Steps) -> None:
        steps.connect("zoe", TRACKER)
        steps.run(steps.merge(TRACKER, 41))
        card: dict[str, Any] = steps.cards()["zoe"]
        assert (card["status"], card["flags"]) == ("flagged", ["authorship_unverified"])

    def test_without_a_github_identity_get_nothing_of_what_has_become_private(
        self, steps: Steps, github: GitHub
    ) -> None:
        """The delivery that tells of it may be late or lost."""
        steps.connect("zoe", TRACKER)
        github.set_private(TRACKER, notify=False)
        event_id = steps.merge(TRACKER, 41)
        assert steps.fetch(event_id).get_json() == {"outcome": "ignored"}
        assert steps.deployment.documents("pr-snapshots") == {}
