"""How often do fifty people who write about fifty intents at once get into each other's way?"""

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import StringIO

from functions.evidences.evidences import attach
from functions.evidences.schemas import NewEvidence
from functions.intents.intents import state_intent
from functions.intents.schemas import NewIntent
from local.cloud import LOCATION, TASK_ACCOUNT
from shared.auth import Actor
from shared.domain.errors import ConflictError
from shared.services import Services
from shared.store.database import Database, Write

WRITERS, COMMITS = 50, 10
_INTENT = {"goal": "Correct the guide", "constraints": {}, "success": "It reads well"}


class _Counting:
    """Counts the commits that were refused because somebody else had come between."""

    def __init__(self, database: Database) -> None:
        self._commit = database.commit
        self._lock = threading.Lock()
        self.refused = 0

    def commit(self, writes: list[Write]) -> datetime:
        """Commit, and count a conflict."""
        try:
            return self._commit(writes)
        except ConflictError:
            with self._lock:
                self.refused += 1
            raise


def retries(host: str) -> int:
    """How many commits had to be made again."""
    variables = {
        "GOOGLE_CLOUD_PROJECT": f"bench-{secrets.token_hex(4)}",
        "FIRESTORE_EMULATOR_HOST": host,
        "TASKS_LOCATION": LOCATION,
        "TASKS_URL": "http://127.0.0.1:1",
        "TASKS_SERVICE_ACCOUNT": TASK_ACCOUNT,
    }
    services = Services(variables, now=lambda: datetime.now(UTC))
    counting = _Counting(services.store.database)
    services.store.database.commit = counting.commit  # type: ignore[method-assign, assignment]  # what is measured
    with redirect_stdout(StringIO()), ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda number: _write(number, services), range(WRITERS)))
    return counting.refused


def _write(number: int, services: Services) -> None:
    person = Actor(f"writer-{number}", None, frozenset())
    intent = state_intent(NewIntent.model_validate(_INTENT).content(), actor=person, services=services)
    for _ in range(COMMITS):
        said = {"linkedType": "intent", "linkedId": intent.intent_id, "kind": "ticket", "hash": "0" * 64}
        attach(NewEvidence.model_validate(said), actor=person, services=services)
