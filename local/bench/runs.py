"""What starting a run costs in Firestore's documents, and that it is the same whatever has been run before.

The function's own code, in this process, past a wire that counts; people are looked up in Firebase, not in Firestore.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

from functions.agent_runs.schemas import NewRun
from functions.agent_runs.start import MOST_A_MINUTE, start_run
from functions.approvals.decide import Request, decide
from functions.intents.intents import state_intent
from functions.intents.schemas import NewIntent
from local.bench.documents import Count, GrpcWire
from local.bench.figures import Amount, Figure
from local.bench.queue import Queue
from local.cloud import LOCATION, TASK_ACCOUNT
from local.firestore import FirestoreEmulator
from local.surroundings import meaning
from shared.auth import Actor
from shared.domain.errors import InvalidError
from shared.services import Services

HISTORIES = (0, 10, 1000)
_OWNER = Actor("owner", None, frozenset())
_APPROVER = Actor("approver", None, frozenset({"approver"}))
_INTENT = {
    "goal": "Review the change of the login",
    "constraints": {},
    "success": "Findings that name their lines",
    "prMeta": {"paths": ["src/auth/login.py"]},
}
_RUN = {
    "repoFullName": "sample-org/parcel-tracker",
    "prNumber": 41,
    "prUrl": "https://github.com/sample-org/parcel-tracker/pull/41",
    "baseSHA": "0" * 40,
    "headSHA": "1" * 40,
    "diffHash": "2" * 64,
    "agentName": "worklog-reviewer",
    "agentVersion": "1",
    "model": "offline",
}


def figures() -> list[Figure]:
    """A new run, the same once more, and one that is refused: reads and writes after each length of history."""
    with _desk() as desk, redirect_stdout(StringIO()):  # the logs of thousands of runs
        told = {history: _after(history, desk) for history in HISTORIES}
    return [figure for kind in ("a new run", "its replay", "a refused one") for figure in _of(kind, told)]


class _Desk:
    """Services whose clock moves on, so that nobody is told to slow down, and what they cost."""

    def __init__(self, services: Services, count: Count) -> None:
        self.services = services
        self._count = count
        self._calls = 0
        services.now = self._now

    def approved_intent(self) -> tuple[str, str]:
        """An intent and its approval."""
        intent = state_intent(NewIntent.model_validate(_INTENT).content(), actor=_OWNER, services=self.services)
        valid_to = self.services.now() + timedelta(days=80)
        asked = Request(intent.intent_id, "approved", {}, valid_to)
        return intent.intent_id, decide(asked, actor=_APPROVER, services=self.services).approval_id

    def start(self, intent_id: str, approval_id: str | None, run_id: str) -> None:
        """Start a run."""
        named = {"intentId": intent_id, "runId": run_id, **({"approvalId": approval_id} if approval_id else {})}
        start_run(NewRun.model_validate({**_RUN, **named}), actor=_OWNER, services=self.services)

    def cost(self, call: Callable[[], Any]) -> tuple[int, int]:
        """The reads and writes of a call."""
        self._count.clear()
        call()
        return self._count.reads, self._count.writes

    def _now(self) -> datetime:
        self._calls += 1
        return datetime.now(UTC) + timedelta(seconds=self._calls * 60 / MOST_A_MINUTE)


def _after(history: int, desk: _Desk) -> dict[str, tuple[int, int]]:
    """What each kind of call costs after so many runs under the same intent."""
    intent_id, approval_id = desk.approved_intent()
    for number in range(history):
        desk.start(intent_id, approval_id, f"before-{intent_id[:8]}-{number}")
    run_id = secrets.token_hex(8)

    def refused() -> None:
        try:
            desk.start(intent_id, None, secrets.token_hex(8))
        except InvalidError:
            return
        raise AssertionError("a run that needs an approval was started without one")

    return {
        "a new run": desk.cost(lambda: desk.start(intent_id, approval_id, run_id)),
        "its replay": desk.cost(lambda: desk.start(intent_id, approval_id, run_id)),
        "a refused one": desk.cost(refused),
    }


def _of(kind: str, told: dict[int, dict[str, tuple[int, int]]]) -> Iterator[Figure]:
    """The figures of a kind of call: none may exceed what it costs where nothing was run before."""
    first = told[HISTORIES[0]][kind]
    for history, costs in told.items():
        for name, spent, fixed in zip(("reads", "writes"), costs[kind], first, strict=True):
            label = f"{name} of {kind} after {history:,} others"
            yield Amount(name=label, unit="documents", ours=[spent], at_least=fixed, at_most=fixed)


@contextmanager
def _desk() -> Iterator[_Desk]:
    count = Count()
    with FirestoreEmulator() as firestore, Queue() as queue, GrpcWire(firestore.host, count) as wire:
        variables = {
            "GOOGLE_CLOUD_PROJECT": f"bench-{secrets.token_hex(4)}",
            "FIRESTORE_EMULATOR_HOST": wire.host,
            "CLOUD_TASKS_EMULATOR_HOST": queue.host,
            "TASKS_LOCATION": LOCATION,
            "TASKS_URL": "http://127.0.0.1:1",
            "TASKS_SERVICE_ACCOUNT": TASK_ACCOUNT,
        }
        with meaning(variables):
            yield _Desk(Services(variables), count)
