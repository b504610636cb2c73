"""Does each credited person get one card, with its ledger and its first revision, and never a second one?"""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.github import Change, GitHub, faults
from shared.store.cards import change
from tests.chains import chain
from tests.steps import ADA, MAP, REN, TRACKER, TRACKER_ID, Steps

FILES = "GET /repositories/*/pulls/*/files"


@pytest.fixture
def connected(steps: Steps) -> Steps:
    """Ada has connected the tracker."""
    steps.connect("ada", TRACKER, ADA)
    return steps


def fetched(steps: Steps, full_name: str = TRACKER, number: int = 41) -> str:
    """A merge that waits for its cards."""
    event_id = steps.merge(full_name, number)
    assert steps.fetch(event_id).get_json() == {"outcome": "continued"}
    return event_id


def card_of(steps: Steps, uid: str = "ada") -> dict[str, Any]:
    return steps.cards()[uid]


class TestLedger:
    def test_begins_with_the_card(self, connected: Steps) -> None:
        """And its digest can be recomputed from the documents as the store gives them back."""
        connected.run(connected.merge(TRACKER, 41))
        (entry,) = chain(connected.deployment, "asset-cards", card_of(connected)["assetCardId"])
        assert (entry["action"], entry["actor"], entry["seq"]) == ("create", "task:asset-generator", 1)

    def test_is_anchored_in_the_log(self, connected: Steps, capsys: pytest.CaptureFixture[str]) -> None:
        connected.run(connected.merge(TRACKER, 41))
        card = card_of(connected)
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        (anchor,) = [line for line in lines if line["message"] == "ledger_anchor"]
        assert anchor["subject"] == f"asset-cards/{card['assetCardId']}"
        assert {"count": anchor["count"], "head": anchor["head"]} == card["ledger"]

    def test_is_written_with_card_revision_and_event_at_one_instant(self, connected: Steps) -> None:
        event_id = fetched(connected)
        connected.generate(event_id)
        card_id = card_of(connected)["assetCardId"]
        database = connected.deployment.firestore
        paths = [
            f"pr-events/{event_id}",
            f"asset-cards/{card_id}",
            f"asset-cards/{card_id}/ledger/00000001",
            f"asset-cards/{card_id}/revisions/00000001",
        ]
        times = {path: database.document(path).get().update_time for path in paths}
        assert None not in times.values()
        assert len(set(times.values())) == 1
        assert connected.event(event_id)["state"] == "done"

    def test_has_one_entry_and_the_card_one_revision(self, connected: Steps) -> None:
        connected.run(connected.merge(TRACKER, 41))
        card = card_of(connected)
        (revision,) = connected.deployment.documents("asset-cards", card["assetCardId"], "revisions").values()
        assert (revision["revision"], revision["writtenBy"]) == (1, "task:asset-generator")
        words = ("title", "description", "impact", "skills", "claims")
        assert {name: revision[name] for name in words} == {name: card[name] for name in words}
        assert (card["revision"], card["ledger"]["count"]) == (1, 1)


class TestCard:
    def test_says_what_was_merged_and_who_wrote_about_it(self, connected: Steps) -> None:
        event_id = connected.merge(TRACKER, 41)
        connected.run(event_id)
        card = card_of(connected)
        assert (card["ownerId"], card["prEventId"], card["repositoryId"]) == ("ada", event_id, TRACKER_ID)
        assert (card["repoFullName"], card["prNumber"]) == (TRACKER, 41)
        assert card["prUrl"] == f"https://github.com/{TRACKER}/pull/41"
        assert (card["status"], card["flags"]) == ("pending", [])
        assert card["generatedBy"]["provider"] == "offline"
        assert card["claims"]
        assert card["createdAt"] == card["updatedAt"]

    def test_costs_no_call_to_github(self, connected: Steps, github: GitHub) -> None:
        event_id = fetched(connected)
        github.calls.clear()
        assert connected.generate(event_id).get_json() == {"outcome": "done"}
        assert github.calls() == []

    def test_is_one_for_each_person(self, steps: Steps, github: GitHub) -> None:
        github.add_user("eve", id=77)
        for uid, github_id in (("ada", ADA), ("ren", REN), ("zoe", None), ("eve", 77)):
            steps.connect(uid, MAP, github_id)
        steps.run(steps.merge(MAP, 58))
        cards = steps.cards()
        assert {uid: card["flags"] for uid, card in cards.items()} == {
            "ada": [],
            "ren": [],
            "zoe": ["authorship_unverified"],
        }
        assert len({card["assetCardId"] for card in cards.values()}) == 3
        for card in cards.values():
            assert len(chain(steps.deployment, "asset-cards", card["assetCardId"])) == 1


