"""Thirty-two identical deliveries at once, two hundred times: one event each, and no answer but 200."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3

from shared.domain.ids import derived_id
from shared.domain.pr_event import pr_event_id
from shared.store.store import PR_EVENTS
from tests.deliveries import GUID, PATH, changed, merge, signed_headers
from tests.deployment import Deployment
from tests.served import Running, served

RACERS = 32
ROUNDS = 200
PATIENCE = 10.0  # seconds; what GitHub waits


@pytest.fixture
def running(deployment: Deployment) -> Iterator[Running]:
    """The webhook in a process of its own, with a thread for each racer: the cloud gives it eight."""
    with served("functions/webhooks/main.py", deployment.variables, threads=RACERS) as process:
        yield process


class Racers:
    """So many clients, each with a connection of its own, that send one body at the same instant."""

    def __init__(self, url: str) -> None:
        self._url = url + PATH
        self._gate = threading.Barrier(RACERS)
        self._clients = [urllib3.PoolManager(1, retries=False) for _ in range(RACERS)]
        self._threads = ThreadPoolExecutor(RACERS)

    def race(self, body: bytes) -> list[tuple[int, str]]:
        """Status and outcome of each delivery: half of them under the same GUID, half under one of their own."""
        headers = signed_headers(body)

        def deliver(number: int) -> tuple[int, str]:
            guid = GUID if number % 2 else f"{number:08}{GUID[8:]}"
            self._gate.wait(PATIENCE)
            sent = {**headers, "X-GitHub-Delivery": guid}
            answer = self._clients[number].request("POST", self._url, body=body, headers=sent, timeout=PATIENCE)
            return answer.status, answer.json().get("outcome", "")

        return list(self._threads.map(deliver, range(RACERS)))

    def close(self) -> None:
        """Close the connections."""
        self._threads.shutdown()
        for client in self._clients:
            client.clear()


@pytest.fixture
def racers(running: Running) -> Iterator[Racers]:
    """The clients of that process."""
    clients = Racers(running.url)
    yield clients
    clients.close()


class TestDeliveriesAtOnce:
    @pytest.mark.timeout(300)  # a minute where nothing else runs
    def test_are_all_answered_and_stored_once(self, racers: Racers, deployment: Deployment) -> None:
        whole = merge()
        installation, repository = whole["installation"]["id"], whole["repository"]["id"]
        expected = {
            pr_event_id(installation, repository, number, whole["pull_request"]["merge_commit_sha"])
            for number in range(1, ROUNDS + 1)
        }
        for number in range(1, ROUNDS + 1):
            answers = racers.race(json.dumps(changed(whole, "pull_request.number", number)).encode())
            assert sorted(answers) == [(200, "accepted"), *[(200, "duplicate")] * (RACERS - 1)]
        stored = deployment.documents(PR_EVENTS)
        assert stored.keys() == expected
        assert {(event["state"], event["epoch"], event["fence"]) for event in stored.values()} == {("received", 0, 0)}
        names = {task["name"].rpartition("/")[2] for task in deployment.tasks.tasks()}
        assert names == {derived_id("task", event_id, "fetch", 0) for event_id in expected}
