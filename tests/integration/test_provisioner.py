"""The provisioner: one private repository with one commit in it, under an approval that still holds."""

from pathlib import Path
from typing import Any

import pytest

from functions.provisioner.tree import SPECKIT_VERSION
from local.cloud import ORGANIZATION, PROVISIONING_APP_ID
from local.github import faults
from tests.deployment import Deployment
from tests.governance import PROJECT, Person
from tests.provisioning import CREATION, GIT, Workshop, clone, git

NAME = "seedlings"
FULL_NAME = f"{ORGANIZATION}/{NAME}"


@pytest.fixture
def ada(workshop: Workshop) -> Person:
    return workshop.office.person("ada")


@pytest.fixture
def bo(workshop: Workshop) -> Person:
    return workshop.office.person("bo", "approver")


@pytest.fixture
def job_id(workshop: Workshop, ada: Person, under: dict[str, str]) -> str:
    """A job of hers that was just asked for."""
    return workshop.ask(ada, **under, repositoryName=NAME)


class TestRepository:
    def test_is_made_and_filled(
        self, workshop: Workshop, ada: Person, under: dict[str, str], job_id: str, tmp_path: Path
    ) -> None:
        job = workshop.ended(job_id)
        assert (job["state"], job["repoFullName"]) == ("completed", FULL_NAME)
        folder = clone(workshop, FULL_NAME, tmp_path / "clone")
        assert git(folder, "rev-parse", "HEAD") == job["commitSha"]
        assert git(folder, "rev-list", "--count", "HEAD") == "2"
        message = git(folder, "log", "-1", "--format=%B")
        for trailer in (
            f"WorkLog-Job: {job_id}",
            f"WorkLog-Intent: {under['intentId']}",
            f"WorkLog-Approval: {under['approvalId']}",
            f"Spec-Kit-Version: {SPECKIT_VERSION}",
        ):
            assert trailer in message.splitlines()
        assert (folder / ".specify/memory/constitution.md").is_file()
        repository = workshop.github.world.repository(FULL_NAME)
        assert repository is not None
        assert repository.document["private"] is True
        assert f"worklog-job:{job_id}" in repository.document["description"].split()
        assert workshop.exceptions() == []

    def test_is_made_by_the_function_as_it_is_deployed(
        self, deployment: Deployment, workshop: Workshop, job_id: str
    ) -> None:
        """With the pauses between changes that GitHub asks for."""
        deployment.function("provisioner", PROVISIONING_ORGANIZATION=ORGANIZATION)
        assert workshop.ended(job_id)["state"] == "completed"

    def test_has_one_event_and_a_chain_that_holds(self, workshop: Workshop, under: dict[str, str], job_id: str) -> None:
        job = workshop.ended(job_id)
        ((event_id, event),) = workshop.events().items()
        assert event_id == job_id
        assert {name: event[name] for name in under} == under
        assert (event["resourceUrl"], event["repoFullName"]) == (f"https://github.com/{FULL_NAME}", FULL_NAME)
        assert (event["speckitVersion"], event["approval"]["decidedBy"]) == (SPECKIT_VERSION, "bo")
        assert event["githubRepositoryId"] == job["githubRepositoryId"]
        told = ["create", "approved", "provision", "claim", "created", "made", "claim", "complete"]
        assert workshop.actions(under["intentId"]) == told

    def test_is_made_once_however_often_the_queue_calls(self, workshop: Workshop, job_id: str) -> None:
        job = workshop.ended(job_id)
        before = len(workshop.github.calls())
        assert workshop.run(job_id).get_json() == {"outcome": "duplicate"}
        assert (workshop.job(job_id), len(workshop.github.calls())) == (job, before)

    def test_is_asked_for_with_tokens_for_that_alone(self, workshop: Workshop, job_id: str) -> None:
        job = workshop.ended(job_id)
        asked = [call.body for call in workshop.github.calls("POST /app/installations/*/access_tokens")]
        assert {"permissions": {"administration": "write"}} in asked
        number = job["githubRepositoryId"]
        assert {"permissions": {"contents": "write"}, "repository_ids": [number]} in asked
        assert all(len(each["permissions"]) == 1 for each in asked)

    @pytest.mark.parametrize("agent", ["claude", "copilot"])
    def test_has_an_agents_commands_where_one_is_asked_for(
        self, workshop: Workshop, ada: Person, under: dict[str, str], agent: str
    ) -> None:
        job = workshop.ended(workshop.ask(ada, **under, repositoryName=NAME, agent=agent))
        assert (job["state"], workshop.events()[job["jobId"]]["agent"]) == ("completed", agent)


