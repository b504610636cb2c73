"""What goes wrong in the cloud itself, under the names that the report uses, and how often has it?"""

from collections import Counter
from typing import Protocol

from local.cloud_tasks import CreateFault
from local.gemini.behaviours import failure
from local.github import faults
from local.storm.cloud import StormCloud

EVERY_CALL = "/**"
_BROKEN, _AWAY = 502, 503
_OF_THE_QUEUE = 0.01  # of the calls of CreateTask, for each way to fail
_TWICE = 0.02  # of the dispatches


class _Rule(Protocol):
    fired: int


class Troubles:
    """The faults of GitHub, the model and the queue; `share` of the calls of the first two fail with a 5xx."""

    def __init__(self, cloud: StormCloud, *, share: float) -> None:
        self._cloud = cloud
        self._share = share
        self._rules: dict[str, _Rule] = {}

    def begin(self) -> None:
        """Let single calls fail, and some tasks come twice."""
        cloud = self._cloud
        self._rules |= {
            "GitHub answers 502": self._github(_BROKEN, self._share),
            "the model answers 503": self._model(_AWAY, self._share),
            "the queue refuses a task": cloud.tasks.faults.on_create(
                CreateFault(status=_AWAY, times=None, probability=_OF_THE_QUEUE)
            ),
            "the queue takes a task and says no": cloud.tasks.faults.on_create(
                CreateFault(status=_AWAY, applied=True, times=None, probability=_OF_THE_QUEUE)
            ),
        }
        cloud.tasks.faults.duplicate(_TWICE)

    def cut_off(self) -> None:
        """Let every call of GitHub and of the model fail from now on, beside what goes wrong already."""
        self._rules |= {
            "GitHub is away": self._github(_AWAY, 1.0),
            "the model is away": self._model(_AWAY, 1.0),
        }

    def end(self) -> None:
        """Let everything go well again."""
        self._cloud.github.faults.clear()
        self._cloud.gemini.behave_as_usual()
        self._cloud.tasks.faults.clear()

    @property
    def fired(self) -> Counter[str]:
        """How often each has struck."""
        struck = Counter({name: rule.fired for name, rule in self._rules.items()})
        struck["a task is dispatched twice"] = self._cloud.tasks.counters.duplicated
        return struck

    @property
    def model_refusals(self) -> int:
        """How many questions the model turned away: it did no work for them."""
        return sum(rule.fired for name, rule in self._rules.items() if name.startswith("the model"))

    def _github(self, status: int, share: float) -> _Rule:
        return self._cloud.github.faults.add(EVERY_CALL, faults.server_error(status), times=None, probability=share)

    def _model(self, status: int, share: float) -> _Rule:
        return self._cloud.gemini.behave(failure(status), times=None, probability=share)
