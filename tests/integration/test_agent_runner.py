"""The runner: reviews exactly what was stated, under an approval that still holds, and leaves evidence."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pytest
import rfc8785

from local.github import faults
from shared.domain.agent_run import agent_run_id
from tests.chains import chain
from tests.governance import HARMLESS, PULL, REPOSITORY, RISKY, RISKY_PULL, RISKY_REPOSITORY, Office, Person, a_run
from tests.steps import ADA

MAP = {"owner": "sample-org", "name": "parcel-map"}
TRACKER = {"owner": "sample-org", "name": "parcel-tracker"}
TOKENS = "POST /app/installations/*/access_tokens"


@pytest.fixture
def ada(office: Office) -> Person:
    """A developer who has connected the repository that the runs are on."""
    person = office.person("ada", github_id=ADA)
    assert person.post("repositories", "/api/repositories", MAP).status_code == 201
    return person


def begin(office: Office, person: Person, said: Mapping[str, Any] = HARMLESS, **more: Any) -> str:  # noqa: ANN401
    """Start a run under a new intent; returns its document's id."""
    answer = person.start(person.state(said)["intentId"], runId="one", **more)
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["agentRunId"])


def ended(office: Office, run_id: str) -> dict[str, Any]:
    """The run after its queue has called for it once."""
    answer = office.run_queued(run_id)
    assert answer.status_code == 200, answer.text
    return office.deployment.documents("agent-runs")[run_id]


def exceptions(office: Office) -> list[tuple[str, str]]:
    found = office.deployment.documents("exceptions").values()
    return sorted((each["type"], each["reason"]) for each in found)


class TestReview:
    def test_completes_with_findings_figures_and_evidence(self, office: Office, ada: Person) -> None:
        run = ended(office, begin(office, ada))
        assert (run["state"], run["provider"], run["tokens"]) == ("completed", "offline", 0)
        shown = ada.get("agent_runs", "/api/agent-runs/one").get_json()
        assert shown["status"] == "completed"
        assert shown["review"]["coverage"]["files"] == 3
        assert shown["figures"]["outputHash"] == run["outputHash"]
        kinds = ["diff_hash", "output_hash", "pr_url", "prompt_hash"]
        assert shown["evidence"] == kinds
        attached = ada.get("evidences", "/api/evidences", linkedType="agent_run", linkedId="one").get_json()[
            "evidences"
        ]
        assert sorted(each["kind"] for each in attached) == kinds
        assert {each["hash"] for each in attached if each["kind"] == "diff_hash"} == {run["diffHash"]}

    def test_is_the_one_whose_hash_is_kept(self, office: Office, ada: Person) -> None:
        """Whoever has the review can compute its hash: it is over its canonical JSON."""
        run = ended(office, begin(office, ada))
        review = ada.get("agent_runs", "/api/agent-runs/one").get_json()["review"]
        assert hashlib.sha256(rfc8785.dumps(review)).hexdigest() == run["outputHash"]

    def test_leaves_a_chain_that_holds(self, office: Office, ada: Person) -> None:
        run_id = begin(office, ada)
        ended(office, run_id)
        intent_id = office.deployment.documents("agent-runs")[run_id]["intentId"]
        said = chain(office.deployment, "intents", intent_id)
        assert [each["action"] for each in said] == ["create", "start", "claim", "complete", *["attach"] * 4]
        assert {each["actor"] for each in said} == {"ada", "task:agent-runner"}

    def test_is_made_once(self, office: Office, ada: Person) -> None:
        run_id = begin(office, ada)
        first = ended(office, run_id)
        assert office.run_queued(run_id).get_json() == {"outcome": "duplicate"}
        assert office.deployment.documents("agent-runs")[run_id] == first


class TestRepository:
    def test_that_the_owner_has_not_connected_is_not_looked_at(self, office: Office) -> None:
        """Public or private, absent or not: no call is made for it, and the run ends the same."""
        cy, results = office.person("cy", github_id=ADA), []
        for name in (REPOSITORY, "sample-org/secret-vault", "sample-org/nothing-there"):
            before = len(office.github.calls())
            intent_id = cy.state(HARMLESS)["intentId"]
            fields = {"repoFullName": name, "prUrl": f"https://github.com/{name}/pull/{PULL}", "runId": name[-5:]}
            run_id = cy.start(intent_id, **fields).get_json()["agentRunId"]
            run = ended(office, run_id)
            assert len(office.github.calls()) == before
            results.append((run["state"], run["lastError"], run.get("provider")))
        assert set(results) == {("failed", "repository_not_connected", None)}

    def test_that_was_disconnected_meanwhile_is_not_looked_at(self, office: Office, ada: Person) -> None:
        run_id = begin(office, ada)
        (repository_id,) = office.deployment.documents("repositories")
        office.deployment.function("repositories").delete(
            f"/api/repositories/{repository_id}", headers=office.deployment.bearer("ada", ADA)
        )
        before = len(office.github.calls())
        assert ended(office, run_id)["lastError"] == "repository_not_connected"
        assert len(office.github.calls()) == before
        assert exceptions(office) == [("run_failed", "repository_not_connected")]


