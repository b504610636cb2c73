"""Asking for a repository: nothing without a valid approval, one job for one key, every refusal written down."""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import pytest

from local.cloud import ORGANIZATION, PROVISIONING_APP_ID
from tests.deployment import Deployment
from tests.governance import PROJECT, RISKY, Office, Person
from tests.provisioning import Workshop, ask

Wrong = tuple[dict[str, str], int, str]


@pytest.fixture
def ada(workshop: Workshop) -> Person:
    return workshop.office.person("ada")


@pytest.fixture
def bo(workshop: Workshop) -> Person:
    return workshop.office.person("bo", "approver")


class TestApproval:
    """What is named must be the one that holds."""

    def named(self, workshop: Workshop, ada: Person, bo: Person) -> Mapping[str, Callable[[], Wrong]]:
        """How a wrong one comes about: what is asked for, and the status and code of the answer."""

        def decided(status: str) -> Wrong:
            intent_id = ada.state(PROJECT)["intentId"]
            return (
                {"intentId": intent_id, "approvalId": bo.decide(intent_id, status)["approvalId"]},
                400,
                "not_approved",
            )

        def replaced() -> Wrong:
            under = workshop.approved(ada)
            bo.decide(under["intentId"], "rejected")
            return under, 400, "approval_replaced"

        def expired() -> Wrong:
            under = workshop.approved(ada)
            now = workshop.deployment.services().now()
            workshop.deployment.firestore.document("intents", under["intentId"]).update({"decision.validTo": now})
            return under, 400, "approval_expired"

        def changed() -> Wrong:
            under = workshop.approved(ada)
            workshop.deployment.firestore.document("intents", under["intentId"]).update({"goal": "Another one"})
            return under, 400, "intent_changed"

        def of_another() -> Wrong:
            return {**workshop.approved(ada), "intentId": ada.state(PROJECT)["intentId"]}, 400, "approval_of_another"

        def of_somebody_else() -> Wrong:
            theirs = workshop.approved(workshop.office.person("cy"))
            return {**theirs, "intentId": ada.state(PROJECT)["intentId"]}, 404, "not_found"

        return {
            "a rejection": lambda: decided("rejected"),
            "one that was sent back": lambda: decided("sent_back"),
            "one that was replaced": replaced,
            "one that has run out": expired,
            "one for another content": changed,
            "one of another intent": of_another,
            "one of a review": lambda: (workshop.approved(ada, RISKY), 400, "not_a_project"),
            "one of somebody else's intent": of_somebody_else,
            "one under somebody else's intent": lambda: (workshop.approved(bo), 404, "not_found"),
            "an absent one": lambda: ({**workshop.approved(ada), "approvalId": "0" * 40}, 404, "not_found"),
        }

    WRONG: ClassVar[Mapping[str, str]] = {
        "a rejection": "unapproved_attempt",
        "one that was sent back": "unapproved_attempt",
        "one that was replaced": "unapproved_attempt",
        "one that has run out": "approval_expired",
        "one for another content": "approval_invalid",
        "one of another intent": "unapproved_attempt",
        "one of a review": "unapproved_attempt",
        "one of somebody else's intent": "",
        "one under somebody else's intent": "",
        "an absent one": "",
    }

    @pytest.mark.parametrize("wrong", WRONG)
    def test_that_does_not_hold_asks_for_nothing_and_is_written_down(
        self, workshop: Workshop, ada: Person, bo: Person, wrong: str
    ) -> None:
        said, status, code = self.named(workshop, ada, bo)[wrong]()
        answer = ask(ada, **said)
        assert (answer.status_code, answer.get_json()["code"]) == (status, code)
        assert (workshop.jobs(), workshop.deployment.tasks.tasks()) == ({}, [])
        written = [kind for kind, _ in workshop.exceptions() if kind != "self_approval"]
        assert written == ([self.WRONG[wrong]] if self.WRONG[wrong] else [])

    def test_that_holds_queues_one_job(self, workshop: Workshop, ada: Person, under: dict[str, str]) -> None:
        answer = ask(ada, **under, repositoryName="seedlings")
        assert answer.status_code == 202
        ((job_id, job),) = workshop.jobs().items()
        told = {"jobId": job_id, "intentId": under["intentId"], "repositoryName": "seedlings"}
        assert answer.get_json() == {**told, "message": "Provisioning enqueued"}
        assert (job["state"], job["approval"]["decidedBy"], job["organization"]) == ("queued", "bo", ORGANIZATION)
        assert len(workshop.deployment.tasks.tasks()) == 1
        assert workshop.actions(under["intentId"]) == ["create", "approved", "provision"]
        shown = ada.get("provisioning", f"/api/provisioning/jobs/{job_id}").get_json()
        assert (shown["status"], shown["structureType"]) == ("queued", "speckit-ready")

    @pytest.mark.parametrize("missing", ["intentId", "approvalId"])
    def test_is_named_always(self, workshop: Workshop, ada: Person, under: dict[str, str], missing: str) -> None:
        said = {name: value for name, value in under.items() if name != missing}
        assert ask(ada, **said).status_code == 400
        assert workshop.jobs() == {}


