"""However often, and under whatever name, GitHub tells of a merge: one event, one live task."""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import Client

from local.cloud_tasks import CreateFault
from shared.clients.google_api import CALL_TIMEOUT, Answer, GoogleApi, stand_in_token
from shared.domain.ids import derived_id
from shared.domain.step import GRACE
from shared.store.intake import EventIntake
from shared.store.store import PR_EVENTS
from tests.deliveries import GUID, PATH, merge, signed_headers
from tests.deployment import Deployment
from tests.proxy import Wire

RACERS = 32
OTHER_GUID = "11111111-1111-4111-8111-111111111111"
HEADERS = {
    "a new GUID": OTHER_GUID,
    "garbage": "../../etc/passwd",
    "another merge's": GUID.replace("0", "2"),
    "empty": "",
    "huge": "a" * 60_000,
    "not ASCII": "é" * 36,
    "a GUID and more": f"{GUID},{OTHER_GUID}",
}


@pytest.fixture
def wire(deployment: Deployment) -> Iterator[Wire]:
    with Wire(os.environ["FIRESTORE_EMULATOR_HOST"], deployment.tasks.url.removeprefix("http://")) as between:
        deployment.function("webhooks", **between.variables)
        yield between


class Interrupted(GoogleApi):
    """Firestore as it is for somebody between whose reading and writing another one writes."""

    def __init__(self, host: str, another: Callable[[], object]) -> None:
        super().__init__(f"http://{host}", stand_in_token)
        self._another = another

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, timeout: float = CALL_TIMEOUT
    ) -> Answer:
        """The answer; after one that was read the other one is there."""
        answer = super().call(method, path, body, timeout=timeout)
        if method == "GET":
            self._another()
        return answer