class TestStated:
    """Head and diff are those that were stated, or nothing is reviewed."""

    def test_head_that_has_moved_ends_the_run(self, office: Office, ada: Person) -> None:
        run_id = begin(office, ada)
        office.github.force_push(REPOSITORY, PULL, "f" * 40)
        run = ended(office, run_id)
        assert (run["state"], run["lastError"], run.get("provider")) == ("failed", "head_moved", None)
        assert exceptions(office) == [("run_failed", "head_moved")]

    def test_diff_that_is_another_ends_the_run(self, office: Office, ada: Person) -> None:
        run = ended(office, begin(office, ada, diffHash="0" * 64))
        assert (run["state"], run["lastError"]) == ("failed", "diff_mismatch")

    def test_pull_request_that_is_not_there_ends_the_run(self, office: Office, ada: Person) -> None:
        more: dict[str, Any] = {"prNumber": 9999, "prUrl": f"https://github.com/{REPOSITORY}/pull/9999"}
        assert ended(office, begin(office, ada, **more))["lastError"] == "diff_unavailable"

    @pytest.mark.parametrize("status", [406, 422])
    def test_diff_that_github_does_not_give_ends_the_run(self, office: Office, ada: Person, status: int) -> None:
        office.github.faults.add(f"GET /repositories/*/pulls/{PULL}", lambda proceed: proceed())
        office.github.faults.add(f"GET /repositories/*/pulls/{PULL}", faults.refusal(status, "too_large"))
        assert ended(office, begin(office, ada))["lastError"] == "diff_unavailable"

    def test_outage_only_postpones_it(self, office: Office, ada: Person) -> None:
        run_id = begin(office, ada)
        office.github.faults.add(f"GET /repositories/*/pulls/{PULL}", faults.server_error(502))
        assert office.run_queued(run_id).status_code == 503
        assert ended(office, run_id)["state"] == "completed"


class TestPermit:
    """What was approved when the run was started is asked for again when it executes."""

    @pytest.fixture
    def approved(self, office: Office, ada: Person, bo: Person) -> tuple[str, str]:
        """A run on a risky intent, started under an approval; its id and the intent's."""
        intent_id = ada.state(RISKY)["intentId"]
        answer = ada.start(intent_id, approvalId=bo.decide(intent_id)["approvalId"], runId="one")
        return str(answer.get_json()["agentRunId"]), intent_id

    def refused(self, office: Office, run_id: str, exception: str) -> None:
        before = len(office.github.calls())
        run = ended(office, run_id)
        assert (run["state"], run["lastError"], run.get("provider")) == ("failed", "approval_invalid", None)
        assert len(office.github.calls()) == before
        assert (exception, "approval_invalid") in exceptions(office)

    def test_that_holds_lets_it_run(self, office: Office, approved: tuple[str, str]) -> None:
        assert ended(office, approved[0])["state"] == "completed"

    @pytest.mark.parametrize("status", ["rejected", "sent_back", "approved"])
    def test_that_was_replaced_does_not(
        self, office: Office, bo: Person, approved: tuple[str, str], status: str
    ) -> None:
        bo.decide(approved[1], status)
        self.refused(office, approved[0], "unapproved_attempt")

    def test_that_has_run_out_does_not(self, office: Office, approved: tuple[str, str]) -> None:
        intent = office.deployment.firestore.document("intents", approved[1])
        intent.update({"decision.validTo": office.deployment.services().now()})
        self.refused(office, approved[0], "approval_expired")

    def test_for_another_content_does_not(self, office: Office, approved: tuple[str, str]) -> None:
        office.deployment.firestore.document("intents", approved[1]).update({"success": "Anything goes"})
        self.refused(office, approved[0], "approval_invalid")

    def test_is_gone_with_the_intent(self, office: Office, approved: tuple[str, str]) -> None:
        office.deployment.firestore.document("intents", approved[1]).delete()
        self.refused(office, approved[0], "approval_invalid")

    def test_of_ones_own_ends_with_the_policy(self, office: Office, ada: Person) -> None:
        intent_id = ada.state(RISKY)["intentId"]
        run_id = ada.start(intent_id, approvalId=ada.decide(intent_id)["approvalId"]).get_json()["agentRunId"]
        office.deployment.function("agent_runner", APPROVAL_POLICY="enforce")
        self.refused(office, run_id, "unapproved_attempt")

    def test_is_not_needed_behind_broken_glass(self, office: Office) -> None:
        cy = office.person("cy", "breakGlass", github_id=ADA)
        cy.post("repositories", "/api/repositories", MAP)
        run_id = begin(office, cy, RISKY, breakGlass={"reason": "an outage"})
        assert ended(office, run_id)["state"] == "completed"
        assert exceptions(office) == [("break_glass", "break_glass")]

    def test_is_asked_for_again_after_github_has_answered(
        self, office: Office, bo: Person, approved: tuple[str, str]
    ) -> None:
        """The approval is taken back while the diff is fetched."""

        def meanwhile(proceed: Any) -> Any:  # noqa: ANN401 -- whatever the fake goes on with
            bo.decide(approved[1], "rejected")
            return proceed()

        office.github.faults.add(f"GET /repositories/*/pulls/{PULL}", meanwhile)
        run = ended(office, approved[0])
        assert (run["state"], run["lastError"], run.get("provider")) == ("failed", "approval_invalid", None)