class TestName:
    """Refused before anything is asked of GitHub, and the answer says why."""

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("../x", "other characters"),
            ("a/b", "other characters"),
            ("a..b", "two dots"),
            ("..", "begins"),
            ("-x", "begins"),
            (".github", "begins"),
            ("x.git", ".git"),
            ("X.GIT", ".git"),
            (".git", "begins"),
            ("x" * 101, "more than 100"),
            ("x" * 1001, "1000"),
            ("café", "other characters"),
            ("ｆｕｌｌ", "other characters"),
            ("苗", "other characters"),
            ("a b", "other characters"),
            ("a\nb", "other characters"),
            ("a%2Fb", "other characters"),
            ("", "empty"),
            ("con", "device"),
            ("NUL", "device"),
            ("com1.txt", "device"),
            ("x.wiki", "wiki"),
            ("sample-org.github.io", "site"),
            ("x.", "dot"),
        ],
    )
    def test_that_can_not_be_one_is_refused_with_its_reason(self, standing: Deployment, name: str, why: str) -> None:
        ada = Office(standing).person("ada")
        answer = ask(ada, intentId="0" * 40, approvalId="0" * 40, repositoryName=name)
        (problem,) = answer.get_json()["errors"]
        assert (answer.status_code, problem["field"]) == (400, "repositoryName")
        assert why in problem["message"]

    def test_is_made_of_the_goal_where_nobody_says(self, ada: Person, under: dict[str, str]) -> None:
        assert (
            ask(ada, **under).get_json()["repositoryName"] == "a-small-service-that-tells-customers-when-their-parcel"
        )

    def test_is_made_of_the_intent_where_the_goal_has_no_word_for_it(self, workshop: Workshop, ada: Person) -> None:
        under = workshop.approved(ada, {**PROJECT, "goal": "荷物の到着を知らせる"})
        assert ask(ada, **under).get_json()["repositoryName"] == f"project-{under['intentId'][:12]}"


class TestBody:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"structureType": "anything-else"},
            {"structureType": None},
            {"agent": "someone"},
            {"agent": "none"},
            {"organization": "another-org"},
            {"status": "completed"},
            {"ownerId": "bo"},
            {"private": False},
            {"requestKey": ""},
            {"requestKey": "a b"},
            {"requestKey": "x" * 201},
            {"requestKey": "é"},
        ],
        ids=str,
    )
    def test_says_nothing_else(self, standing: Deployment, wrong: Mapping[str, Any]) -> None:
        ada = Office(standing).person("ada")
        answer = ask(ada, intentId="0" * 40, approvalId="0" * 40, **wrong)
        assert answer.status_code == 400
        assert [each["field"] for each in answer.get_json()["errors"]] == list(wrong)


