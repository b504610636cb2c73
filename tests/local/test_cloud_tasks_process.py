"""The emulator as something that starts and stops: alone, and inside another program."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
import urllib3

from local.cloud_tasks import CloudTasks, CreateFault, Queue
from local.cloud_tasks.__main__ import main
from local.server import PortTakenError
from tests.local.test_cloud_tasks_target import QUEUE, Answer, Target, create, signing_key, task_for

ROOT = Path(__file__).parents[2]


@contextmanager
def process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "local.cloud_tasks", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def address_of(started: subprocess.Popen[str]) -> str:
    assert started.stdout is not None
    line = started.stdout.readline()
    assert line.startswith("Cloud Tasks emulator at http://127.0.0.1:")
    return line.split()[-1]


class TestAlone:
    def test_handles_a_thousand_tasks_in_seconds_and_ends_on_sigterm(self) -> None:
        with process("--port", "0", "--speed", "100", "--queue", QUEUE) as started, Target() as target:
            url = address_of(started)
            with urllib3.PoolManager() as caller:
                for number in range(1000):
                    body = task_for(target.url, f"t{number}")
                    assert caller.request("POST", f"{url}/v2/{QUEUE}/tasks", json=body).status == 200
            idle = requests.get(f"{url}/emulator/idle", params={"timeoutSeconds": 20}, timeout=30)
            assert idle.json()["counters"]["succeeded"] == 1000
            names = Counter(received.headers["x-cloudtasks-taskname"] for received in target.received)
            assert names == Counter({f"t{number}": 1 for number in range(1000)})
            other = requests.post(f"{url}/v2/{QUEUE}x/tasks", json=task_for(target.url), timeout=5)
            assert other.status_code == 404
            started.send_signal(signal.SIGTERM)
            assert started.wait(10) == 0

    def test_makes_queues_on_first_use_and_ends_on_sigint_with_work_under_way(self) -> None:
        with process("--port", "0") as started, Target() as target:
            target.always(Answer(before=target.hold), times=1)
            create(address_of(started), task_for(target.url))
            target.wait_for(1)
            started.send_signal(signal.SIGINT)
            assert started.wait(10) == 0
            assert started.stderr is not None
            assert started.stderr.read() == ""

    def test_says_that_its_port_is_taken(self, capsys: pytest.CaptureFixture[str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            assert main(["--port", port]) == 1
        assert capsys.readouterr().err.startswith(f"port {port} is taken, the Cloud Tasks emulator")

    @pytest.mark.parametrize(
        "arguments", [["--queue", "q"], ["--speed", "0"], ["--speed", "fast"], ["--port", "65536"]]
    )
    def test_refuses_wrong_options(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
        assert arguments[0] in capsys.readouterr().err


class TestStopping:
    def test_leaves_no_thread_and_no_socket(self) -> None:
        threads, sockets = set(threading.enumerate()), open_sockets()
        with Target() as target, CloudTasks([Queue(name=QUEUE)], key=signing_key()) as cloud:
            target.always(Answer(before=target.hold), times=2)
            for path in ("/held", "/held", "/done"):
                create(cloud.url, task_for(target.url + path))
            later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
            create(cloud.url, task_for(target.url, scheduleTime=later))
            target.wait_for(3)
            begun = time.monotonic()
            cloud.stop()
            assert time.monotonic() - begun < 5
        assert eventually(lambda: set(threading.enumerate()) <= threads)
        assert eventually(lambda: open_sockets() <= sockets)

    def test_closes_the_connections_it_kept(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(5)
            cloud = CloudTasks([Queue(name=QUEUE)], key=signing_key()).start()
            create(cloud.url, task_for(f"http://127.0.0.1:{listener.getsockname()[1]}/"))
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(5)
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                cloud.wait_until_idle(5)
                cloud.stop()
                assert connection.recv(1) == b""

    def test_lets_go_of_callers_that_a_fault_lets_hang(self) -> None:
        answers: list[int] = []
        with CloudTasks([Queue(name=QUEUE)], key=signing_key()) as cloud:
            fault = cloud.faults.on_create(CreateFault(status=503, hang=60))
            url = f"{cloud.url}/v2/{QUEUE}/tasks"
            caller = threading.Thread(target=lambda: answers.append(requests.post(url, timeout=60).status_code))
            caller.start()
            assert eventually(lambda: fault.fired == 1)
        caller.join(5)
        assert answers == [503]

    def test_frees_the_port(self) -> None:
        with CloudTasks(key=signing_key()) as cloud:
            port = int(cloud.url.rsplit(":", 1)[1])
            with pytest.raises(PortTakenError):
                CloudTasks(key=signing_key(), port=port).start()
        with CloudTasks(key=signing_key(), port=port) as again:
            assert requests.get(f"{again.url}/health", timeout=5).status_code == 200

    def test_lets_go_of_those_who_wait_for_idleness(self) -> None:
        with CloudTasks([Queue(name=QUEUE)], key=signing_key()) as cloud, ThreadPoolExecutor(1) as waiter:
            later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
            create(cloud.url, task_for("http://127.0.0.1:9/", scheduleTime=later))
            waiting = waiter.submit(cloud.wait_until_idle, 60)
            cloud.stop()
            with pytest.raises(TimeoutError, match="1 tasks are left"):
                waiting.result(5)

    def test_twice_or_before_the_start_does_nothing(self) -> None:
        cloud = CloudTasks(key=signing_key())
        cloud.stop()
        with pytest.raises(RuntimeError):
            _ = cloud.url
        cloud.start()
        cloud.stop()
        cloud.stop()


def open_sockets() -> set[str]:
    """The sockets this process holds, as the system names them."""
    names = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            name = str(descriptor.readlink())
        except FileNotFoundError:
            continue
        if name.startswith("socket:"):
            names.add(name)
    return names


def eventually(holds: Callable[[], bool], timeout: float = 5) -> bool:
    """Whether it comes true."""
    ends = time.monotonic() + timeout
    while not holds() and time.monotonic() < ends:
        time.sleep(0.01)
    return holds()