class TestRiskOfTheChange:
    """A Low intent runs without approval: if the change itself is Low, too."""

    def fields(self, office: Office) -> dict[str, Any]:
        return a_run(office.github, RISKY_REPOSITORY, RISKY_PULL)

    @pytest.mark.parametrize("said", [HARMLESS, {**HARMLESS, "prMeta": {}}], ids=["other paths", "no paths"])
    def test_that_was_stated_as_harmless_runs_nothing(
        self, office: Office, ada: Person, said: Mapping[str, Any]
    ) -> None:
        ada.post("repositories", "/api/repositories", TRACKER)
        run = ended(office, begin(office, ada, said, **self.fields(office)))
        assert (run["state"], run["lastError"], run.get("provider")) == ("failed", "approval_invalid", None)
        assert exceptions(office) == [("unapproved_attempt", "approval_invalid")]

    def test_that_somebody_approved_is_theirs_to_judge(self, office: Office, ada: Person, bo: Person) -> None:
        ada.post("repositories", "/api/repositories", TRACKER)
        intent_id = ada.state(HARMLESS)["intentId"]
        approval_id = bo.decide(intent_id)["approvalId"]
        answer = ada.start(intent_id, approvalId=approval_id, **self.fields(office))
        run = ended(office, answer.get_json()["agentRunId"])
        assert (run["state"], run["findings"] > 0) == ("completed", True)


class TestPublishing:
    def publish(self, office: Office, ada: Person) -> str:
        run_id = begin(office, ada, publish=True)
        assert office.run_queued(run_id).get_json() == {"outcome": "continued"}
        return run_id

    def test_posts_the_review_once_on_the_reviewed_commit(self, office: Office, ada: Person) -> None:
        run_id = self.publish(office, ada)
        run = ended(office, run_id)
        (review,) = office.github.reviews(REPOSITORY, PULL)
        assert (run["state"], run["reviewId"]) == ("completed", review.document["id"])
        assert review.document["commit_id"] == run["headSha"]
        assert f"worklog-run:{run_id}" in review.document["body"]
        assert "review_url" in run["evidence"]
        assert office.run_queued(run_id).get_json() == {"outcome": "duplicate"}
        assert len(office.github.reviews(REPOSITORY, PULL)) == 1

    def test_asks_for_a_token_for_that_alone(self, office: Office, ada: Person) -> None:
        run_id = self.publish(office, ada)
        before = len(office.github.calls(TOKENS))
        ended(office, run_id)
        asked = [call.body for call in office.github.calls(TOKENS)[before:]]
        assert {"pull_requests": "write"} in [each["permissions"] for each in asked]
        assert all(each["repository_ids"] for each in asked)

    def test_finds_its_review_again_after_a_lost_answer(self, office: Office, ada: Person) -> None:
        run_id = self.publish(office, ada)
        lost = faults.done_but(faults.server_error(504))
        office.github.faults.add("POST /repositories/*/pulls/*/reviews", lost)
        assert office.run_queued(run_id).status_code == 503
        run = ended(office, run_id)
        (review,) = office.github.reviews(REPOSITORY, PULL)
        assert run["reviewId"] == review.document["id"]

    def test_does_not_take_a_strangers_review_for_its_own(self, office: Office, ada: Person) -> None:
        run_id = self.publish(office, ada)
        office.github.add_review(REPOSITORY, PULL, author="sample-dev-ren", body=f"<!-- worklog-run:{run_id} -->")
        ended(office, run_id)
        assert len(office.github.reviews(REPOSITORY, PULL)) == 2

    def test_does_not_happen_once_the_approval_is_gone(self, office: Office, ada: Person, bo: Person) -> None:
        intent_id = ada.state(RISKY)["intentId"]
        answer = ada.start(intent_id, approvalId=bo.decide(intent_id)["approvalId"], publish=True)
        run_id = answer.get_json()["agentRunId"]
        assert office.run_queued(run_id).get_json() == {"outcome": "continued"}
        bo.decide(intent_id, "rejected")
        assert ended(office, run_id)["lastError"] == "approval_invalid"
        assert office.github.reviews(REPOSITORY, PULL) == []

    def test_that_github_refuses_leaves_the_review(self, office: Office, ada: Person) -> None:
        run_id = self.publish(office, ada)
        refusal = faults.refusal(403, "Resource not accessible by integration")
        office.github.faults.add("POST /repositories/*/pulls/*/reviews", refusal)
        assert ended(office, run_id)["lastError"] == "publish_refused"
        assert ada.get("agent_runs", "/api/agent-runs/one").get_json()["review"]["coverage"]["files"] == 3


