"""The world around a function that is struck: how it stands before, how it heals by itself, what it has come to."""

import base64
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import requests
from werkzeug.test import Client, TestResponse

from local.cloud import LOCATION, QUEUES
from local.firestore import FirestoreEmulator
from local.functions import prefixes
from local.gemini import Gemini
from shared.audit_days import fold, marked_days
from shared.domain.erasure import LAST_LOOK, Erasure
from shared.domain.errors import RetryLaterError
from shared.domain.step import Step
from shared.services import Services
from shared.store.collection import Stored
from shared.store.store import REPOSITORIES, Queued
from tests.crash.nursery import Request
from tests.steps import GENERATOR, PROCESSOR, Steps

_ROUNDS = 8
_MANY = 200
_SECONDS = 5.0
_A_WHILE = timedelta(minutes=30)  # longer than any lease


@dataclass(frozen=True)
class Task:
    """A task that is queued."""

    name: str
    path: str
    body: str

    @property
    def function(self) -> str:
        """The folder of the function that it is for."""
        return prefixes()[self.path]


class Stage:
    """A deployment whose queues are held; tasks, time and GitHub's repetitions move when `heal` moves them."""

    def __init__(self, steps: Steps, emulator: FirestoreEmulator, gemini: Gemini) -> None:
        self.steps = steps
        self.deployment = steps.deployment
        self.github = steps.github
        self.gemini = gemini
        self._emulator = emulator
        self._session = requests.Session()
        self._queues = f"projects/{self.deployment.project}/locations/{LOCATION}/queues"
        for name in set(QUEUES) - {PROCESSOR, GENERATOR}:
            self._tasks("POST", self._queues, {"name": f"{self._queues}/{name}"})
            self._tasks("POST", f"{self._queues}/{name}:pause", {})
        self._number = 1000
        self._connections: Mapping[str, dict[str, Any]] = {}

    def number(self) -> int:
        """One that has not been used on this stage."""
        self._number += 1
        return self._number

    def clear(self) -> None:
        """No documents, no tasks, and no delivery that GitHub remembers: its list would get longer every time."""
        self._emulator.reset(self.deployment.project)
        self.github.hooks._deliveries.clear()  # noqa: SLF001 -- nothing but this needs a GitHub that forgets
        for task in self.queued():
            self.forget(task)

    def connect(self, people: Mapping[str, int], full_name: str) -> None:
        """Let these people (uid, GitHub id) connect a repository; what came of it is put back each time."""
        if not self._connections:
            for uid, github_id in people.items():
                self.steps.connect(uid, full_name, github_id)
            self._connections = self.deployment.documents(REPOSITORIES)
            self.clear()  # of what connecting leaves beside the connections
        for connection_id, connection in self._connections.items():
            self.deployment.firestore.document(REPOSITORIES, connection_id).set(connection)

    def queued(self) -> list[Task]:
        """The tasks that wait."""
        found: list[Task] = []
        for name in QUEUES:
            answer = self._tasks("GET", f"{self._queues}/{name}/tasks?responseView=FULL&pageSize=1000")
            found += [_task(each) for each in answer.get("tasks", [])]
        return found

    def forget(self, task: Task) -> None:
        """Take a task out of its queue, as after a 200: its name stays used."""
        self._tasks("DELETE", task.name)

    def request(self, task: Task) -> Request:
        """The request that the queue makes of a task."""
        headers = {**self.deployment.task_bearer(), "Content-Type": "application/json"}
        return Request(task.function, task.path, headers, task.body)

    def reconciliation(self) -> Request:
        """The request that Cloud Scheduler makes every minute."""
        headers = {**self.deployment.task_bearer(), "Content-Type": "application/json"}
        return Request("reconciler", "/api/tasks/reconcile", headers, "{}")

    def unfinished(self) -> list[tuple[Queued, Stored[Step]]]:
        """Every step that has not come to its end."""
        found = []
        for queued in self._services.store.queued:
            states = ("state", "in", [queued.kind.WAITING, queued.kind.RUNNING])
            found += [(queued, stored) for stored in queued.steps.find(states, limit=_MANY)]
        return found

    def heal(self) -> None:
        """Let the queues, time, the reconciler and GitHub do what they do until nothing is left to do."""
        for _ in range(_ROUNDS):
            self._run_queued()
            self.let_time_pass()
            self._reconcile()
            if not self.unfinished() and not self.queued():
                self._fold()
                return
        left = [(stored.value.stage, stored.value.state, stored.value.last_error) for _, stored in self.unfinished()]
        raise AssertionError(f"not healed: {left}, queued: {self.queued()}")

    def documents(self) -> Counter[str]:
        """How many documents there are in collections of each name."""
        root = f"projects/{self.deployment.project}/databases/(default)/documents"
        query = {"from": [{"allDescendants": True}], "select": {"fields": [{"fieldPath": "__name__"}]}}
        answer = self._session.post(
            f"{self._emulator.url}/v1/{root}:runQuery",
            json={"structuredQuery": query},
            headers={"Authorization": "Bearer owner"},
            timeout=_SECONDS,
        )
        paths = [each["document"]["name"].removeprefix(f"{root}/") for each in answer.json() if "document" in each]
        return Counter("/".join(path.split("/")[::2]) for path in paths)

    def lose_worker(self) -> None:
        """Let somebody claim one of the steps that wait, and never come back."""
        queued, stored = self.unfinished()[0]
        claimed = stored.value.claimed("a worker that is gone", at=stored.value.updated_at)
        queued.steps.commit(queued.steps.replace(stored, claimed))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def model_calls(self) -> int:
        """How often the model has been asked so far."""
        return len(self.gemini.requests_bytes())

    def post(self, request: Request) -> TestResponse:
        """Make a request of a function in this process."""
        client = Client(self.deployment.function(request.function).application)
        return client.post(request.path, data=request.body.encode(), headers=request.headers)

    @cached_property
    def _services(self) -> Services:
        return self.deployment.services()

    def _run_queued(self) -> None:
        """Dispatch every task, and those that come of it; one that is put off has had its last attempt.

        A queue gives a task up one day, and then a lease that has run out is the reconciler's to find.
        """
        while tasks := self.queued():
            for task in tasks:
                answer = self.post(self.request(task))
                assert answer.status_code in (200, 503), answer.text
                assert answer.status_code == 200 or int(answer.headers["Retry-After"]) > 0
                self.forget(task)

    def let_time_pass(self) -> None:
        """Everything that waits is due, and every lease has run out."""
        for queued, stored in self.unfinished():
            step = stored.value
            past = step.updated_at - _A_WHILE
            moved = replace(step, due_at=past, lease_until=past if step.lease_until else None)
            if isinstance(moved, Erasure) and moved.account_gone_at:
                moved = replace(moved, account_gone_at=moved.account_gone_at - LAST_LOOK)
            queued.steps.commit(queued.steps.replace(stored, moved))

    def _fold(self) -> None:
        """Fold what days are marked for: a day's task has one name a minute, and no minute passes here."""
        store = self._services.store
        while (day := next(marked_days(store), None)) is not None:
            with suppress(RetryLaterError):  # the task that has the name is at it
                fold(day, store, at=self._services.now())

    def _reconcile(self) -> None:
        answer = self.post(self.reconciliation())
        assert answer.status_code == 200, answer.text
        assert self.github.hooks.wait(), "GitHub has not repeated what it was asked to"

    def _tasks(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """A call to Cloud Tasks."""
        answer = self._session.request(verb, f"{self.deployment.tasks.url}/v2/{path}", json=body, timeout=_SECONDS)
        answer.raise_for_status()
        found: Mapping[str, Any] = answer.json()
        return found


def _task(told: Mapping[str, Any]) -> Task:
    request = told["httpRequest"]
    return Task(told["name"], urlsplit(request["url"]).path, base64.b64decode(request["body"]).decode())