class TestLostAnswer:
    """GitHub has done it, and nobody heard: it is known again, and not done again."""

    def test_of_the_creation_is_adopted(self, workshop: Workshop, job_id: str) -> None:
        lost = workshop.github.faults.add(CREATION, faults.done_but(faults.server_error(504)))
        assert workshop.run(job_id).status_code == 503
        job = workshop.ended(job_id)
        assert (lost.fired, job["state"], workshop.repositories()) == (1, "completed", [FULL_NAME])
        assert len(workshop.github.calls(CREATION)) == 1
        assert list(workshop.events()) == [job_id]

    def test_of_the_creation_is_adopted_when_github_shows_it_late(self, workshop: Workshop, job_id: str) -> None:
        workshop.github.settling = 4
        workshop.github.faults.add(CREATION, faults.done_but(faults.server_error(504)))
        assert workshop.ended(job_id)["state"] == "completed"
        assert workshop.repositories() == [FULL_NAME]

    @pytest.mark.parametrize("call", [f"POST {GIT}", f"PATCH {GIT}"])
    @pytest.mark.parametrize("times", [1, 2])
    def test_of_the_content_makes_the_same_commit(
        self, workshop: Workshop, job_id: str, tmp_path: Path, call: str, times: int
    ) -> None:
        workshop.github.faults.add(call, faults.done_but(faults.server_error(502)), times=times)
        job = workshop.ended(job_id)
        folder = clone(workshop, FULL_NAME, tmp_path / "clone")
        assert git(folder, "rev-list", "--count", "HEAD") == "2"
        assert git(folder, "rev-parse", "HEAD") == job["commitSha"]

    def test_is_known_below_what_others_have_added_since(self, workshop: Workshop, job_id: str, tmp_path: Path) -> None:
        """The content was there, nobody heard of it, and somebody has begun to work."""
        workshop.github.faults.add(f"PATCH {GIT}", faults.done_but(faults.server_error(502)))
        assert workshop.run(job_id).get_json() == {"outcome": "continued"}
        assert workshop.run(job_id).status_code == 503
        folder = clone(workshop, FULL_NAME, tmp_path / "clone")
        ours = git(folder, "rev-parse", "HEAD")
        theirs = push(folder, "README.md", "Mine")
        assert workshop.ended(job_id)["commitSha"] == ours
        assert git(folder, "ls-remote", "origin", "HEAD").split()[0] == theirs


class TestSettling:
    """For some seconds after its creation GitHub answers for a repository with 404, 409 and 422."""

    def test_is_waited_for_with_503(self, workshop: Workshop, job_id: str) -> None:
        workshop.github.settling = 5
        assert workshop.run(job_id).get_json() == {"outcome": "continued"}
        answers = [workshop.run(job_id) for _ in range(6)]
        assert [each.status_code for each in answers] == [503] * 5 + [200]
        assert all(1 < int(each.headers["Retry-After"]) < 10 for each in answers[:5])
        assert workshop.job(job_id)["state"] == "completed"

    def test_is_not_waited_for_at_the_same_pace_by_all(self, workshop: Workshop, job_id: str) -> None:
        workshop.github.settling = 30
        workshop.run(job_id)
        waits = {workshop.run(job_id).headers["Retry-After"] for _ in range(12)}
        assert len(waits) > 1

    def test_ends_after_two_minutes(self, workshop: Workshop, ada: Person, job_id: str) -> None:
        workshop.github.settling = 1000
        workshop.run(job_id)
        for _ in range(4):
            assert workshop.run(job_id).status_code == 503
            workshop.let_pass(seconds=29)
        assert workshop.run(job_id).status_code == 503
        workshop.let_pass(seconds=10)
        assert workshop.run(job_id).get_json() == {"outcome": "failed"}
        shown = ada.get("provisioning", f"/api/provisioning/jobs/{job_id}").get_json()
        assert (shown["status"], shown["failureCode"]) == ("failed", "not_ready")
        assert workshop.exceptions() == [("provisioning_failed", "not_ready")]

    def test_begins_when_github_first_does_not_show_it(self, workshop: Workshop, job_id: str) -> None:
        """An outage before that is not counted."""
        workshop.github.faults.add(CREATION, faults.server_error(502), times=2)
        for _ in range(2):
            assert workshop.run(job_id).status_code == 503
            workshop.let_pass(minutes=10)
        workshop.github.settling = 3
        assert workshop.ended(job_id)["state"] == "completed"

    def test_of_a_name_that_is_taken_and_not_shown_ends_too(self, workshop: Workshop, job_id: str) -> None:
        """A repository that the App may not see has the name: it can't be told from one that is not shown yet."""
        workshop.github.add_repository(FULL_NAME, private=True)
        workshop.github.faults.add(f"GET /repos/{FULL_NAME}", faults.refusal(404, "Not Found"), times=None)
        assert workshop.run(job_id).status_code == 503
        workshop.let_pass(minutes=3)
        assert workshop.run(job_id).get_json() == {"outcome": "failed"}
        assert workshop.job(job_id)["lastError"] == "not_ready"