class TestComments:
    """A published review says each finding once: at its lines, or in its text."""

    REVIEWS = f"POST /repositories/*/pulls/{RISKY_PULL}/reviews"

    @pytest.fixture
    def found(self, office: Office, ada: Person, bo: Person) -> tuple[str, list[dict[str, Any]]]:
        """A run on its way to being published, and its findings that name lines."""
        ada.post("repositories", "/api/repositories", TRACKER)
        intent_id = ada.state(RISKY)["intentId"]
        fields = a_run(office.github, RISKY_REPOSITORY, RISKY_PULL)
        approval_id = bo.decide(intent_id)["approvalId"]
        answer = ada.start(intent_id, approvalId=approval_id, runId="one", publish=True, **fields)
        run_id = answer.get_json()["agentRunId"]
        assert office.run_queued(run_id).get_json() == {"outcome": "continued"}
        review = ada.get("agent_runs", "/api/agent-runs/one").get_json()["review"]
        at_lines = [finding for finding in review["findings"] if finding["startLine"]]
        assert at_lines
        return run_id, at_lines

    def test_stand_at_the_lines_of_their_findings(
        self, office: Office, found: tuple[str, list[dict[str, Any]]]
    ) -> None:
        run_id, at_lines = found
        assert ended(office, run_id)["state"] == "completed"
        (review,) = office.github.reviews(RISKY_REPOSITORY, RISKY_PULL)
        assert [(each["path"], each["line"]) for each in review.comments] == [
            (each["path"], each["endLine"]) for each in at_lines
        ]
        for comment, finding in zip(review.comments, at_lines, strict=True):
            assert finding["severity"].capitalize() in comment["body"]
            assert f"{finding['path']}`, line" not in review.document["body"]

    def test_that_github_refuses_are_said_in_the_text(
        self, office: Office, found: tuple[str, list[dict[str, Any]]]
    ) -> None:
        run_id, at_lines = found
        office.github.faults.add(self.REVIEWS, faults.refusal(422, "Unprocessable Entity"))
        assert ended(office, run_id)["state"] == "completed"
        (review,) = office.github.reviews(RISKY_REPOSITORY, RISKY_PULL)
        assert review.comments == []
        assert all(each["path"] in review.document["body"] for each in at_lines)

    def test_that_github_refuses_and_keeps_are_not_posted_again(
        self, office: Office, found: tuple[str, list[dict[str, Any]]]
    ) -> None:
        run_id, _ = found
        office.github.faults.add(self.REVIEWS, faults.done_but(faults.refusal(422, "Unprocessable Entity")))
        run = ended(office, run_id)
        (review,) = office.github.reviews(RISKY_REPOSITORY, RISKY_PULL)
        assert run["reviewId"] == review.document["id"]


class TestEvidence:
    def test_attached_while_the_run_is_under_way_is_not_lost_and_loses_nothing(
        self, office: Office, ada: Person
    ) -> None:
        run_id = begin(office, ada)
        ticket = {"linkedType": "agent_run", "linkedId": "one", "kind": "ticket", "url": "https://sample.invalid/1"}

        def meanwhile(proceed: Any) -> Any:  # noqa: ANN401 -- whatever the fake goes on with
            assert ada.post("evidences", "/api/evidences", ticket).status_code == 201
            return proceed()

        office.github.faults.add(f"GET /repositories/*/pulls/{PULL}", meanwhile)
        run = ended(office, run_id)
        assert (run["state"], sorted(run["evidence"])) == (
            "completed",
            ["diff_hash", "output_hash", "pr_url", "prompt_hash", "ticket"],
        )
        chain(office.deployment, "intents", run["intentId"])


def test_the_document_is_named_by_owner_and_run() -> None:
    assert agent_run_id("ada", "one") != agent_run_id("one", "ada")
