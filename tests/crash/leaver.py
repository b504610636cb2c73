"""An erasure under fault."""

from datetime import UTC, datetime

from shared.dispatch import queue
from tests.crash.scenario import TaskScenario
from tests.crash.stage import Task
from tests.leaving import World, new_world, settle_a_little


class Leaving(TaskScenario):
    """Somebody who has something of every kind, and has asked to be erased."""

    function = "reconciler"
    peers = frozenset({"firestore", "tasks", "identity", "secrets"})

    def queue(self) -> Task:
        """Ask for the erasure."""
        self._world: World = new_world(self.stage.deployment)
        settle_a_little(self._world)
        self._world.at = datetime.now(UTC)
        self._world.begin()
        stored = self._world.services.store.erasures.get(self._world.erasure_id)
        assert stored
        queue(self._world.erasure_id, stored.value, self._world.services)
        (task,) = self.stage.queued()
        return task

    def check(self) -> None:
        """Nothing of the leaver's is left but who did what in the ledger, and every chain holds."""
        assert self._world.erasure()["state"] == "done"
        assert self._world.faults() == []
        assert [path.split("/")[0::2] for path in self._world.named()] == [["intents", "ledger"]] * 2
        owners = {each["ownerId"] for each in self.stage.deployment.documents("asset-cards").values()}
        assert owners == {self._world.stayer}
