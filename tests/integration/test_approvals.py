"""Deciding: who may, until when, in which order, and what is left of it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.chains import chain
from tests.deployment import Deployment
from tests.governance import HARMLESS, PROJECT, RISKY, Office, Person, decision


@pytest.fixture
def office(deployment: Deployment) -> Office:
    return Office(deployment)


@pytest.fixture
def ada(office: Office) -> Person:
    return office.person("ada")


@pytest.fixture
def bo(office: Office) -> Person:
    return office.person("bo", "approver")


def decide(person: Person, intent_id: str, status: str = "approved", **more: Any) -> Any:  # noqa: ANN401
    return person.post("approvals", "/api/approvals", decision(intent_id, status, **more))


class TestWhoDecides:
    def test_is_an_approver_or_the_owner(self, ada: Person, bo: Person) -> None:
        intent_id = ada.state(RISKY)["intentId"]
        assert decide(bo, intent_id).status_code == 201
        assert decide(ada, intent_id).status_code == 201

    def test_is_nobody_else(self, office: Office, ada: Person) -> None:
        """To a stranger the intent is not there; an auditor sees it and may not."""
        intent_id = ada.state(RISKY)["intentId"]
        stranger, absent = decide(office.person("cy"), intent_id), decide(office.person("cy"), "0" * 40)
        assert stranger.status_code == absent.status_code == 404
        assert stranger.data == absent.data
        assert decide(office.person("di", "auditor"), intent_id).status_code == 403
        assert office.deployment.documents("approvals") == {}

    def test_is_not_what_a_body_says(self, office: Office, ada: Person) -> None:
        intent_id = ada.state(RISKY)["intentId"]
        answer = decide(office.person("cy"), intent_id, roles=["approver"], decidedBy="bo")
        assert answer.status_code == 400

    def test_is_recorded_when_it_is_the_owner(self, office: Office, ada: Person) -> None:
        intent_id = ada.state(RISKY)["intentId"]
        assert decide(ada, intent_id).get_json()["selfApproved"]
        (exception,) = office.deployment.documents("exceptions").values()
        assert (exception["type"], exception["ownerIds"]) == ("self_approval", ["ada"])

    @pytest.mark.parametrize("roles", [(), ("approver",), ("approver", "auditor", "breakGlass")])
    def test_is_never_the_owner_where_that_is_enforced(self, office: Office, roles: tuple[str, ...]) -> None:
        office.deployment.function("approvals", APPROVAL_POLICY="enforce")
        owner = office.person("eve", *roles)
        intent_id = owner.state(RISKY)["intentId"]
        assert decide(owner, intent_id).status_code == 403
        assert decide(owner, intent_id, "rejected").status_code == 201
        assert office.deployment.documents("exceptions") == {}


class TestValidTo:
    @pytest.mark.parametrize(
        "wrong",
        [
            *["2026-01-01", "2026-01-01T00:00:00", "tomorrow", "", "2020-01-01T00:00:00Z", "9999-12-31T23:59:59Z"],
            *["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01T00:00:00Z", 1893456000, None],
            *["2027-02-30T00:00:00Z", "2027-01-01T25:00:00Z", "２０２７-01-01T00:00:00Z", ["2027-01-01T00:00:00Z"]],
        ],
        ids=str,
    )
    def test_that_is_no_time_ahead_is_refused(self, office: Office, ada: Person, bo: Person, wrong: object) -> None:
        intent_id = ada.state(RISKY)["intentId"]
        answer = decide(bo, intent_id, validTo=wrong)
        assert answer.status_code == 400
        assert [each["field"] for each in answer.get_json()["errors"]] == ["validTo"]
        assert office.deployment.documents("approvals") == {}

    def test_is_ninety_days_at_most(self, ada: Person, bo: Person) -> None:
        intent_id = ada.state(RISKY)["intentId"]
        assert decide(bo, intent_id, days=91).status_code == 400
        assert decide(bo, intent_id, days=89.9).status_code == 201


class TestInbox:
    def test_holds_what_waits_and_what_is_needed_to_decide(self, ada: Person, bo: Person) -> None:
        intent_id = ada.state(RISKY)["intentId"]
        ada.state(HARMLESS)
        (item,) = bo.get("approvals", "/api/approvals/inbox").get_json()["items"]
        assert (item["intentId"], item["goal"], item["ownerId"]) == (intent_id, RISKY["goal"], "ada")
        assert (item["constraints"], item["prMeta"]) == (RISKY["constraints"], RISKY["prMeta"])
        assert item["riskFactors"]

    def test_holds_every_project(self, ada: Person, bo: Person) -> None:
        ada.state(PROJECT)
        assert [each["kind"] for each in bo.get("approvals", "/api/approvals/inbox").get_json()["items"]] == ["project"]

    @pytest.mark.parametrize("status", ["approved", "rejected", "sent_back"])
    def test_no_longer_holds_what_was_decided(self, ada: Person, bo: Person, status: str) -> None:
        decide(bo, ada.state(RISKY)["intentId"], status)
        assert bo.get("approvals", "/api/approvals/inbox").get_json() == {"items": []}

    def test_holds_the_new_intent_in_the_place_of_the_one_it_supersedes(self, ada: Person, bo: Person) -> None:
        first = ada.state(RISKY)["intentId"]
        second = ada.state({**RISKY, "supersedes": first})["intentId"]
        assert [each["intentId"] for each in bo.get("approvals", "/api/approvals/inbox").get_json()["items"]] == [
            second
        ]
        assert ada.get("intents", f"/api/intents/{first}").get_json()["supersededBy"] == second

    def test_of_a_person_is_their_own(self, office: Office, ada: Person) -> None:
        ada.state(RISKY)
        assert office.person("cy").get("approvals", "/api/approvals/inbox").get_json() == {"items": []}


class TestTemplate:
    def test_asks_more_the_higher_the_risk(self, bo: Person) -> None:
        asked = [
            {
                each["id"]
                for each in bo.get("approvals", "/api/approvals/template", riskLevel=level).get_json()["questions"]
            }
            for level in ("Low", "Med", "High")
        ]
        assert asked[0] < asked[1] < asked[2]

    def test_leaves_nothing_unanswered_unseen(self, ada: Person, bo: Person) -> None:
        intent_id = ada.state(RISKY)["intentId"]
        answers = {"scope": "This diff", "worst_case": "  ", "data": "", "own_question": "yes"}
        made = decide(bo, intent_id, templateAnswers=answers).get_json()
        assert set(made["unanswered"]) == {"worst_case", "data", "rollback", "reviewer"}
        (shown,) = ada.get("intents", f"/api/intents/{intent_id}").get_json()["approvals"]
        assert shown["templateAnswers"] == answers


class TestRacers:
    def test_are_put_in_one_order(self, office: Office, ada: Person, bo: Person) -> None:
        """Twenty at once, ten for and ten against: each is kept, one counts, and the ledger has them all."""
        intent_id = ada.state(RISKY)["intentId"]
        with ThreadPoolExecutor(20) as pool:
            kinds = ["approved", "rejected"] * 10
            answers = list(pool.map(lambda status: decide(bo, intent_id, status), kinds))
        assert Counter(each.status_code for each in answers) == {201: 20}
        approvals = office.deployment.documents("approvals").values()
        assert sorted(each["seq"] for each in approvals) == list(range(1, 21))
        last = max(approvals, key=lambda each: each["seq"])
        said = chain(office.deployment, "intents", intent_id)
        assert [each["action"] for each in said[1:]] == [
            each["status"] for each in sorted(approvals, key=lambda each: each["seq"])
        ]
        kept = office.deployment.documents("intents")[intent_id]["decision"]
        assert (kept["approvalId"], kept["seq"]) == (last["approvalId"], 20)
