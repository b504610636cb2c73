"""Starting a run: nothing without a valid approval, one run for one name, every refusal written down."""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.governance import HARMLESS, PROJECT, REPOSITORY, RISKY, Office, Person

BROKEN = {"breakGlass": {"reason": "the night shift can't wait"}}


def runs(office: Office) -> dict[str, dict[str, Any]]:
    return office.deployment.documents("agent-runs")


def exceptions(office: Office) -> list[str]:
    return sorted(each["type"] for each in office.deployment.documents("exceptions").values())


class TestApproval:
    """An intent that needs one: what is named must be it."""

    def named(self, ada: Person, bo: Person) -> Mapping[str, Callable[[str], tuple[dict[str, Any], int, str]]]:
        """How a wrong approval comes about: the fields of the run, and the status and code of the answer."""

        def rejected(intent_id: str) -> tuple[dict[str, Any], int, str]:
            return {"approvalId": bo.decide(intent_id, "rejected")["approvalId"]}, 400, "not_approved"

        def sent_back(intent_id: str) -> tuple[dict[str, Any], int, str]:
            return {"approvalId": bo.decide(intent_id, "sent_back")["approvalId"]}, 400, "not_approved"

        def replaced(intent_id: str) -> tuple[dict[str, Any], int, str]:
            first = bo.decide(intent_id)["approvalId"]
            bo.decide(intent_id, "rejected")
            return {"approvalId": first}, 400, "approval_replaced"

        def of_another(_: str) -> tuple[dict[str, Any], int, str]:
            other = ada.state(RISKY)["intentId"]
            return {"approvalId": bo.decide(other)["approvalId"]}, 400, "approval_of_another"

        def of_somebody_else(_: str) -> tuple[dict[str, Any], int, str]:
            other = bo.state(RISKY)["intentId"]
            return {"approvalId": bo.decide(other)["approvalId"]}, 404, "not_found"

        return {
            "none": lambda _: ({}, 400, "approval_required"),
            "an absent one": lambda _: ({"approvalId": "0" * 40}, 404, "not_found"),
            "a rejection": rejected,
            "one that was sent back": sent_back,
            "one that was replaced": replaced,
            "one of another intent": of_another,
            "one of somebody else's intent": of_somebody_else,
        }

    WRONG = (
        "none",
        "an absent one",
        "a rejection",
        "one that was sent back",
        "one that was replaced",
        "one of another intent",
        "one of somebody else's intent",
    )

    @pytest.mark.parametrize("wrong", WRONG)
    def test_that_does_not_hold_starts_nothing_and_is_written_down(
        self, office: Office, ada: Person, bo: Person, wrong: str
    ) -> None:
        intent_id = ada.state(RISKY)["intentId"]
        fields, status, code = self.named(ada, bo)[wrong](intent_id)
        answer = ada.start(intent_id, **fields)
        assert (answer.status_code, answer.get_json()["code"]) == (status, code)
        assert runs(office) == {}
        assert office.deployment.tasks.tasks() == []
        written = [each for each in exceptions(office) if each != "self_approval"]
        assert written == (["unapproved_attempt"] if status == 400 else [])

    def test_that_holds_starts_the_run(self, office: Office, ada: Person, bo: Person) -> None:
        intent_id = ada.state(RISKY)["intentId"]
        approval = bo.decide(intent_id)
        answer = ada.start(intent_id, approvalId=approval["approvalId"])
        assert answer.status_code == 201
        (run,) = runs(office).values()
        assert (run["state"], run["approval"]["decidedBy"], run["riskLevel"]) == ("queued", "bo", "High")
        assert len(office.deployment.tasks.tasks()) == 1
        assert exceptions(office) == []

    def test_is_not_asked_for_where_the_risk_is_low(self, ada: Person) -> None:
        assert ada.start(ada.state(HARMLESS)["intentId"]).status_code == 201

    def test_does_not_unlock_an_intent_that_was_changed_in_the_store(
        self, office: Office, ada: Person, bo: Person
    ) -> None:
        intent_id = ada.state(RISKY)["intentId"]
        approval = bo.decide(intent_id)
        office.deployment.firestore.document("intents", intent_id).update({"goal": "Delete the production database"})
        answer = ada.start(intent_id, approvalId=approval["approvalId"])
        assert (answer.status_code, answer.get_json()["code"]) == (400, "intent_changed")
        assert (runs(office), exceptions(office)) == ({}, ["approval_invalid"])

    def test_of_a_project_is_none_for_a_review(self, office: Office, ada: Person, bo: Person) -> None:
        intent_id = ada.state(PROJECT)["intentId"]
        answer = ada.start(intent_id, approvalId=bo.decide(intent_id)["approvalId"])
        assert (answer.status_code, answer.get_json()["code"]) == (400, "not_a_review")


