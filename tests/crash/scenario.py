"""What a function must say of itself to be struck at each of its effects."""

from abc import ABC, abstractmethod
from typing import ClassVar

from tests.crash.nursery import Outcome, Request
from tests.crash.stage import Stage, Task


class Scenario(ABC):
    """A state of the world and a request that comes then; see the package's own words."""

    function: ClassVar[str]
    peers: ClassVar[frozenset[str]]
    grows: ClassVar[frozenset[str]] = frozenset()
    stride: ClassVar[int] = 1

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    @abstractmethod
    def prepare(self) -> Request:
        """Make the state, on a stage without documents; returns the request."""

    @abstractmethod
    def ended(self, outcome: Outcome) -> None:
        """Let whoever asked know how it ended."""

    @abstractmethod
    def check(self) -> None:
        """Assert what is right once all has healed."""

    def repeat(self, request: Request) -> None:
        """Make the request once more: it costs no call to GitHub or the model."""
        before = self._asked()
        answer = self.stage.post(request)
        assert answer.get_json() == {"outcome": "duplicate"}, answer.text
        assert self._asked() == before, "it asks GitHub or the model again for what is done"

    def _asked(self) -> tuple[int, int]:
        return len(self.stage.github.calls()), self.stage.model_calls()


class TaskScenario(Scenario):
    """A step that is queued: the queue asks again for as long as it is not answered 200."""

    peers = frozenset({"firestore", "tasks"})

    def prepare(self) -> Request:
        """Queue the step, as `queue` does."""
        self._task = self.queue()
        return self.stage.request(self._task)

    @abstractmethod
    def queue(self) -> Task:
        """Bring a step to where its task waits; returns the task."""

    def ended(self, outcome: Outcome) -> None:
        """A 200 takes the task out of its queue; anything else has to be one that the queue waits for."""
        if outcome.is_ok:
            self.stage.forget(self._task)
        elif outcome.status is not None:
            assert outcome.status == 503, outcome
            assert int(outcome.headers["Retry-After"]) > 0
