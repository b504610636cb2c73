"""Editing a card: what is kept of the owner's words, what is refused, and how often it counts."""

import unicodedata
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api import Person
from tests.cards import a_card, put, stored
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


def edit(deployment: Deployment, asset_card_id: str, **words: object) -> TestResponse:
    return Person(deployment, UID).put(f"/api/assets/{asset_card_id}/edit", words)


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
