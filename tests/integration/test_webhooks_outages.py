"""What is not stored is 503 while GitHub still listens; what is stored is 200, whatever becomes of its task."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from local.cloud_tasks import CreateFault
from local.server import Server
from shared.store.store import PR_EVENTS
from tests.deliveries import merge
from tests.deployment import Deployment
from tests.proxy import Wire

PATIENCE = 8.0  # seconds; GitHub's is ten
LONG = 60.0
REFUSALS = {
    "an error": Response("{}", status=500),
    "a gateway's error": Response("<html>502</html>", status=502),
    "unavailable for an hour": Response("{}", status=503, headers={"Retry-After": "3600"}),
    "too many requests": Response("{}", status=429, headers={"Retry-After": "3600"}),
    "no permission": Response('{"error": {"status": "PERMISSION_DENIED"}}', status=403),
    "no sign-in": Response("{}", status=401),
    "no database": Response('{"error": {"status": "NOT_FOUND"}}', status=404),
    "not understood": Response('{"error": {"status": "INVALID_ARGUMENT"}}', status=400),
    "not understood by a stranger": Response("[]", status=400),
    "no JSON": Response("<html>", status=200),
    "a list": Response("[]", status=404),
    "somewhere else": Response("{}", status=302, headers={"Location": "http://127.0.0.1:1/"}),
}


@pytest.fixture
def wire(deployment: Deployment) -> Iterator[Wire]:
    with Wire(os.environ["FIRESTORE_EMULATOR_HOST"], deployment.tasks.url.removeprefix("http://")) as between:
        deployment.function("webhooks", **between.variables)
        yield between


@contextmanager
def nobody() -> Iterator[str]:
    """An address where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def silence() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def deliver_in_time(deployment: Deployment) -> TestResponse:
    """Deliver a merge; fails when the answer comes too late for GitHub."""
    begun = time.monotonic()
    answer = deployment.deliver(merge())
    assert time.monotonic() - begun < PATIENCE
    return answer


class TestFirestoreOutage:
    def test_is_told_as_one(self, deployment: Deployment) -> None:
        with nobody() as gone:
            deployment.function("webhooks", FIRESTORE_EMULATOR_HOST=gone)
            self._check(deliver_in_time(deployment), deployment)

    def test_is_told_before_github_hangs_up(self, deployment: Deployment) -> None:
        with silence() as hanging:
            deployment.function("webhooks", FIRESTORE_EMULATOR_HOST=hanging)
            self._check(deliver_in_time(deployment), deployment)

    @pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
    def test_is_told_for_every_answer_that_is_not_a_store(self, refusal: Response, deployment: Deployment) -> None:
        with Server(refusal, name="a broken store") as broken:
            deployment.function("webhooks", FIRESTORE_EMULATOR_HOST=broken.url.removeprefix("http://"))
            self._check(deliver_in_time(deployment), deployment)

    def test_heals(self, deployment: Deployment, wire: Wire) -> None:
        wire.firestore.lies += [503]
        assert deployment.deliver(merge()).status_code == 503
        assert deployment.deliver(merge()).status_code == 200

    @staticmethod
    def _check(answer: TestResponse, deployment: Deployment) -> None:
        assert (answer.status_code, answer.get_json()["code"]) == (503, "try_later")
        assert 1 <= int(answer.headers["Retry-After"]) <= 3600
        assert "127.0.0.1" not in answer.text
        assert not deployment.documents(PR_EVENTS)
        assert not deployment.tasks.tasks()


class TestLostAnswer:
    """The store did it and we can't know: whoever finds the event there queues its task."""

    def test_of_the_store_is_asked_for_again(self, deployment: Deployment, wire: Wire) -> None:
        wire.firestore.lies += [0]
        assert deployment.deliver(merge()).status_code == 200
        assert not wire.firestore.lies
        assert len(deployment.documents(PR_EVENTS)) == len(deployment.tasks.tasks()) == 1

    def test_of_the_store_is_mended_by_the_redelivery(self, deployment: Deployment, wire: Wire) -> None:
        wire.firestore.lies += [500]
        assert deployment.deliver(merge()).status_code == 503
        assert len(deployment.documents(PR_EVENTS)) == 1
        assert not deployment.tasks.tasks()
        assert deployment.deliver(merge()).get_json() == {"outcome": "duplicate"}
        assert len(deployment.documents(PR_EVENTS)) == len(deployment.tasks.tasks()) == 1

    @pytest.mark.parametrize("lies", [[0], [500], [429], [0, 0]])
    def test_of_the_queue_makes_no_second_task(self, lies: list[int], deployment: Deployment, wire: Wire) -> None:
        wire.queue.lies += lies
        assert deployment.deliver(merge()).get_json() == {"outcome": "accepted"}
        assert deployment.deliver(merge()).get_json() == {"outcome": "duplicate"}
        assert not wire.queue.lies
        assert len(deployment.documents(PR_EVENTS)) == len(deployment.tasks.tasks()) == 1


class TestQueueOutage:
    def test_loses_nothing(self, deployment: Deployment) -> None:
        with nobody() as gone:
            deployment.function("webhooks", CLOUD_TASKS_EMULATOR_HOST=gone)
            self._check(deliver_in_time(deployment), deployment)

    def test_is_not_waited_for(self, deployment: Deployment) -> None:
        with silence() as hanging:
            deployment.function("webhooks", CLOUD_TASKS_EMULATOR_HOST=hanging)
            self._check(deliver_in_time(deployment), deployment)

    @pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
    def test_is_every_answer_that_is_not_a_task(
        self, refusal: Response, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with Server(refusal, name="a broken queue") as broken:
            deployment.function("webhooks", CLOUD_TASKS_EMULATOR_HOST=broken.url.removeprefix("http://"))
            self._check(deliver_in_time(deployment), deployment)
        assert "task_not_queued" in capsys.readouterr().out

    @pytest.mark.parametrize(
        "fault",
        [
            CreateFault(status=429, times=None),
            CreateFault(status=500, times=None),
            CreateFault(status=503, applied=True, times=None),
            CreateFault(status=None, hang=LONG, times=None),
            CreateFault(status=None, hang=LONG, applied=True, times=None),
        ],
        ids=["429", "500", "503 and made", "silent", "silent and made"],
    )
    def test_in_the_cloud_is_survived(self, fault: CreateFault, deployment: Deployment) -> None:
        deployment.tasks.faults.on_create(fault)
        self._check(deliver_in_time(deployment), deployment)
        assert fault.fired
        assert len(deployment.tasks.tasks()) == (1 if fault.applied else 0)

    @staticmethod
    def _check(answer: TestResponse, deployment: Deployment) -> None:
        assert (answer.status_code, answer.get_json()) == (200, {"outcome": "accepted"})
        (event,) = deployment.documents(PR_EVENTS).values()
        assert (event["state"], event["epoch"], event["fence"]) == ("received", 0, 0)
        assert event["dueAt"] - event["receivedAt"] == timedelta(seconds=60)
