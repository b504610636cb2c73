"""The PR event processor under fault: a merge to fetch, an installation to look at, a past to go through."""

from typing import ClassVar

from local.github import Pull
from shared.store.store import REPOSITORIES
from tests.api import Person
from tests.crash.scenario import TaskScenario
from tests.crash.stage import Task
from tests.crash.webhook import check_cards, merged
from tests.steps import ADA, TRACKER


class Fetch(TaskScenario):
    """A merge that was just taken in."""

    function = "pr_event_processor"
    peers = frozenset({"secrets", "tasks", "firestore", "github"})

    def queue(self) -> Task:
        """Let GitHub deliver a merge."""
        self._merged = merged(self.stage)
        self.stage.steps.merge(TRACKER, self._merged)
        (task,) = self.stage.queued()
        return task

    def check(self) -> None:
        """One card for each author."""
        check_cards(self.stage, self._merged)


class Past(TaskScenario):
    """A repository whose owner wants cards of the past: two merges on one page."""

    titles: ClassVar[tuple[str, ...]] = ("Add a crane", "Paint the crane")

    function = "pr_event_processor"
    peers = frozenset({"secrets", "tasks", "firestore", "github"})

    def queue(self) -> Task:
        """Connect it."""
        self._connect(owner_is_new=False)
        (task,) = self.stage.queued()
        return task

    def check(self) -> None:
        """It is connected, its merges were found, and each of them is one card."""
        connections = self.stage.deployment.documents(REPOSITORIES).values()
        assert [each["connectionStatus"] for each in connections] == ["connected"]
        check_cards(self.stage, *(pull.number for pull in self._pulls), owners=frozenset({"ada"}))

    def _connect(self, *, owner_is_new: bool) -> str:
        """Connect a repository of its own with its past; returns the account it belongs to."""
        number = self.stage.number()
        owner, name = f"owner-{number}" if owner_is_new else "sample-org", f"depot-{number}"
        self.stage.github.add_repository(f"{owner}/{name}")
        self._pulls = [self._merged(f"{owner}/{name}", title) for title in self.titles]
        person = Person(self.stage.deployment, "ada", ADA)
        answer = person.post("/api/repositories", {"owner": owner, "name": name, "backfillDays": 30})
        assert answer.status_code == 201, answer.text
        return owner

    def _merged(self, full_name: str, title: str) -> Pull:
        return self.stage.github.add_pull(full_name, title=title, author="sample-dev-ada")


class Installation(Past):
    """The App is installed where somebody waits for it, and their past is to be gone through then."""

    titles = ("Add a crane",)

    def queue(self) -> Task:
        """Wait for the App, and install it."""
        owner = self._connect(owner_is_new=True)
        self.stage.steps.told(lambda: self.stage.github.install(owner))
        (task,) = self.stage.queued()
        return task