class TestBoundPullRequest:
    """What the intent says of its pull request is what a run under it is about."""

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("repoFullName", "sample-org/parcel-tracker"),
            ("prNumber", 42),
            ("headSHA", "0" * 40),
            ("baseSHA", "0" * 40),
            ("diffHash", "0" * 64),
        ],
    )
    def test_is_the_one_that_is_reviewed(self, office: Office, ada: Person, name: str, value: object) -> None:
        intent_id = ada.state({**HARMLESS, "prMeta": {**HARMLESS["prMeta"], name: value}})["intentId"]  # type: ignore[dict-item]
        answer = ada.start(intent_id)
        assert (answer.status_code, answer.get_json()["code"]) == (400, "intent_mismatch")
        assert (runs(office), exceptions(office)) == ({}, ["unapproved_attempt"])

    def test_has_the_address_that_belongs_to_it(self, ada: Person) -> None:
        intent_id = ada.state(HARMLESS)["intentId"]
        answer = ada.start(intent_id, prUrl="https://github.com/sample-org/parcel-tracker/pull/58")
        assert answer.status_code == 400


class TestBreakGlass:
    def test_takes_the_role(self, office: Office, ada: Person) -> None:
        answer = ada.start(ada.state(RISKY)["intentId"], **BROKEN)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden")
        assert (runs(office), exceptions(office)) == ({}, ["break_glass_denied"])

    def test_is_always_an_exception(self, office: Office) -> None:
        cy = office.person("cy", "breakGlass")
        assert cy.start(cy.state(RISKY)["intentId"], **BROKEN).status_code == 201
        (run,) = runs(office).values()
        assert run["breakGlassReason"] == BROKEN["breakGlass"]["reason"]
        assert exceptions(office) == ["break_glass"]

    def test_is_one_where_nothing_had_to_be_broken_too(self, office: Office) -> None:
        cy = office.person("cy", "breakGlass")
        assert cy.start(cy.state(HARMLESS)["intentId"], **BROKEN).status_code == 201
        assert exceptions(office) == ["break_glass"]

    def test_needs_a_reason(self, office: Office) -> None:
        cy = office.person("cy", "breakGlass")
        assert cy.start(cy.state(RISKY)["intentId"], breakGlass={"reason": ""}).status_code == 400


class TestRunId:
    def test_makes_one_run_of_many_calls(self, office: Office, ada: Person) -> None:
        intent_id = ada.state(HARMLESS)["intentId"]
        first, again = ada.start(intent_id, runId="one"), ada.start(intent_id, runId="one")
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.get_json() == again.get_json()
        assert len(runs(office)) == 1

    @pytest.mark.parametrize(
        ("name", "value"), [("model", "another"), ("agentName", "another"), ("publish", True), ("agentVersion", "2")]
    )
    def test_stands_for_its_parameters(self, office: Office, ada: Person, name: str, value: object) -> None:
        intent_id = ada.state(HARMLESS)["intentId"]
        ada.start(intent_id, runId="one")
        answer = ada.start(intent_id, runId="one", **{name: value})
        assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency_mismatch")
        assert len(runs(office)) == 1

    def test_is_everybodys_own(self, office: Office, ada: Person) -> None:
        other = office.person("cy")
        mine = ada.start(ada.state(HARMLESS)["intentId"], runId="one").get_json()
        theirs = other.start(other.state(HARMLESS)["intentId"], runId="one")
        assert theirs.status_code == 201
        assert theirs.get_json()["agentRunId"] != mine["agentRunId"]
        assert other.get("agent_runs", "/api/agent-runs/one").get_json()["ownerId"] == "cy"

    @pytest.mark.parametrize("wrong", ["a/b/c", "..", "", "x" * 129, "é", "a b", "__x__", "\ud800"])
    def test_that_can_not_be_one_is_refused(self, office: Office, ada: Person, wrong: str) -> None:
        before = set(office.deployment.everything())
        answer = ada.start("0" * 40, runId=wrong)
        assert answer.status_code in (400, 404)
        assert {
            path for path in set(office.deployment.everything()) - before if not path.startswith("quotas/")
        } == set()

    def test_of_somebody_else_is_absent(self, office: Office, ada: Person) -> None:
        run = ada.start(ada.state(HARMLESS)["intentId"], runId="one").get_json()
        other = office.person("cy")
        for name in ("one", run["agentRunId"], "0" * 40):
            answer = other.get("agent_runs", f"/api/agent-runs/{name}")
            assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
        auditor = office.person("di", "auditor")
        assert auditor.get("agent_runs", f"/api/agent-runs/{run['agentRunId']}").status_code == 200


