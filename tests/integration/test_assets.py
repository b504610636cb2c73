"""Asset cards as their owner meets them: the inbox, the library, approving, rejecting, and many at once."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api import Person
from tests.cards import GENERATOR, a_card, put, stored
from tests.chains import chain
from tests.deployment import Deployment

UID = "ann"
INVALID_STATE = "invalid_state"


def show(deployment: Deployment, asset_card_id: str) -> Any:  # noqa: ANN401  # a card as JSON
    """The card as its owner sees it."""
    return Person(deployment, UID).get(f"/api/assets/{asset_card_id}").get_json()


def ids(deployment: Deployment, place: str, **query: str) -> list[str]:
    """The ids in the inbox or the library."""
    answered = Person(deployment, UID).get(f"/api/assets/{place}", query)
    return [each["assetCardId"] for each in answered.get_json()["assets"]]


def approve(deployment: Deployment, asset_card_id: str) -> TestResponse:
    return Person(deployment, UID).post(f"/api/assets/{asset_card_id}/approve")


def reject(deployment: Deployment, asset_card_id: str) -> TestResponse:
    return Person(deployment, UID).post(f"/api/assets/{asset_card_id}/reject")


def edit(deployment: Deployment, asset_card_id: str, **words: object) -> TestResponse:
    return Person(deployment, UID).put(f"/api/assets/{asset_card_id}/edit", words)


class TestPlaces:
    """The inbox holds what waits for a decision, the library what its owner stands by, neither what was rejected."""

    @pytest.mark.parametrize(
        ("status", "place"),
        [("pending", "inbox"), ("flagged", "inbox"), ("approved", "library"), ("edited", "library"), ("rejected", "")],
    )
    def test_are_chosen_by_the_status(self, deployment: Deployment, status: str, place: str) -> None:
        card = put(deployment, a_card(UID, status=status))
        found = [each for each in ("inbox", "library") if card in ids(deployment, each)]
        assert found == ([place] if place else [])
        assert show(deployment, card)["status"] == status

    def test_can_be_searched_by_repository_and_skill(self, deployment: Deployment) -> None:
        made = {
            number: put(deployment, a_card(UID, number, hours=number, repo_full_name=repository, skills=skills))
            for number, (repository, skills) in enumerate(
                [
                    ("sample-org/parcel-tracker", ("Python", "Flask")),
                    ("sample-org/docs-site", ("Python",)),
                    ("sample-org/parcel-tracker", ("Go",)),
                    ("sample-org/parcel-tracker", ()),
                ]
            )
        }
        tracker = {"repoFullName": "sample-org/parcel-tracker"}
        assert ids(deployment, "inbox", **tracker) == [made[3], made[2], made[0]]
        assert ids(deployment, "inbox", skill="Python") == [made[1], made[0]]
        assert ids(deployment, "inbox", **tracker, skill="Python") == [made[0]]
        assert ids(deployment, "inbox", **tracker, skill="Rust") == []
        assert ids(deployment, "inbox", repoFullName="sample-org") == []

    def test_keep_a_search_over_their_pages(self, deployment: Deployment) -> None:
        made = [
            put(deployment, a_card(UID, number, skills=("Go",) if number % 2 else ("Python",))) for number in range(8)
        ]
        ann, seen = Person(deployment, UID), []
        cursor: dict[str, str] = {}
        for _ in range(2):
            page = ann.get("/api/assets/inbox", {"skill": "Go", "limit": "2", **cursor}).get_json()
            seen += [each["assetCardId"] for each in page["assets"]]
            cursor = {"cursor": page.get("nextCursor", "")}
        assert sorted(seen) == sorted(made[1::2])
        assert cursor == {"cursor": ""}
        cursor = {"cursor": ann.get("/api/assets/inbox", {"skill": "Go", "limit": "2"}).get_json()["nextCursor"]}
        assert ann.get("/api/assets/inbox", {"skill": "Python", **cursor}).status_code == 400

    @pytest.mark.parametrize(
        "query",
        [
            {"repoFullName": ""},
            {"repoFullName": "a" * 202},
            {"skill": ""},
            {"skill": "a" * 61},
            {"repo_full_name": "a"},
            {"skills": "Go"},
            {"status": "approved"},
            {"ownerId": "bob"},
        ],
        ids=str,
    )
    def test_refuse_searches_that_they_do_not_know(self, standing: Deployment, query: dict[str, str]) -> None:
        for place in ("inbox", "library"):
            answered = Person(standing, UID).get(f"/api/assets/{place}", query)
            assert answered.status_code == 400
            assert [each["field"] for each in answered.get_json()["errors"]] == list(query)

    @pytest.mark.parametrize("odd", ["%00", "%FF", "%ED%A0%80", "%F0%9F%98%80", "%27%20or%201", "a%2Fb%2Fc", "__x__"])
    def test_find_nothing_by_odd_words(self, standing: Deployment, odd: str) -> None:
        for name in ("skill", "repoFullName"):
            answered = Person(standing, UID).get("/api/assets/inbox", f"{name}={odd}")
            assert (answered.status_code, answered.get_json()) == (200, {"assets": []})


class TestCard:
    def test_shows_its_evidence_and_what_it_has_said(self, deployment: Deployment) -> None:
        card = put(deployment, a_card(UID))
        edit(deployment, card, title="First")
        edit(deployment, card, impact="Second")
        shown = show(deployment, card)
        assert shown["claims"][0]["evidence"][0]["quote"] == "Track parcels by postcode"
        said = [(each["revision"], each["title"], each["impact"], each["writtenBy"]) for each in shown["revisions"]]
        assert said == [
            (1, "Tracks parcels by postcode", "Not measured.", GENERATOR),
            (2, "First", "Not measured.", UID),
            (3, "First", "Second", UID),
        ]
        assert [each["writtenAt"] for each in shown["revisions"]] == sorted(
            each["writtenAt"] for each in shown["revisions"]
        )

    def test_keeps_the_order_of_more_than_nine_texts(self, deployment: Deployment) -> None:
        card = put(deployment, a_card(UID))
        for number in range(12):
            edit(deployment, card, title=f"Title {number}")
        assert [each["revision"] for each in show(deployment, card)["revisions"]] == list(range(1, 14))

    def test_shows_nothing_of_our_own(self, deployment: Deployment) -> None:
        shown = show(deployment, put(deployment, a_card(UID)))
        assert not {"ownerId", "ledger", "prEventId", "mergeCommitSha", "repositoryId"} & set(shown)


class TestApproving:
    @pytest.mark.parametrize("status", ["pending", "flagged"])
    def test_moves_the_card_to_the_library(self, deployment: Deployment, status: str) -> None:
        flags = ("ungrounded_number",) if status == "flagged" else ()
        card = put(deployment, a_card(UID, status=status, flags=flags))
        answered = approve(deployment, card)
        assert (answered.status_code, answered.get_json()["status"]) == (200, "approved")
        assert answered.get_json()["flags"] == list(flags)
        assert ids(deployment, "inbox") == []
        assert ids(deployment, "library") == [card]
        assert [each["action"] for each in chain(deployment, "asset-cards", card)] == ["create", "approve"]

    @pytest.mark.parametrize("status", ["approved", "edited"])
    def test_changes_nothing_in_the_library(self, deployment: Deployment, status: str) -> None:
        card = put(deployment, a_card(UID, status=status))
        before = deployment.everything()
        first, second = approve(deployment, card), approve(deployment, card)
        assert first.status_code == second.status_code == 200
        assert first.data == second.data
        assert first.get_json()["status"] == status
        assert deployment.everything() == before

    def test_is_refused_for_a_rejected_card(self, deployment: Deployment) -> None:
        card = put(deployment, a_card(UID, status="rejected"))
        before = deployment.everything()
        answered = approve(deployment, card)
        assert (answered.status_code, answered.get_json()["code"]) == (400, INVALID_STATE)
        assert deployment.everything() == before

    def test_names_who_approved_and_when(self, deployment: Deployment) -> None:
        card = put(deployment, a_card(UID))
        approve(deployment, card)
        entry = chain(deployment, "asset-cards", card)[-1]
        assert (entry["actor"], entry["at"]) == (
            UID,
            stored(deployment, card)["updatedAt"].strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        )


class TestRejecting:
    @pytest.mark.parametrize("status", ["pending", "flagged"])
    def test_takes_the_card_out_of_the_inbox(self, deployment: Deployment, status: str) -> None:
        card = put(deployment, a_card(UID, status=status))
        first, second = reject(deployment, card), reject(deployment, card)
        assert first.status_code == second.status_code == 200
        assert first.data == second.data
        assert first.get_json()["status"] == "rejected"
        assert ids(deployment, "inbox") == ids(deployment, "library") == []
        assert [each["action"] for each in chain(deployment, "asset-cards", card)] == ["create", "reject"]

    @pytest.mark.parametrize("status", ["approved", "edited"])
    def test_is_refused_in_the_library(self, deployment: Deployment, status: str) -> None:
        card = put(deployment, a_card(UID, status=status))
        before = deployment.everything()
        answered = reject(deployment, card)
        assert (answered.status_code, answered.get_json()["code"]) == (400, INVALID_STATE)
        assert deployment.everything() == before


class TestSixteenAtOnce:
    """Whoever comes at the same time: every accepted change is there, once, in one unbroken chain."""

    def test_approve_once(self, deployment: Deployment) -> None:
        card = put(deployment, a_card(UID))
        answers = self.together(deployment, [lambda: approve(deployment, card)] * 16)
        assert {each.status_code for each in answers} <= {200, 503}
        assert {each.get_json()["status"] for each in answers if each.status_code == 200} == {"approved"}
        assert [each["action"] for each in chain(deployment, "asset-cards", card)] == ["create", "approve"]

    def test_edit_without_loss(self, deployment: Deployment) -> None:
        card = put(deployment, a_card(UID))
        edits = [lambda n=n: edit(deployment, card, title=f"Title {n}") for n in range(16)]
        answers = self.together(deployment, edits)
        accepted = [each.get_json() for each in answers if each.status_code == 200]
        assert {each.status_code for each in answers} <= {200, 503}
        assert len(accepted) >= 4
        revisions = show(deployment, card)["revisions"][1:]
        assert sorted(each["title"] for each in revisions) == sorted(each["title"] for each in accepted)
        assert [each["revision"] for each in revisions] == sorted(each["revision"] for each in accepted)
        assert len(chain(deployment, "asset-cards", card)) == 1 + len(accepted)
        assert show(deployment, card)["title"] == revisions[-1]["title"]

    def test_edit_and_approve_and_reject_to_one_end(self, deployment: Deployment) -> None:
        card = put(deployment, a_card(UID))
        ways = [
            lambda: approve(deployment, card),
            lambda: reject(deployment, card),
            lambda: edit(deployment, card, title="Mine"),
            lambda: edit(deployment, card, title="Mine too"),
        ]
        answers = self.together(deployment, ways * 4)
        assert {each.status_code for each in answers} <= {200, 400, 503}
        actions = [each["action"] for each in chain(deployment, "asset-cards", card)]
        status = stored(deployment, card)["status"]
        assert status == {"approve": "approved", "reject": "rejected", "edit": "edited"}[actions[-1]]
        assert actions.count("reject") == (status == "rejected")
        assert len(show(deployment, card)["revisions"]) == 1 + actions.count("edit")

    @staticmethod
    def together(deployment: Deployment, calls: list[Any]) -> list[TestResponse]:
        deployment.function("assets")
        with ThreadPoolExecutor(16) as pool:
            return list(pool.map(lambda call: call(), calls))


class TestOutage:
    def test_of_the_database_is_try_later(self, deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")  # where Google's client looks at its first call
        started = time.monotonic()
        answered = Person(deployment, UID).get("/api/assets/inbox")
        assert (answered.status_code, answered.get_json()["code"]) == (503, "try_later")
        assert int(answered.headers["Retry-After"]) > 0
        assert time.monotonic() - started < 30