class TestForeignRepository:
    """What this job has not made is not touched."""

    @pytest.mark.parametrize("description", [None, "worklog-job:" + "0" * 40, "about worklog-job:"])
    def test_of_the_same_name_ends_the_job(
        self, workshop: Workshop, ada: Person, job_id: str, description: str | None
    ) -> None:
        before = foreign(workshop, description)
        assert workshop.ended(job_id)["lastError"] == "name_taken"
        assert untouched(workshop, before)
        assert workshop.events() == {}
        assert workshop.exceptions() == [("provisioning_failed", "name_taken")]
        shown = ada.get("provisioning", f"/api/provisioning/jobs/{job_id}").get_json()
        assert shown["failureCode"] == "name_taken"
        assert "not been touched" in shown["failureReason"]

    def test_that_is_public_is_not_ours_whatever_it_says(self, workshop: Workshop, job_id: str) -> None:
        before = foreign(workshop, f"x worklog-job:{job_id}", private=False)
        assert workshop.ended(job_id)["lastError"] == "name_taken"
        assert untouched(workshop, before)

    def test_in_another_case_ends_the_job(self, workshop: Workshop, job_id: str) -> None:
        workshop.github.add_repository(FULL_NAME.upper().replace("SAMPLE-ORG", ORGANIZATION), private=True)
        assert workshop.ended(job_id)["lastError"] == "name_taken"

    def test_that_has_our_marker_and_theirs_work_is_not_written_over(
        self, workshop: Workshop, job_id: str, tmp_path: Path
    ) -> None:
        assert workshop.run(job_id).get_json() == {"outcome": "continued"}
        folder = clone(workshop, FULL_NAME, tmp_path / "clone")
        theirs = push(folder, "main.py", "print()")
        assert workshop.ended(job_id)["lastError"] == "repository_changed"
        assert git(folder, "ls-remote", "origin", "HEAD").split()[0] == theirs

    def test_that_took_the_name_meanwhile_ends_the_job(self, workshop: Workshop, job_id: str) -> None:
        """Between our looking and our creating."""

        def meanwhile(proceed: Any) -> Any:  # noqa: ANN401 -- whatever the fake goes on with
            foreign(workshop, "theirs")
            return proceed()

        workshop.github.faults.add(CREATION, meanwhile)
        assert workshop.ended(job_id)["lastError"] == "name_taken"

    def test_that_somebody_pushed_into_at_the_last_moment_is_not_forced(
        self, workshop: Workshop, job_id: str, tmp_path: Path
    ) -> None:
        def meanwhile(proceed: Any) -> Any:  # noqa: ANN401 -- whatever the fake goes on with
            push(clone(workshop, FULL_NAME, tmp_path / "clone"), "main.py", "print()")
            return proceed()

        workshop.github.faults.add(f"PATCH {GIT}", meanwhile)
        assert workshop.ended(job_id)["lastError"] == "repository_changed"


