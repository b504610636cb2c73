"""The load balancer of a storm, and the instances behind it."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from flask import Flask, Response, request

from local.server import Server
from local.storm.clock import FastClock
from local.storm.instance import Instance
from local.storm.service import Service
from local.storm.wires import drop_connection

PATIENCE = 60.0  # seconds within which a process starts, on a machine that is busy


@dataclass
class Worker:
    """An instance that is a server of the test's own."""

    port: int
    concurrency: int = 1
    is_ready: bool = True


class Backend:
    """Answers what a test wants, and knows how many requests it had at a time."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.most = 0
        self._at_a_time = 0
        self._lock = threading.Lock()
        app = Flask("backend")
        app.add_url_rule("/<path:path>", view_func=self._answer, methods=["GET", "POST"])
        self.server = Server(app)

    @property
    def port(self) -> int:
        return int(self.server.url.rpartition(":")[2])

    def _answer(self, path: str) -> Response:
        with self._lock:
            self._at_a_time += 1
            self.most = max(self.most, self._at_a_time)
        if path == "dies":
            drop_connection(request.environ)
        if path == "waits":
            self.release.wait(10)
        with self._lock:
            self._at_a_time -= 1
        return Response(
            f"{request.method} {request.full_path} {request.get_data().decode()}", 503, {"Retry-After": "7"}
        )


@pytest.fixture
def backend() -> Iterator[Backend]:
    made = Backend()
    with made.server:
        yield made


def post(url: str, body: str = "") -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(url, data=body, timeout=30)


class TestService:
    def test_says_503_when_the_instance_dies_under_a_request(self, backend: Backend) -> None:
        with Server(Service([Worker(backend.port)])) as balancer:
            answer = post(f"{balancer.url}/dies")
        assert answer.status_code == 503
        assert "Retry-After" not in answer.headers

    def test_gives_an_instance_no_more_than_it_takes_at_a_time(self, backend: Backend) -> None:
        service = Service([Worker(backend.port, concurrency=2)])
        with Server(service) as balancer, ThreadPoolExecutor(5) as callers:
            answers = [callers.submit(post, f"{balancer.url}/waits") for _ in range(5)]
            until = time.monotonic() + 10
            while backend.most < 2 and time.monotonic() < until:
                time.sleep(0.01)
            backend.release.set()
            assert [each.result().status_code for each in answers] == [503] * 5
        assert backend.most == 2

    def test_waits_for_an_instance_that_starts(self, backend: Backend) -> None:
        worker = Worker(backend.port, is_ready=False)
        with Server(Service([worker])) as balancer, ThreadPoolExecutor(1) as caller:
            answer = caller.submit(post, f"{balancer.url}/a")
            time.sleep(0.1)
            assert not answer.done()
            worker.is_ready = True
            assert answer.result().text.startswith("POST /a")

    def test_says_429_when_no_instance_has_room_for_too_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("local.storm.service.PATIENCE", 0.1)
        with Server(Service([Worker(1, is_ready=False)])) as balancer:
            assert post(f"{balancer.url}/a").status_code == 429

    def test_hands_requests_and_answers_on_as_they_are(self, backend: Backend) -> None:
        with Server(Service([Worker(backend.port)])) as balancer:
            answer = post(f"{balancer.url}/a?b=c%2Fd", "a body")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
        assert answer.text == "POST /a?b=c%2Fd a body"


class TestInstance:
    @pytest.fixture
    def instance(self, tmp_path: Path) -> Iterator[Instance]:
        secret = tmp_path / "secret"
        secret.write_text("a sample secret for deliveries only")
        variables = {
            "GOOGLE_CLOUD_PROJECT": "storm-tests",
            "TASKS_LOCATION": "europe-west1",
            "TASKS_URL": "http://127.0.0.1:1",
            "TASKS_SERVICE_ACCOUNT": "tasks@storm-tests.iam.gserviceaccount.com",
            "GITHUB_WEBHOOK_SECRET_FILE": str(secret),
        }
        made = Instance("webhooks", 1, concurrency=2, logs=tmp_path)
        made.start(variables, str(FastClock(time.time(), 10)))
        yield made
        made.end()
        made.wait()

    def test_is_back_after_its_worker_was_killed_and_after_all_of_it_was(self, instance: Instance) -> None:
        first = self._pid(instance, other_than=0)
        assert not instance.kill(first + 1, whole=False)
        assert instance.kill(first, whole=False)
        second = self._pid(instance, other_than=first)
        assert instance.lives == 1
        assert instance.kill(second, whole=True)
        self._pid(instance, other_than=second)
        assert instance.lives == 2
        assert self._answer(instance) == 401

    def _pid(self, instance: Instance, *, other_than: int) -> int:
        until = time.monotonic() + PATIENCE
        while not instance.is_ready or instance.pid in (0, other_than):
            assert time.monotonic() < until, "it is not back"
            time.sleep(0.02)
        return instance.pid

    def _answer(self, instance: Instance) -> int:
        return post(f"http://127.0.0.1:{instance.port}/api/webhooks/github", "{}").status_code
