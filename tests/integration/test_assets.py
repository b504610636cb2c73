"""Asset cards as their owner meets them: the inbox, the library, approving, rejecting, editing."""

import time
import unicodedata
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
CANARY = "canary-7f3a91"


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


class TestEditing:
    @pytest.mark.parametrize("status", ["pending", "flagged", "approved", "edited"])
    def test_puts_the_owners_words_into_the_library(self, deployment: Deployment, status: str) -> None:
        card = put(deployment, a_card(UID, status=status))
        answered = edit(deployment, card, title="Mine", skills=["Go", "小包"])
        shown = answered.get_json()
        assert (answered.status_code, shown["status"], shown["revision"]) == (200, "edited", 2)
        assert (shown["title"], shown["skills"]) == ("Mine", ["Go", "小包"])
        assert shown["description"] == "Parcels are found by the postcode of their receiver."
        assert ids(deployment, "library", skill="小包") == [card]
        assert [each["action"] for each in chain(deployment, "asset-cards", card)] == ["create", "edit"]

    def test_is_refused_for_a_rejected_card(self, deployment: Deployment) -> None:
        card = put(deployment, a_card(UID, status="rejected"))
        before = deployment.everything()
        answered = edit(deployment, card, title="Mine")
        assert (answered.status_code, answered.get_json()["code"]) == (400, INVALID_STATE)
        assert deployment.everything() == before

    def test_is_one_when_it_is_sent_twice(self, deployment: Deployment) -> None:
        card = put(deployment, a_card(UID))
        first = edit(deployment, card, title="Mine ", impact="\u200bSaves an hour")
        before = deployment.everything()
        second = edit(deployment, card, title="Mine", impact="Saves an hour")
        assert first.data == second.data
        assert deployment.everything() == before

    def test_keeps_what_an_approved_card_said(self, deployment: Deployment) -> None:
        card = put(deployment, a_card(UID))
        approve(deployment, card)
        edit(deployment, card, title="Mine")
        approve(deployment, card)
        assert [each["title"] for each in show(deployment, card)["revisions"]] == ["Tracks parcels by postcode", "Mine"]
        assert [each["action"] for each in chain(deployment, "asset-cards", card)] == ["create", "approve", "edit"]

    def test_may_leave_no_impact_and_no_skill(self, deployment: Deployment) -> None:
        card = put(deployment, a_card(UID))
        shown = edit(deployment, card, impact="", skills=[]).get_json()
        assert (shown["impact"], shown["skills"]) == ("", [])
        assert edit(deployment, card, impact=" \u200b\n").data == edit(deployment, card, impact="").data

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("a\u202eb\u2066c\u2069d", "abcd"),
            ("zero\u200bwidth\u200d\ufeff", "zerowidth"),
            ("bell\x07 and escape\x1b[31m", "bell and escape[31m"),
            ("soft\u00adhyphen", "softhyphen"),
            ("\U000e0041tag", "tag"),
            ("private \ue000 use", "private  use"),
            ("  around  ", "around"),
            ("Cafe\u0301", "Café"),
            ("\u0958\u0958", "\u0915\u093c" * 2),
            ("👩\u200d💻", "👩💻"),
            ("<b>bold</b> & [x](javascript:alert(1))", "<b>bold</b> & [x](javascript:alert(1))"),
            ("数字は12です", "数字は12です"),
            ("first\r\nsecond\u2028third", "first\nsecond\nthird"),
        ],
        ids=repr,
    )
    def test_keeps_what_can_be_seen(self, deployment: Deployment, sent: str, kept: str) -> None:
        card = put(deployment, a_card(UID))
        shown = edit(deployment, card, title=sent, description=sent, impact=sent, skills=[sent]).get_json()
        line = " ".join(kept.split())
        assert (shown["description"], shown["impact"]) == (kept, kept)
        assert (shown["title"], shown["skills"]) == (line, [line])
        for each in (stored(deployment, card)["description"], stored(deployment, card)["title"]):
            assert not [
                one for one in each if one not in "\n\t" and unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co")
            ]

    @pytest.mark.parametrize(
        ("words", "fields"),
        [
            ({"title": ""}, ["title"]),
            ({"title": " \t\n"}, ["title"]),
            ({"title": "\u200b\u202e\ufeff\u2060"}, ["title"]),
            ({"title": "\u00a0\u3000"}, ["title"]),
            ({"title": "\u3164\u2800\uffa0"}, ["title"]),
            ({"title": "\ufe0f\u0301\u034f"}, ["title"]),
            ({"title": "a" * 201}, ["title"]),
            ({"title": None}, ["title"]),
            ({"title": None, "impact": "Saves an hour"}, ["title"]),
            ({"title": 1}, ["title"]),
            ({"title": True}, ["title"]),
            ({"title": ["a"]}, ["title"]),
            ({"title": {"text": "a"}}, ["title"]),
            ({"description": ""}, ["description"]),
            ({"description": "a" * 4001}, ["description"]),
            ({"impact": "a" * 2001}, ["impact"]),
            ({"impact": None}, ["impact"]),
            ({"skills": "Go"}, ["skills"]),
            ({"skills": None}, ["skills"]),
            ({"skills": {"Go": 1}}, ["skills"]),
            ({"skills": ["a"] * 31}, ["skills"]),
            ({"skills": ["Go", 1, None]}, ["skills.1", "skills.2"]),
            ({"skills": ["Go", ""]}, ["skills.1"]),
            ({"skills": ["Go", "\u200b"]}, ["skills.1"]),
            ({"skills": ["a" * 61]}, ["skills.0"]),
            ({"title": "", "description": 1, "skills": [[]]}, ["title", "description", "skills.0"]),
            ({"title": CANARY * 40, "impact": CANARY * 200}, ["title", "impact"]),
            ({"Title": CANARY}, ["Title"]),
            ({"title": "a", "status": CANARY}, ["status"]),
            ({"title": "a", "claims": []}, ["claims"]),
            ({"title": "a", "flags": [], "revision": 9}, ["flags", "revision"]),
        ],
        ids=lambda each: repr(each)[:40],
    )
    def test_names_every_field_at_fault(
        self, standing: Deployment, words: dict[str, object], fields: list[str]
    ) -> None:
        card = put(standing, a_card(UID, number=len(standing.documents("asset-cards"))))
        before = standing.everything()
        answered = edit(standing, card, **words)
        assert answered.status_code == 400
        assert [each["field"] for each in answered.get_json()["errors"]] == fields
        assert CANARY not in answered.text
        assert standing.everything() == before

    def test_names_none_where_none_was_sent(self, deployment: Deployment) -> None:
        card = put(deployment, a_card(UID))
        before = deployment.everything()
        answered = edit(deployment, card)
        assert answered.status_code == 400
        assert answered.get_json()["detail"] == "name at least one field to change"
        assert deployment.everything() == before

    @pytest.mark.parametrize("limit", [("title", 200), ("description", 4000), ("impact", 2000)], ids=str)
    def test_counts_characters_as_people_do(self, deployment: Deployment, limit: tuple[str, int]) -> None:
        field, most = limit
        card = put(deployment, a_card(UID))
        assert edit(deployment, card, **{field: "😀" * most}).get_json()[field] == "😀" * most
        assert edit(deployment, card, **{field: "😀" * (most + 1)}).status_code == 400


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
