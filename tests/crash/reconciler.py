"""The reconciler under fault: one step is overdue, another one's worker was lost, a delivery did not reach us."""

from uuid import uuid4

from tests.crash.nursery import Outcome, Request
from tests.crash.scenario import Scenario
from tests.crash.webhook import check_cards, merged, payload
from tests.steps import TRACKER


class Reconciliation(Scenario):
    """All that it looks after, once each."""

    function = "reconciler"
    peers = frozenset({"secrets", "tasks", "firestore", "github"})

    def prepare(self) -> Request:
        """Three merges, none of which anybody comes for."""
        self._merges = [merged(self.stage) for _ in range(3)]
        for number in self._merges[:2]:
            self.stage.steps.merge(TRACKER, number)
        self.stage.lose_worker()
        self.stage.let_time_pass()
        for task in self.stage.queued():
            self.stage.forget(task)
        self.stage.github.hooks.lose("pull_request", payload(self.stage, self._merges[2]), guid=str(uuid4()))
        return self.stage.reconciliation()

    def ended(self, outcome: Outcome) -> None:
        """Cloud Scheduler calls again in a minute, however it ended; what GitHub was asked for comes meanwhile."""
        assert outcome.status in (None, 200, 503), outcome
        assert self.stage.github.hooks.wait()

    def check(self) -> None:
        """Each merge is one event, one card for each author."""
        check_cards(self.stage, *self._merges)

    def repeat(self, request: Request) -> None:
        """It looks at GitHub's list again, and finds nothing to repeat."""
        before = len(self.stage.github.hooks.deliveries())
        answer = self.stage.post(request)
        assert answer.get_json() == {"outcome": "reconciled"}, answer.text
        assert self.stage.github.hooks.wait()
        assert len(self.stage.github.hooks.deliveries()) == before
