"""The asset generator under fault: with the offline writer, and with the model."""

from local.cloud import MODEL_KEY_SECRET
from local.gemini import API_KEY
from shared.store.store import PR_EVENTS
from tests.crash.nursery import Outcome
from tests.crash.processor import Fetch
from tests.crash.stage import Stage, Task


class Offline(Fetch):
    """A fetched merge whose cards are to be written without a model."""

    function = "asset_generator"
    peers = frozenset({"tasks", "firestore"})

    def queue(self) -> Task:
        """Fetch it as well."""
        fetch = super().queue()
        assert self.stage.post(self.stage.request(fetch)).status_code == 200
        self.stage.forget(fetch)
        (task,) = self.stage.queued()
        return task


class Model(Offline):
    """A fetched merge whose cards the model is to write."""

    peers = frozenset({"tasks", "firestore", "secrets", "gemini"})

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        deployment = stage.deployment
        deployment.secret_manager.put(MODEL_KEY_SECRET, API_KEY, project=deployment.project)
        deployment.variables |= {
            "GEMINI_API_KEY_SECRET": MODEL_KEY_SECRET,
            "GOOGLE_GEMINI_BASE_URL": stage.gemini.url,
        }

    def queue(self) -> Task:
        """Remember what the model was asked before."""
        self._before = self.stage.model_calls()
        return super().queue()

    def ended(self, outcome: Outcome) -> None:
        """Note what was paid for until then, and whether it is in store."""
        super().ended(outcome)
        self._paid = self.stage.model_calls() - self._before
        (event,) = self.stage.deployment.documents(PR_EVENTS).values()
        self._is_stored = event["state"] == "done"

    def check(self) -> None:
        """Words are paid for a second time only where the first were lost before they could be stored."""
        super().check()
        assert self._paid <= 1
        assert self.stage.model_calls() - self._before == self._paid + (0 if self._is_stored else 1)