class TestRacers:
    def test_with_one_name_and_one_body_start_one_run(self, office: Office, ada: Person) -> None:
        intent_id = ada.state(HARMLESS)["intentId"]
        with ThreadPoolExecutor(32) as pool:
            answers = list(pool.map(lambda _: ada.start(intent_id, runId="one"), range(32)))
        assert Counter(each.status_code for each in answers) == {201: 1, 200: 31}
        assert len({each.data for each in answers}) == 1
        assert len(runs(office)) == 1

    def test_with_one_name_and_many_bodies_start_one_run(self, office: Office, ada: Person) -> None:
        intent_id = ada.state(HARMLESS)["intentId"]
        with ThreadPoolExecutor(32) as pool:
            answers = list(pool.map(lambda n: ada.start(intent_id, runId="one", model=f"m{n % 8}"), range(32)))
        counted = Counter(each.status_code for each in answers)
        (run,) = runs(office).values()
        assert (counted[201], counted[200], counted[400]) == (1, 3, 28)
        assert {each.get_json()["code"] for each in answers if each.status_code == 400} == {"idempotency_mismatch"}
        assert run["model"] in {f"m{n}" for n in range(8)}

    def test_for_the_decision_and_the_run_leave_no_run_after_a_rejection(
        self, office: Office, ada: Person, bo: Person
    ) -> None:
        """A run is started while the approval is taken back: whichever commits first, the order is a true one."""
        intent_id = ada.state(RISKY)["intentId"]
        approval_id = bo.decide(intent_id)["approvalId"]
        with ThreadPoolExecutor(2) as pool:
            started = pool.submit(ada.start, intent_id, approvalId=approval_id, runId="one")
            rejected = pool.submit(bo.decide, intent_id, "rejected")
            status, decided = started.result().status_code, rejected.result()
        ledger = sorted(office.deployment.documents("intents", intent_id, "ledger"))
        assert len(ledger) == office.deployment.documents("intents")[intent_id]["ledger"]["count"] == 4
        assert status in (201, 400)
        assert decided["status"] == "rejected"
        assert len(runs(office)) == (status == 201)


class TestLists:
    def test_show_ones_own_and_auditors_everybodys(self, office: Office, ada: Person) -> None:
        ada.start(ada.state(HARMLESS)["intentId"], runId="one")
        assert office.person("cy").get("agent_runs", "/api/agent-runs").get_json() == {"runs": []}
        assert len(office.person("di", "auditor").get("agent_runs", "/api/agent-runs").get_json()["runs"]) == 1

    def test_may_be_of_a_repository_and_of_a_period(self, ada: Person) -> None:
        made = ada.start(ada.state(HARMLESS)["intentId"], runId="one").get_json()["runId"]
        (run,) = ada.get("agent_runs", "/api/agent-runs", scope=REPOSITORY).get_json()["runs"]
        assert run["runId"] == made
        at = run["createdAt"]
        assert ada.get("agent_runs", "/api/agent-runs", scope="sample-org/parcel-tracker").get_json() == {"runs": []}
        assert ada.get("agent_runs", "/api/agent-runs", to=at).get_json() == {"runs": []}
        assert len(ada.get("agent_runs", "/api/agent-runs", **{"from": at}).get_json()["runs"]) == 1

    @pytest.mark.parametrize(
        "period",
        [
            {"from": "2026-01-01"},
            {"from": "2026-01-01T00:00:00"},
            {"to": "0001-01-01T00:00:00+14:00"},
            {"from": "2026-01-02T00:00:00Z", "to": "2026-01-02T00:00:00Z"},
            {"from": "yesterday"},
        ],
    )
    def test_refuse_a_period_that_is_none(self, ada: Person, period: Mapping[str, str]) -> None:
        assert ada.get("agent_runs", "/api/agent-runs", **period).status_code == 400


class TestAccounts:
    """What changes something is refused to whoever may not sign in any more, however good their token still is."""

    def test_that_are_disabled_start_nothing(self, office: Office) -> None:
        fay = office.person("fay")  # nobody else's: the accounts are those of the whole session
        intent_id = fay.state(HARMLESS)["intentId"]
        office.deployment.identity.disable("fay")
        assert fay.start(intent_id).status_code == 401
        assert fay.get("agent_runs", "/api/agent-runs").status_code == 200

    def test_whose_tokens_are_revoked_start_nothing(self, office: Office) -> None:
        eve = office.person("eve-who-was-revoked")
        intent_id = eve.state(HARMLESS)["intentId"]
        office.deployment.identity.revoke("eve-who-was-revoked")
        assert eve.start(intent_id).status_code == 401
