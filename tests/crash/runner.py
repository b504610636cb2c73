"""The agent runner under fault: a review that is kept, and one that is published."""

from typing import Any, ClassVar

from shared.domain.agent_run import EVIDENCE
from shared.store.store import AGENT_RUNS, EVIDENCES, EXCEPTIONS, INTENTS
from tests.chains import chain
from tests.crash.scenario import TaskScenario
from tests.crash.stage import Task
from tests.governance import HARMLESS, PULL, REPOSITORY, Office
from tests.steps import ADA


class Review(TaskScenario):
    """A run that was just started."""

    function = "agent_runner"
    peers = frozenset({"secrets", "tasks", "firestore", "github"})
    # Each claim and each postponement is an entry of its own: that there are more of them is the truth.
    grows = frozenset({"intents/ledger"})
    publish: ClassVar[bool] = False

    def queue(self) -> Task:
        """Start a run on a sample."""
        self.stage.connect({"ada": ADA}, REPOSITORY)
        ada = Office(self.stage.deployment).person("ada", github_id=ADA)
        intent_id, run_id = ada.state(HARMLESS)["intentId"], f"run-{self.stage.number()}"
        answer = ada.start(intent_id, runId=run_id, publish=self.publish)
        assert answer.status_code == 201, answer.text
        self._run_id = answer.get_json()["agentRunId"]
        (task,) = self.stage.queued()
        return task

    def check(self) -> None:
        """The run is complete, its review and its evidence are there once, and the chain tells of nothing else."""
        deployment = self.stage.deployment
        ((run_id, run),) = deployment.documents(AGENT_RUNS).items()
        assert (run_id, run["state"]) == (self._run_id, "completed")
        assert list(deployment.documents("reviews")) == [run_id]
        attached = sorted(each["kind"] for each in deployment.documents(EVIDENCES).values())
        assert attached == sorted(run["evidence"]) == sorted(self.kinds())
        assert deployment.documents(EXCEPTIONS) == {}
        ((intent_id, _),) = deployment.documents(INTENTS).items()
        said = [each["action"] for each in chain(deployment, INTENTS, intent_id)]
        assert said[:2] == ["create", "start"]
        assert said.count("complete") == 1
        assert said.count("attach") == len(attached)
        self.check_reviews(run)

    def kinds(self) -> list[str]:
        """The evidence that is attached."""
        return list(EVIDENCE)

    def check_reviews(self, run: dict[str, Any]) -> None:
        """Nothing was posted."""
        assert self._posted() == []
        assert run["reviewId"] is None

    def _posted(self) -> list[int]:
        """The numbers of this run's reviews at GitHub."""
        reviews = [each.document for each in self.stage.github.reviews(REPOSITORY, PULL)]
        return [each["id"] for each in reviews if f"worklog-run:{self._run_id}" in each["body"]]


class ReviewToPublish(Review):
    """The same, and the review is to be published: its first stage queues the second one."""

    publish = True

    def kinds(self) -> list[str]:
        """With the place where it was posted."""
        return [*EVIDENCE, "review_url"]

    def check_reviews(self, run: dict[str, Any]) -> None:
        """It was posted once."""
        assert self._posted() == [run["reviewId"]]


class Publishing(ReviewToPublish):
    """A review that is kept and waits to be posted."""

    def queue(self) -> Task:
        """Let the first stage be done."""
        task = super().queue()
        assert self.stage.post(self.stage.request(task)).get_json() == {"outcome": "continued"}
        self.stage.forget(task)
        (following,) = self.stage.queued()
        return following