class TestPermit:
    """What was approved when the repository was asked for is asked for again, at every stage."""

    def refused(self, workshop: Workshop, job_id: str, exception: str) -> None:
        job = workshop.ended(job_id)
        assert (job["state"], job["lastError"]) == ("failed", "approval_invalid")
        assert workshop.exceptions() == [(exception, "approval_invalid")]

    @pytest.mark.parametrize("status", ["rejected", "sent_back", "approved"])
    def test_that_was_replaced_makes_nothing(
        self, workshop: Workshop, bo: Person, under: dict[str, str], job_id: str, status: str
    ) -> None:
        bo.decide(under["intentId"], status)
        before = len(workshop.github.calls())
        self.refused(workshop, job_id, "unapproved_attempt")
        assert (len(workshop.github.calls()), workshop.repositories(), workshop.events()) == (before, [], {})

    def test_that_has_run_out_makes_nothing(self, workshop: Workshop, under: dict[str, str], job_id: str) -> None:
        now = workshop.deployment.services().now()
        workshop.deployment.firestore.document("intents", under["intentId"]).update({"decision.validTo": now})
        self.refused(workshop, job_id, "approval_expired")
        assert workshop.repositories() == []

    @pytest.mark.parametrize("field", ["goal", "success", "intentDigest"])
    def test_for_another_content_makes_nothing(
        self, workshop: Workshop, under: dict[str, str], job_id: str, field: str
    ) -> None:
        workshop.deployment.firestore.document("intents", under["intentId"]).update({field: "Anything goes"})
        self.refused(workshop, job_id, "approval_invalid")
        assert workshop.repositories() == []

    def test_for_a_content_that_was_forged_with_its_digests_makes_nothing(
        self, workshop: Workshop, under: dict[str, str], job_id: str
    ) -> None:
        stored = workshop.deployment.services().store.intents.get(under["intentId"])
        assert stored
        digest = stored.value.model_copy(update={"goal": "Anything goes"}).digest()
        forged = {"goal": "Anything goes", "intentDigest": digest, "decision.intentDigest": digest}
        workshop.deployment.firestore.document("intents", under["intentId"]).update(forged)
        self.refused(workshop, job_id, "approval_invalid")
        assert workshop.repositories() == []

    def test_is_gone_with_the_intent(self, workshop: Workshop, under: dict[str, str], job_id: str) -> None:
        workshop.deployment.firestore.document("intents", under["intentId"]).delete()
        self.refused(workshop, job_id, "approval_invalid")
        assert workshop.repositories() == []

    def test_of_ones_own_ends_with_the_policy(self, workshop: Workshop, ada: Person) -> None:
        intent_id = ada.state(PROJECT)["intentId"]
        job_id = workshop.ask(ada, intentId=intent_id, approvalId=ada.decide(intent_id)["approvalId"])
        workshop.deployment.function("provisioner", APPROVAL_POLICY="enforce")
        job = workshop.ended(job_id)
        assert (job["lastError"], workshop.repositories()) == ("approval_invalid", [])

    @pytest.mark.parametrize(("call", "repositories"), [(f"GET /repos/{FULL_NAME}", []), (f"POST {GIT}", [FULL_NAME])])
    def test_is_asked_for_again_before_each_effect(  # noqa: PLR0917 -- fixtures
        self,
        workshop: Workshop,
        bo: Person,
        under: dict[str, str],
        job_id: str,
        call: str,
        repositories: list[str],
    ) -> None:
        """The approval is taken back while GitHub is being asked."""

        def meanwhile(proceed: Any) -> Any:  # noqa: ANN401 -- whatever the fake goes on with
            bo.decide(under["intentId"], "rejected")
            return proceed()

        workshop.github.faults.add(call, meanwhile)
        self.refused(workshop, job_id, "unapproved_attempt")
        assert workshop.repositories() == repositories
        assert workshop.github.calls(f"PATCH {GIT}") == []

    def test_is_asked_for_again_at_the_second_stage(
        self, workshop: Workshop, bo: Person, under: dict[str, str], job_id: str
    ) -> None:
        assert workshop.run(job_id).get_json() == {"outcome": "continued"}
        bo.decide(under["intentId"], "rejected")
        self.refused(workshop, job_id, "unapproved_attempt")
        assert workshop.github.calls(f"POST {GIT}") == []
        assert list(workshop.events()) == [job_id]


