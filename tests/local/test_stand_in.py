"""What every stand-in that answers over HTTP has in common, and how each runs alone."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from local.google_error import GoogleError, error_of
from local.operations import Operations
from local.script import Script
from local.server import PortTakenError
from local.stand_in import StandIn, reset_connection

ALONE = [
    ("local.identity", signal.SIGTERM),
    ("local.secret_manager", signal.SIGTERM),
    ("local.gemini", signal.SIGINT),
]


class Example(StandIn):
    """Echoes, waits, resets and refuses."""

    def __init__(self, port: int = 0) -> None:
        super().__init__("an example", port)
        self.operations = Operations(self.stopping)
        self.app.add_url_rule("/reset", "reset", reset_connection, methods=["POST"])
        self.app.add_url_rule("/work", "work", self._work, methods=["POST"])

    def _work(self) -> dict[str, str]:
        self.operations.enter("work")
        return {"did": "work"}


@pytest.fixture
def example() -> Iterator[Example]:
    with Example() as running:
        yield running


@contextmanager
def alone(module: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A module run as a program, and the first line it prints."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


class TestStandIn:
    def test_refuses_a_port_that_is_taken(self, example: Example) -> None:
        port = int(example.host.partition(":")[2])
        with pytest.raises(PortTakenError, match=str(port)):
            Example(port).start()

    def test_has_no_address_before_the_start(self) -> None:
        with pytest.raises(RuntimeError):
            _ = Example().url

    def test_cuts_kept_connections_once_it_is_stopped(self, example: Example) -> None:
        with requests.Session() as session:
            assert session.get(f"{example.url}/health", timeout=5).json() == {"status": "ok"}
            url = example.url
            example.stop()
            with pytest.raises(requests.ConnectionError):
                session.get(f"{url}/health", timeout=5)

    def test_comes_back_at_the_address_it_had(self, example: Example) -> None:
        url = example.url
        example.stop()
        with example.start():
            assert example.url == url
            assert requests.get(f"{url}/health", timeout=5).ok

    def test_resets_a_connection_by_tcp(self, example: Example) -> None:
        host, port = example.host.split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(b"POST /reset HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
            with pytest.raises(ConnectionResetError):
                connection.recv(1)

    def test_goes_on_after_a_reset(self, example: Example) -> None:
        for _ in range(20):
            with pytest.raises(requests.ConnectionError):
                requests.post(f"{example.url}/reset", timeout=5)
        assert requests.get(f"{example.url}/health", timeout=5).ok

    def test_says_what_is_not_there_in_googles_shape(self, example: Example) -> None:
        answer = requests.get(f"{example.url}/nowhere", timeout=5)
        assert answer.status_code == 404
        assert answer.json()["error"]["status"] == "NOT_FOUND"


class TestOperations:
    def test_fail_as_often_as_they_are_told_to(self, example: Example) -> None:
        rule = example.operations.fail("work", status=503, times=2)
        statuses = [requests.post(f"{example.url}/work", timeout=5).status_code for _ in range(4)]
        assert statuses == [503, 503, 200, 200]
        assert rule.fired == 2
        assert example.operations.count("work") == 4

    def test_fail_for_ever_until_they_are_healed(self, example: Example) -> None:
        example.operations.fail("work", status=500, times=None)
        assert [requests.post(f"{example.url}/work", timeout=5).status_code for _ in range(3)] == [500] * 3
        example.operations.heal()
        assert requests.post(f"{example.url}/work", timeout=5).ok

    def test_take_their_time(self, example: Example) -> None:
        example.operations.fail("work", latency=0.2)
        began = time.monotonic()
        assert requests.post(f"{example.url}/work", timeout=5).ok
        assert time.monotonic() - began >= 0.2

    def test_do_not_hold_up_the_end(self, example: Example) -> None:
        example.operations.fail("work", latency=30)
        url = f"{example.url}/work"
        ended = threading.Event()

        def call() -> None:
            requests.post(url, timeout=20)
            ended.set()

        threading.Thread(target=call).start()
        while example.operations.count("work") == 0:
            time.sleep(0.01)
        example.stop()
        assert ended.wait(5)

    def test_leave_other_operations_alone(self) -> None:
        operations = Operations(threading.Event())
        rule = operations.fail("read", status=503)
        operations.enter("write")
        assert rule.fired == 0


class TestScript:
    def test_draws_about_as_often_as_the_probability_says(self) -> None:
        script: Script[str] = Script(seed=7)
        rule = script.add("fault", times=None, probability=0.3)
        drawn = [script.draw() for _ in range(1000)]
        assert 250 < rule.fired < 350
        assert drawn.count("fault") == rule.fired

    def test_draws_the_same_again_from_the_same_seed(self) -> None:
        def drawn() -> list[str | None]:
            script: Script[str] = Script(seed=3)
            script.add("fault", times=None, probability=0.5)
            return [script.draw() for _ in range(50)]

        assert drawn() == drawn()

    def test_counts_exactly_under_many_threads(self) -> None:
        script: Script[str] = Script()
        rule = script.add("fault", times=100)
        drawn: list[str | None] = []
        threads = [threading.Thread(target=lambda: drawn.extend(script.draw() for _ in range(50))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert rule.fired == drawn.count("fault") == 100


class TestGoogleErrors:
    @pytest.mark.parametrize(
        ("http", "status"), [(400, "INVALID_ARGUMENT"), (418, "FAILED_PRECONDITION"), (502, "INTERNAL")]
    )
    def test_keep_the_http_status_they_are_made_of(self, http: int, status: str) -> None:
        error = error_of(http, "no")
        assert (error.http, error.status) == (http, status)

    def test_know_no_other_names(self) -> None:
        with pytest.raises(KeyError):
            GoogleError("BROKEN", "no")


class TestAlone:
    @pytest.mark.parametrize(("module", "number"), ALONE)
    def test_prints_its_address_and_ends_with_0_when_told(
        self, module: str, number: signal.Signals, tmp_path: Path
    ) -> None:
        state = ["--state", str(tmp_path)] if module == "local.identity" else []
        with alone(module, "--port", "0", *state) as (process, line):
            url = line.split(" at ")[1].strip()
            assert requests.get(f"{url}/health", timeout=5).json() == {"status": "ok"}
            process.send_signal(number)
            assert process.wait(10) == 0
            assert process.stderr is not None
            assert process.stderr.read() == ""

    def test_says_that_its_port_is_taken(self, example: Example) -> None:
        port = example.host.partition(":")[2]
        with alone("local.gemini", "--port", port) as (process, line):
            assert process.wait(10) == 1
            assert line == ""
            assert process.stderr is not None
            assert (
                process.stderr.read()
                == f"port {port} is taken, Gemini can't listen there: stop what does or choose another\n"
            )
