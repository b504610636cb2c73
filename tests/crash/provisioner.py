"""The provisioner under fault: a repository that is to be made, and one that waits for its content."""

from local.cloud import ORGANIZATION
from shared.store.store import EXCEPTIONS, INTENTS, PROVISIONING_EVENTS, PROVISIONING_JOBS
from tests.chains import chain
from tests.crash.scenario import TaskScenario
from tests.crash.stage import Stage, Task
from tests.governance import PROJECT, Office
from tests.provisioning import ask, git, serve_provisioner
from tests.sizes import size


class Creation(TaskScenario):
    """A job that was just asked for."""

    function = "provisioner"
    peers = frozenset({"secrets", "tasks", "firestore", "github"})
    # Each claim and each postponement is an entry of its own: that there are more of them is the truth.
    grows = frozenset({"intents/ledger"})
    stride = size(6, long=1)

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        serve_provisioner(stage.deployment)

    def queue(self) -> Task:
        """Ask for a repository under an approved intent."""
        office = Office(self.stage.deployment)
        ada, bo = office.person("ada"), office.person("bo", "approver")
        intent_id, self._name = ada.state(PROJECT)["intentId"], f"seedlings-{self.stage.number()}"
        under = {"intentId": intent_id, "approvalId": bo.decide(intent_id)["approvalId"]}
        answer = ask(ada, **under, repositoryName=self._name)
        assert answer.status_code == 202, answer.text
        (task,) = self.stage.queued()
        return task

    def check(self) -> None:
        """There is one repository with one commit of ours, and one event; the chain tells of nothing else."""
        deployment = self.stage.deployment
        ((job_id, job),) = deployment.documents(PROVISIONING_JOBS).items()
        assert (job["state"], job["repoFullName"]) == ("completed", f"{ORGANIZATION}/{self._name}"), job
        repository = self.stage.github.store.get(job["githubRepositoryId"])
        assert repository is not None
        assert git(repository.folder, "rev-list", "--count", "main") == "2"
        assert git(repository.folder, "rev-parse", "main") == job["commitSha"]
        assert f"WorkLog-Job: {job_id}" in git(repository.folder, "log", "-1", "--format=%B", "main").splitlines()
        assert list(deployment.documents(PROVISIONING_EVENTS)) == [job_id]
        assert deployment.documents(EXCEPTIONS) == {}
        ((intent_id, _),) = deployment.documents(INTENTS).items()
        said = [each["action"] for each in chain(deployment, INTENTS, intent_id)]
        assert said[:3] == ["create", "approved", "provision"]
        assert [said.count(each) for each in ("created", "made", "complete")] == [1, 1, 1]


class Content(Creation):
    """A job whose repository is there and waits for its content."""

    def queue(self) -> Task:
        """Let the first stage be done."""
        task = super().queue()
        assert self.stage.post(self.stage.request(task)).get_json() == {"outcome": "continued"}
        self.stage.forget(task)
        (following,) = self.stage.queued()
        return following