class TestAccount:
    """Where repositories can't be made, the job says why."""

    def test_of_a_person_ends_the_job(self, workshop: Workshop, job_id: str) -> None:
        workshop.github.uninstall(ORGANIZATION, app_id=PROVISIONING_APP_ID)
        account = workshop.github.world.account(ORGANIZATION)
        assert account is not None
        account["type"] = "User"
        workshop.github.install(ORGANIZATION, app_id=PROVISIONING_APP_ID)
        assert workshop.ended(job_id)["lastError"] == "organization_required"

    def test_without_the_app_ends_the_job(self, workshop: Workshop, job_id: str) -> None:
        workshop.github.uninstall(ORGANIZATION, app_id=PROVISIONING_APP_ID)
        assert workshop.ended(job_id)["lastError"] == "app_not_installed"

    def test_that_does_not_let_the_app_ends_the_job(self, workshop: Workshop, job_id: str) -> None:
        workshop.github.uninstall(ORGANIZATION, app_id=PROVISIONING_APP_ID)
        workshop.github.install(ORGANIZATION, app_id=PROVISIONING_APP_ID, permissions={"metadata": "read"})
        assert workshop.ended(job_id)["lastError"] == "github_refused"
        assert workshop.exceptions() == [("provisioning_failed", "github_refused")]

    @pytest.mark.parametrize("call", [f"GET /orgs/{ORGANIZATION}/installation", CREATION, f"GET {GIT}"])
    def test_that_does_not_answer_only_postpones_the_job(self, workshop: Workshop, job_id: str, call: str) -> None:
        fault = workshop.github.faults.add(call, faults.server_error(502), times=2)
        assert (workshop.ended(job_id)["state"], fault.fired) == ("completed", 2)


class TestRetry:
    """What failed can be tried once more by a person, where it failed."""

    def retry(self, workshop: Workshop, person: Person) -> int:
        (item,) = person.get("exceptions", "/api/exceptions/inbox").get_json()["items"]
        assert item["jobId"] in workshop.jobs()
        return person.post("exceptions", f"/api/exceptions/{item['exceptionId']}/retry").status_code

    def test_makes_the_repository_once_the_name_is_free(
        self, workshop: Workshop, ada: Person, under: dict[str, str], job_id: str
    ) -> None:
        foreign(workshop, None)
        workshop.ended(job_id)
        workshop.github.rename(FULL_NAME, "elsewhere")
        assert self.retry(workshop, ada) == 202
        assert workshop.ended(job_id)["state"] == "completed"
        told = workshop.actions(under["intentId"])
        assert told[-6:] == ["retry", "claim", "created", "made", "claim", "complete"]

    def test_goes_on_where_the_job_failed(self, workshop: Workshop, ada: Person, job_id: str) -> None:
        workshop.run(job_id)
        workshop.github.faults.add(f"GET {GIT}", faults.refusal(403, "Resource not accessible by integration"))
        assert workshop.ended(job_id)["lastError"] == "github_refused"
        assert self.retry(workshop, ada) == 202
        assert workshop.ended(job_id)["state"] == "completed"
        assert list(workshop.events()) == [job_id]

    def test_is_not_for_what_was_refused(
        self, workshop: Workshop, ada: Person, bo: Person, under: dict[str, str], job_id: str
    ) -> None:
        bo.decide(under["intentId"], "rejected")
        workshop.ended(job_id)
        assert self.retry(workshop, ada) == 400

    def test_has_all_of_its_patience_again(self, workshop: Workshop, ada: Person, job_id: str) -> None:
        workshop.github.settling = 4
        workshop.run(job_id)
        workshop.run(job_id)
        workshop.let_pass(minutes=3)
        assert workshop.run(job_id).get_json() == {"outcome": "failed"}
        assert self.retry(workshop, ada) == 202
        assert workshop.ended(job_id)["state"] == "completed"


def foreign(workshop: Workshop, description: str | None, *, private: bool = True) -> dict[str, Any]:
    """Somebody else's repository of the name; what GitHub has of it."""
    workshop.github.add_repository(FULL_NAME, private=private)
    found = workshop.github.world.repository(FULL_NAME)
    assert found is not None
    found.document["description"] = description
    return dict(found.document)


def untouched(workshop: Workshop, before: dict[str, Any]) -> bool:
    """Whether it is as it was, and nothing was tried to be written to it."""
    found = workshop.github.world.repository(FULL_NAME)
    assert found is not None
    return dict(found.document) == before and workshop.github.calls(GIT) == []


def push(folder: Path, name: str, text: str) -> str:
    """Somebody's own commit on the main branch; returns its name."""
    (folder / name).write_text(text)
    git(folder, "add", name)
    git(folder, "-c", "user.name=Sample", "-c", "user.email=sample@sample.invalid", "commit", "-qm", "Mine")
    git(folder, "push", "-q", "origin", "HEAD:main")
    return git(folder, "rev-parse", "HEAD")