class TestKey:
    """One key is one job, whoever calls how often; another person's key is another one."""

    @pytest.mark.parametrize("way", ["none", "header", "body", "both"])
    def test_makes_one_job_of_many_calls(
        self, workshop: Workshop, ada: Person, under: dict[str, str], way: str
    ) -> None:
        key = '"a-key/1"' if way in ("header", "both") else None
        body = {"requestKey": '"a-key/1"'} if way in ("body", "both") else {}
        answers = [ask(ada, key=key, **under, **body) for _ in range(3)]
        assert [each.status_code for each in answers] == [202] * 3
        assert len({each.data for each in answers}) == 1
        assert len(workshop.jobs()) == 1
        assert len(workshop.deployment.tasks.tasks()) == 1

    def test_is_the_same_in_header_and_body(self, workshop: Workshop, ada: Person, under: dict[str, str]) -> None:
        ask(ada, key="one", **under)
        ask(ada, requestKey="one", **under)
        assert len(workshop.jobs()) == 1
        answer = ask(ada, key="one", requestKey="two", **under)
        assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, "requestKey")

    @pytest.mark.parametrize("key", ["", "a b", "x" * 201, "é"])
    def test_that_can_not_be_one_is_refused(self, standing: Deployment, key: str) -> None:
        ada = Office(standing).person("ada")
        said = {"intentId": "0" * 40, "approvalId": "0" * 40}
        answer = ask(ada, key=key, **said)
        assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (400, "Idempotency-Key")

    @pytest.mark.parametrize("other", [{"repositoryName": "another"}, {"agent": "claude"}], ids=str)
    def test_stands_for_its_parameters(
        self, workshop: Workshop, ada: Person, under: dict[str, str], other: Mapping[str, str]
    ) -> None:
        workshop.ask(ada, requestKey="one", **under)
        answer = ask(ada, requestKey="one", **under, **other)
        assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency_mismatch")
        assert len(workshop.jobs()) == 1

    def test_left_out_is_the_intent_and_the_name(self, workshop: Workshop, ada: Person, under: dict[str, str]) -> None:
        first = workshop.ask(ada, **under, repositoryName="one")
        assert workshop.ask(ada, **under, repositoryName="two") != first
        assert workshop.ask(ada, **under, repositoryName="one", requestKey="again") != first
        for other in ({"agent": "claude"}, {"repositoryName": "ONE"}):
            answer = ask(ada, **{**under, "repositoryName": "one", **other})
            assert answer.get_json()["code"] == "idempotency_mismatch"

    def test_is_everybodys_own(self, workshop: Workshop, ada: Person, under: dict[str, str]) -> None:
        cy = workshop.office.person("cy")
        mine = workshop.ask(ada, requestKey="one", **under)
        assert workshop.ask(cy, requestKey="one", **workshop.approved(cy)) != mine

    def test_still_answers_when_the_approval_is_gone(
        self, workshop: Workshop, ada: Person, bo: Person, under: dict[str, str]
    ) -> None:
        """Whoever did not hear the first answer gets it now; the job itself asks for the approval again."""
        first = workshop.ask(ada, requestKey="one", **under)
        bo.decide(under["intentId"], "rejected")
        assert workshop.ask(ada, requestKey="one", **under) == first


class TestRacers:
    def test_with_one_key_ask_for_one_job(self, workshop: Workshop, ada: Person, under: dict[str, str]) -> None:
        with ThreadPoolExecutor(32) as pool:
            answers = list(pool.map(lambda _: ask(ada, requestKey="one", **under), range(32)))
        assert Counter(each.status_code for each in answers) == {202: 32}
        assert len({each.data for each in answers}) == 1
        assert len(workshop.jobs()) == 1
        assert workshop.actions(under["intentId"]) == ["create", "approved", "provision"]

    def test_with_one_key_and_many_bodies_ask_for_one_job(
        self, workshop: Workshop, ada: Person, under: dict[str, str]
    ) -> None:
        with ThreadPoolExecutor(16) as pool:
            answers = list(
                pool.map(lambda n: ask(ada, requestKey="one", repositoryName=f"n{n % 4}", **under), range(16))
            )
        assert Counter(each.status_code for each in answers) == {202: 4, 400: 12}
        assert len(workshop.jobs()) == 1


