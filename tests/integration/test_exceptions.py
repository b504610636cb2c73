"""The exceptions' inbox: whose business it is sees it, and what failed for good can be tried once more."""

import pytest

from local.github import faults
from tests.deployment import Deployment
from tests.governance import RISKY, Office
from tests.governed import put_exception
from tests.steps import ADA, REN, TRACKER, Steps

PULL = "GET /repositories/*/pulls/*"
REFUSAL = faults.refusal(403, "Resource not accessible by integration")


@pytest.fixture
def office(deployment: Deployment) -> Office:
    return Office(deployment)


class TestFailedEvent:
    @pytest.fixture
    def failed(self, deployment: Deployment) -> tuple[Steps, str]:
        """A merge that GitHub refuses to show; two people have its repository connected."""
        steps = Steps(deployment)
        steps.connect("ada", TRACKER, ADA)
        steps.connect("ren", TRACKER, REN)
        event_id = steps.merge(TRACKER, 41)
        steps.github.faults.add(PULL, REFUSAL)
        assert steps.fetch(event_id).get_json() == {"outcome": "failed"}
        return steps, event_id

    def test_is_everybodys_who_would_have_its_card(self, office: Office, failed: tuple[Steps, str]) -> None:
        for uid in ("ada", "ren"):
            (item,) = office.person(uid).get("exceptions", "/api/exceptions/inbox").get_json()["items"]
            assert (item["type"], item["reason"], item["prNumber"]) == ("event_failed", "github_refused", 41)
            assert item["repoFullName"] == TRACKER
        assert office.person("cy").get("exceptions", "/api/exceptions/inbox").get_json()["items"] == []
        assert len(office.person("di", "auditor").get("exceptions", "/api/exceptions/inbox").get_json()["items"]) == 1

    def test_becomes_a_card_when_it_is_tried_again(self, office: Office, failed: tuple[Steps, str]) -> None:
        steps, event_id = failed
        ada = office.person("ada")
        (item,) = ada.get("exceptions", "/api/exceptions/inbox").get_json()["items"]
        answer = ada.post("exceptions", f"/api/exceptions/{item['exceptionId']}/retry")
        assert answer.status_code == 202
        assert answer.get_json()["retriedBy"] == "ada"
        assert (steps.event(event_id)["state"], steps.event(event_id)["attempts"]) == ("received", 0)
        assert steps.run(event_id)["state"] == "done"
        assert "ada" in steps.cards()

    def test_is_tried_once_however_often_it_is_asked_for(self, office: Office, failed: tuple[Steps, str]) -> None:
        steps, event_id = failed
        ada, ren = office.person("ada"), office.person("ren")
        (item,) = ada.get("exceptions", "/api/exceptions/inbox").get_json()["items"]
        path = f"/api/exceptions/{item['exceptionId']}/retry"
        first, again = ada.post("exceptions", path), ren.post("exceptions", path)
        assert (first.status_code, again.status_code) == (202, 202)
        assert first.get_json() == again.get_json()
        assert steps.event(event_id)["epoch"] == 1

    def test_that_fails_again_is_another_one(self, office: Office, failed: tuple[Steps, str]) -> None:
        steps, event_id = failed
        ada = office.person("ada")
        (item,) = ada.get("exceptions", "/api/exceptions/inbox").get_json()["items"]
        ada.post("exceptions", f"/api/exceptions/{item['exceptionId']}/retry")
        steps.github.faults.add(PULL, REFUSAL)
        assert steps.fetch(event_id).get_json() == {"outcome": "failed"}
        assert len(ada.get("exceptions", "/api/exceptions/inbox").get_json()["items"]) == 2

    def test_that_is_gone_can_not_be_tried(self, office: Office, failed: tuple[Steps, str]) -> None:
        steps, event_id = failed
        ada = office.person("ada")
        (item,) = ada.get("exceptions", "/api/exceptions/inbox").get_json()["items"]
        steps.deployment.firestore.document("pr-events", event_id).delete()
        answer = ada.post("exceptions", f"/api/exceptions/{item['exceptionId']}/retry")
        assert (answer.status_code, answer.get_json()["code"]) == (400, "invalid_state")


class TestInbox:
    def test_may_be_of_one_type(self, office: Office) -> None:
        ada = office.person("ada")
        put_exception(office.deployment, "ada")
        ada.start(ada.state(RISKY)["intentId"])
        for kind in ("event_failed", "unapproved_attempt"):
            items = ada.get("exceptions", "/api/exceptions/inbox", type=kind).get_json()["items"]
            assert [each["type"] for each in items] == [kind]
        assert ada.get("exceptions", "/api/exceptions/inbox", type="other").status_code == 400

    def test_holds_approvals_that_ran_out_without_a_trace_in_the_store(self, office: Office) -> None:
        ada, bo = office.person("ada"), office.person("bo", "approver")
        intent_id = ada.state(RISKY)["intentId"]
        approval = bo.decide(intent_id)
        now = office.deployment.services().now()
        office.deployment.firestore.document("intents", intent_id).update({"decision.validTo": now})
        for person in (ada, bo):
            (expired,) = person.get("exceptions", "/api/exceptions/inbox").get_json()["expiredApprovals"]
            assert (expired["approvalId"], expired["intentId"]) == (approval["approvalId"], intent_id)
        assert office.person("cy").get("exceptions", "/api/exceptions/inbox").get_json()["expiredApprovals"] == []
        bo.decide(intent_id, "rejected")
        assert ada.get("exceptions", "/api/exceptions/inbox").get_json()["expiredApprovals"] == []

    def test_lets_nobody_try_again_what_was_refused(self, office: Office) -> None:
        ada = office.person("ada")
        ada.start(ada.state(RISKY)["intentId"])
        (item,) = ada.get("exceptions", "/api/exceptions/inbox").get_json()["items"]
        answer = ada.post("exceptions", f"/api/exceptions/{item['exceptionId']}/retry")
        assert (answer.status_code, answer.get_json()["code"]) == (400, "invalid_state")