class TestFlags:
    def test_tell_that_a_secret_was_taken_out(self, connected: Steps, github: GitHub) -> None:
        token = "ghp_" + "a1B2" * 9
        body = f"Uses the token {token} for now."
        github.add_pull(TRACKER, title="Call the API", author="sample-dev-ada", body=body, number=90)
        connected.run(connected.merge(TRACKER, 90))
        card = card_of(connected)
        assert ("secret_redacted" in card["flags"], card["status"]) == (True, "flagged")
        assert token not in repr(connected.deployment.everything())

    def test_tell_that_the_diff_was_not_all_there(self, connected: Steps, github: GitHub) -> None:
        cut = github.faults.add(FILES, faults.without_patches)
        connected.run(connected.merge(TRACKER, 41))
        card = card_of(connected)
        assert ("diff_truncated" in card["flags"], card["status"], cut.fired) == (True, "flagged", 1)

    def test_tell_that_a_pull_request_was_too_large_to_keep(self, connected: Steps, github: GitHub) -> None:
        text = "".join(f"{'word ' * 15}{number}\n" for number in range(2500))
        changes = [Change(f"docs/{number}.md", after=text) for number in range(6)]
        github.add_pull(TRACKER, title="Add a manual", author="sample-dev-ada", changes=changes, number=90)
        assert connected.run(connected.merge(TRACKER, 90))["state"] == "done"
        assert "diff_truncated" in card_of(connected)["flags"]

    def test_come_together_and_in_order(self, steps: Steps, github: GitHub) -> None:
        steps.connect("zoe", TRACKER)
        body = "Uses ghp_" + "a1B2" * 9
        github.add_pull(TRACKER, title="Call the API", author="sample-dev-ada", body=body, number=90)
        github.faults.add(FILES, faults.without_patches)
        steps.run(steps.merge(TRACKER, 90))
        flags = card_of(steps, "zoe")["flags"]
        assert {"authorship_unverified", "diff_truncated", "secret_redacted"} <= set(flags)
        assert flags == sorted(flags)


class TestSnapshotThatIsGone:
    def test_is_fetched_again(self, connected: Steps) -> None:
        """By TTL, while the step waited for longer than a week."""
        event_id = fetched(connected)
        connected.deployment.firestore.document("pr-snapshots", event_id).delete()
        assert connected.generate(event_id).get_json() == {"outcome": "continued"}
        event = connected.event(event_id)
        assert (event["state"], event["stage"]) == ("received", "fetch")
        assert event["dueAt"] < datetime.now(UTC) + timedelta(minutes=2)
        assert connected.run(event_id)["state"] == "done"
        assert len(connected.deployment.documents("asset-cards")) == 1

    def test_of_a_pull_request_that_is_gone_too_ends_the_event(self, connected: Steps, github: GitHub) -> None:
        event_id = fetched(connected)
        connected.deployment.firestore.document("pr-snapshots", event_id).delete()
        github.remove_pull(TRACKER, 41)
        connected.generate(event_id)
        assert connected.fetch(event_id).get_json() == {"outcome": "ignored"}

    def test_or_garbled_is_no_reason_to_show_it(self, connected: Steps, capsys: pytest.CaptureFixture[str]) -> None:
        event_id = fetched(connected)
        document = connected.deployment.firestore.document("pr-snapshots", event_id)
        document.update({"content": b'{"title": "canary"'})
        answered = connected.generate(event_id)
        assert (answered.status_code, answered.headers["Retry-After"]) == (503, "60")
        assert connected.event(event_id)["lastError"] == "ValidationError"
        assert "canary" not in "".join(capsys.readouterr()) + answered.text
        assert connected.deployment.documents("asset-cards") == {}