class TestPersonalAccount:
    def test_is_refused_once_github_has_said_so(self, workshop: Workshop, ada: Person, under: dict[str, str]) -> None:
        first = workshop.ask(ada, **under)
        set_kind(workshop, "User")
        assert workshop.ended(first)["lastError"] == "organization_required"
        answer = ask(ada, **under, repositoryName="another")
        assert (answer.status_code, answer.get_json()["code"]) == (400, "organization_required")
        assert list(workshop.jobs()) == [first]

    def test_is_asked_again_through_the_job_that_failed(
        self, workshop: Workshop, ada: Person, under: dict[str, str]
    ) -> None:
        first = workshop.ask(ada, **under)
        set_kind(workshop, "User")
        workshop.ended(first)
        set_kind(workshop, "Organization")
        (item,) = ada.get("exceptions", "/api/exceptions/inbox").get_json()["items"]
        assert ada.post("exceptions", f"/api/exceptions/{item['exceptionId']}/retry").status_code == 202
        assert workshop.ended(first)["state"] == "completed"
        assert ask(ada, **under, repositoryName="another").status_code == 202


class TestLists:
    def test_show_ones_own_and_auditors_everybodys(
        self, workshop: Workshop, ada: Person, under: dict[str, str]
    ) -> None:
        job_id = workshop.ask(ada, **under, repositoryName="seedlings")
        workshop.ended(job_id)
        (event,) = ada.get("provisioning", "/api/provisioning/events").get_json()["events"]
        assert {name: event[name] for name in under} == under
        assert (event["eventId"], event["structureType"]) == (job_id, "speckit-ready")
        assert event["resourceUrl"] == f"https://github.com/{ORGANIZATION}/seedlings"
        cy, di = workshop.office.person("cy"), workshop.office.person("di", "auditor")
        assert cy.get("provisioning", "/api/provisioning/events").get_json() == {"events": []}
        assert di.get("provisioning", "/api/provisioning/events").get_json() == {"events": [event]}
        path = f"/api/provisioning/jobs/{job_id}"
        assert [each.get("provisioning", path).status_code for each in (ada, cy, di)] == [200, 404, 200]

    def test_may_be_of_an_intent_and_of_a_period(self, workshop: Workshop, ada: Person, under: dict[str, str]) -> None:
        for name in ("one", "two"):
            workshop.ended(workshop.ask(ada, **under, repositoryName=name))
        other = workshop.approved(ada)
        workshop.ended(workshop.ask(ada, **other, repositoryName="three"))
        assert self.names(ada) == ["three", "two", "one"]
        assert self.names(ada, intentId=under["intentId"]) == ["two", "one"]
        at = ada.get("provisioning", "/api/provisioning/events").get_json()["events"][1]["createdAt"]
        assert self.names(ada, to=at) == ["one"]
        assert self.names(ada, **{"from": at, "intentId": other["intentId"]}) == ["three"]
        di = workshop.office.person("di", "auditor")
        workshop.deployment.firestore.document("intents", under["intentId"]).delete()
        assert self.names(di, intentId=under["intentId"]) == ["two", "one"]

    def names(self, person: Person, **query: str) -> list[str]:
        found = person.get("provisioning", "/api/provisioning/events", **query).get_json()["events"]
        return [each["repoFullName"].partition("/")[2] for each in found]


class TestAccounts:
    def test_that_are_disabled_ask_for_nothing(self, workshop: Workshop) -> None:
        gil = workshop.office.person("gil-of-provisioning")
        under = workshop.approved(gil)
        workshop.deployment.identity.disable("gil-of-provisioning")
        assert ask(gil, **under).status_code == 401
        assert workshop.jobs() == {}


def set_kind(workshop: Workshop, kind: str) -> None:
    """Let the configured account be a person's, or an organisation's."""
    account = workshop.github.world.account(ORGANIZATION)
    assert account is not None
    account["type"] = kind
    workshop.github.uninstall(ORGANIZATION, app_id=PROVISIONING_APP_ID, notify=False)
    workshop.github.install(ORGANIZATION, app_id=PROVISIONING_APP_ID, notify=False)