def race(deployment: Deployment, payload: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Status and outcome of so many identical deliveries at once."""
    body = json.dumps(payload).encode()
    application, gate = deployment.function("webhooks").application, threading.Barrier(RACERS)

    def deliver(number: int) -> tuple[int, str]:
        headers = signed_headers(body) | {"X-GitHub-Delivery": GUID if number % 2 else f"{number:08}{GUID[8:]}"}
        gate.wait()
        answer = Client(application).post(PATH, data=body, headers=headers)
        return answer.status_code, (answer.get_json() or {}).get("outcome", "")

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(deliver, range(RACERS)))


def task_names(deployment: Deployment) -> set[str]:
    """The names under which tasks were taken, dispatched or not."""
    return {task["name"].rpartition("/")[2] for task in deployment.tasks.tasks()}


def stored_id(deployment: Deployment) -> str:
    (found,) = deployment.documents(PR_EVENTS)
    return found


def write(deployment: Deployment, **fields: object) -> dict[str, Any]:
    """Change the one event behind the function's back; returns it as it is then."""
    reference = deployment.firestore.collection(PR_EVENTS).document(stored_id(deployment))
    reference.update(fields)
    return reference.get().to_dict() or {}


class TestDeliveriesAtOnce:
    def test_of_an_overdue_event_dispatch_it_once_more(self, deployment: Deployment) -> None:
        deployment.deliver(merge())
        write(deployment, dueAt=datetime.now(UTC) - timedelta(seconds=1))
        assert {status for status, _ in race(deployment, merge())} == {200}
        (event,) = deployment.documents(PR_EVENTS).values()
        assert event["epoch"] == 1
        assert task_names(deployment) == {derived_id("task", stored_id(deployment), "fetch", epoch) for epoch in (0, 1)}


class TestReplay:
    """A captured body with its signature, under a header that the signature does not cover."""

    @pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
    def test_is_known_whatever_delivery_it_claims_to_be(self, header: str, deployment: Deployment) -> None:
        assert deployment.deliver(merge()).get_json() == {"outcome": "accepted"}
        before = deployment.documents(PR_EVENTS)
        assert deployment.deliver(merge(), guid=header).get_json() == {"outcome": "duplicate"}
        assert deployment.documents(PR_EVENTS) == before
        assert len(task_names(deployment)) == 1

    @pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
    def test_under_which_it_comes_first_decides_nothing(self, header: str, deployment: Deployment) -> None:
        assert deployment.deliver(merge(), guid=header).get_json() == {"outcome": "accepted"}
        (event,) = deployment.documents(PR_EVENTS).values()
        assert event["deliveryId"] == (header if header in (OTHER_GUID, GUID.replace("0", "2")) else None)
        assert deployment.deliver(merge()).get_json() == {"outcome": "duplicate"}

    def test_without_the_header_is_taken_too(self, deployment: Deployment) -> None:
        body = json.dumps(merge()).encode()
        sent = {name: value for name, value in signed_headers(body).items() if name != "X-GitHub-Delivery"}
        answer = deployment.function("webhooks").post(PATH, data=body, headers=sent)
        assert answer.get_json() == {"outcome": "accepted"}
        (event,) = deployment.documents(PR_EVENTS).values()
        assert event["deliveryId"] is None


class TestRedelivery:
    @pytest.mark.parametrize("ended", ["done", "ignored", "failed"])
    def test_of_an_event_that_is_over_does_nothing(self, ended: str, deployment: Deployment, wire: Wire) -> None:
        deployment.deliver(merge())
        before = write(deployment, state=ended, dueAt=None)
        wire.queue.clear()
        assert deployment.deliver(merge()).get_json() == {"outcome": "duplicate"}
        assert deployment.documents(PR_EVENTS) == {stored_id(deployment): before}
        assert not wire.queue.calls

    def test_of_an_event_in_work_leaves_it_to_its_worker(self, deployment: Deployment, wire: Wire) -> None:
        deployment.deliver(merge())
        lease = datetime.now(UTC) + timedelta(seconds=100)
        before = write(deployment, state="processing", holder="somebody", fence=1, leaseUntil=lease, dueAt=lease)
        wire.queue.clear()
        assert deployment.deliver(merge()).status_code == 200
        assert deployment.documents(PR_EVENTS) == {stored_id(deployment): before}
        assert not wire.queue.calls

    def test_of_an_event_that_is_not_due_repeats_the_same_task(self, deployment: Deployment, wire: Wire) -> None:
        deployment.deliver(merge())
        before = deployment.documents(PR_EVENTS)
        wire.queue.clear()
        assert deployment.deliver(merge()).get_json() == {"outcome": "duplicate"}
        (again,) = wire.queue.calls
        assert again.status == 409
        assert deployment.documents(PR_EVENTS) == before
        assert len(task_names(deployment)) == 1

    def test_mends_a_task_that_was_never_queued(self, deployment: Deployment) -> None:
        fault = deployment.tasks.faults.on_create(CreateFault(status=500))
        assert deployment.deliver(merge()).get_json() == {"outcome": "accepted"}
        assert fault.fired == 1
        assert not task_names(deployment)
        assert deployment.deliver(merge()).get_json() == {"outcome": "duplicate"}
        assert task_names(deployment) == {derived_id("task", stored_id(deployment), "fetch", 0)}

    def test_of_an_overdue_event_takes_the_next_epoch_and_a_new_name(self, deployment: Deployment) -> None:
        deployment.deliver(merge())
        before = write(deployment, dueAt=datetime.now(UTC) - timedelta(hours=1), attempts=3, fence=3)
        assert deployment.deliver(merge()).get_json() == {"outcome": "duplicate"}
        (event,) = deployment.documents(PR_EVENTS).values()
        assert event["epoch"] == before["epoch"] + 1 == 1
        assert event["dueAt"] == event["updatedAt"] + GRACE > datetime.now(UTC)
        unchanged = before.keys() - {"epoch", "redispatches", "dueAt", "updatedAt"}
        assert {name: event[name] for name in unchanged} == {name: before[name] for name in unchanged}
        assert derived_id("task", stored_id(deployment), "fetch", 1) in task_names(deployment)

    def test_of_an_overdue_event_that_is_claimed_meanwhile_leaves_it_to_its_worker(
        self, deployment: Deployment
    ) -> None:
        deployment.deliver(merge())
        write(deployment, dueAt=datetime.now(UTC) - timedelta(hours=1))
        stored = deployment.services().store.pr_events.get(stored_id(deployment))
        assert stored is not None
        claimed = {"state": "processing", "holder": "somebody", "fence": 1}
        api = Interrupted(os.environ["FIRESTORE_EMULATOR_HOST"], lambda: write(deployment, **claimed))
        assert EventIntake(api, deployment.project).redispatched(stored.value, at=datetime.now(UTC)) is None
        api.close()
        (event,) = deployment.documents(PR_EVENTS).values()
        assert {name: event[name] for name in claimed} == claimed
        assert event["epoch"] == 0

    def test_of_an_overdue_event_counts_once_however_often_it_comes(self, deployment: Deployment) -> None:
        deployment.deliver(merge())
        write(deployment, dueAt=datetime.now(UTC) - timedelta(hours=1))
        for _ in range(3):
            assert deployment.deliver(merge()).status_code == 200
        (event,) = deployment.documents(PR_EVENTS).values()
        assert event["epoch"] == 1
        assert len(task_names(deployment)) == 2

    def test_keeps_the_stage_that_the_event_has_reached(self, deployment: Deployment, wire: Wire) -> None:
        deployment.deliver(merge())
        write(deployment, stage="generate", dueAt=datetime.now(UTC) - timedelta(hours=1))
        deployment.deliver(merge())
        assert "/queues/asset-generator/tasks" in wire.queue.calls[-1].path
        assert derived_id("task", stored_id(deployment), "generate", 1) in task_names(deployment)