class TestDisconnectedMeanwhile:
    def test_gives_no_card(self, steps: Steps) -> None:
        repository_id = steps.connect("ada", TRACKER, ADA)
        event_id = fetched(steps)
        steps.disconnect("ada", repository_id)
        assert steps.generate(event_id).get_json() == {"outcome": "ignored"}
        assert steps.event(event_id)["lastError"] == "nobody_to_credit"
        assert steps.deployment.documents("asset-cards") == {}

    def test_takes_one_person_s_card_and_leaves_the_others(self, steps: Steps) -> None:
        repository_id = steps.connect("ada", MAP, ADA)
        steps.connect("ren", MAP, REN)
        event_id = fetched(steps, MAP, 58)
        steps.disconnect("ada", repository_id)
        assert steps.generate(event_id).get_json() == {"outcome": "done"}
        assert list(steps.cards()) == ["ren"]

    @pytest.mark.parametrize("status", ["suspended", "awaiting_installation", "disconnected"])
    def test_by_github_gives_no_card(self, steps: Steps, status: str) -> None:
        repository_id = steps.connect("ada", TRACKER, ADA)
        event_id = fetched(steps)
        steps.deployment.firestore.document("repositories", repository_id).update({"connectionStatus": status})
        assert steps.generate(event_id).get_json() == {"outcome": "ignored"}
        assert steps.deployment.documents("asset-cards") == {}


class TestSecondTime:
    """Whatever makes the work be done again leaves the card as it is."""

    def test_at_once_makes_one_card(self, connected: Steps) -> None:
        event_id = fetched(connected)
        connected.deployment.function("asset_generator")
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: connected.generate(event_id), range(16)))
        outcomes = [(each.status_code, (each.get_json() or {}).get("outcome")) for each in answers]
        assert outcomes.count((200, "done")) == 1
        assert set(outcomes) <= {(200, "done"), (200, "duplicate"), (503, None)}
        assert len(chain(connected.deployment, "asset-cards", card_of(connected)["assetCardId"])) == 1

    @pytest.mark.parametrize("decision", ["nothing", "approve", "reject", "edit"])
    def test_by_the_same_event_changes_nothing(self, connected: Steps, decision: str) -> None:
        event_id = connected.merge(TRACKER, 41)
        done = connected.run(event_id)
        card_id = card_of(connected)["assetCardId"]
        decide(connected, card_id, decision)
        before = connected.deployment.documents("asset-cards")[card_id]
        connected.change(event_id, state="received", attempts=0, dueAt=done["updatedAt"])
        assert connected.generate(event_id).get_json() == {"outcome": "done"}
        assert connected.event(event_id)["state"] == "done"
        assert connected.deployment.documents("asset-cards") == {card_id: before}
        chain(connected.deployment, "asset-cards", card_id)

    def test_by_another_event_of_the_same_merge_changes_nothing(self, connected: Steps, github: GitHub) -> None:
        """The App was installed anew, and GitHub tells of the merge under the new installation."""
        connected.run(connected.merge(TRACKER, 41))
        before = card_of(connected)
        github.uninstall("sample-org", notify=False)
        github.install("sample-org", notify=False)
        second = connected.merge(TRACKER, 41)
        assert connected.run(second)["state"] == "done"
        assert len(connected.events()) == 2
        assert card_of(connected) == before

    def test_for_another_person_makes_their_card_alone(self, connected: Steps, github: GitHub) -> None:
        github.uninstall("sample-org", notify=False)
        commits: list[tuple[str, str | None]] = [("Add it", "sample-dev-ada"), ("Test it", "sample-dev-ren")]
        github.install("sample-org", notify=False)
        github.add_pull(TRACKER, title="Add a cache", author="sample-dev-ada", commits=commits, number=90)
        connected.run(connected.merge(TRACKER, 90))
        before = card_of(connected)
        connected.connect("ren", TRACKER, REN)
        github.uninstall("sample-org", notify=False)
        github.install("sample-org", notify=False)
        assert connected.run(connected.merge(TRACKER, 90))["state"] == "done"
        assert card_of(connected) == before
        assert card_of(connected, "ren")["prNumber"] == 90


def decide(steps: Steps, card_id: str, decision: str) -> None:
    """What the card's owner does with it."""
    store, at = steps.deployment.services().store, datetime.now(UTC)
    stored = store.asset_cards.get(card_id)
    assert stored is not None
    decided = {
        "nothing": stored.value,
        "approve": stored.value.approved(at=at),
        "reject": stored.value.rejected(at=at),
        "edit": stored.value.edited({"title": "My own words"}, at=at),
    }[decision]
    if decided != stored.value:
        store.asset_cards.commit(*change(store, stored, decided, action=decision, actor="ada", at=at))
