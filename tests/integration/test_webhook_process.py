"""The webhook as a process of its own, as the cloud starts it: what it loads, when it refuses, what it survives."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from shared.store.store import PR_EVENTS
from tests.deliveries import PATH, merge, signed_headers
from tests.deployment import Deployment
from tests.served import SECONDS, Running, command, environment, served

SOURCE = "functions/webhooks/main.py"
# Each would cost a cold start more than everything else together.
HEAVY = (
    "firebase_admin",
    "google.api_core",
    "google.auth",
    "google.cloud.firestore",
    "google.cloud.secretmanager",
    "google.cloud.tasks_v2",
    "google.genai",
    "grpc",
    "jwt",
    "pydantic",
    "requests",
    "spectree",
)
ONE_DELIVERY = """
import json, sys
import functions_framework
client = functions_framework.create_app("main", sys.argv[1]).test_client()
body, headers = json.loads(sys.argv[2])
answer = client.post(sys.argv[3], data=body.encode(), headers=headers)
print(json.dumps([answer.status_code, answer.get_json(), sorted(sys.modules)]))
"""
CONCURRENCY = 8
MEMORY = 512 * 2**20
MAIN_PROCESS = 45 * 2**20
LIMIT = 25 * 1024 * 1024
PLATFORM_LIMIT = 32_000_000


@pytest.fixture
def running(deployment: Deployment) -> Iterator[Running]:
    with served(SOURCE, deployment.variables, threads=CONCURRENCY) as process:
        yield process


def start(variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Try to start the function where it can't; it ends by itself."""
    return subprocess.run(
        command(SOURCE, "--port", "0"),
        env=environment(variables),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


class TestColdStart:
    def test_loads_nothing_heavy_for_a_delivery(self, deployment: Deployment) -> None:
        body = json.dumps(merge())
        arguments = [SOURCE, json.dumps([body, signed_headers(body.encode())]), PATH]
        done = subprocess.run(
            [sys.executable, "-c", ONE_DELIVERY, *arguments],
            env=environment(deployment.variables),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
        status, answer, modules = json.loads(done.stdout.splitlines()[-1])
        assert (status, answer) == (200, {"outcome": "accepted"})
        assert len(deployment.documents(PR_EVENTS)) == len(deployment.tasks.tasks()) == 1
        loaded = [each for each in modules if each in HEAVY or each.startswith(tuple(f"{name}." for name in HEAVY))]
        assert not loaded, f"the webhook's process loads {loaded}"


class TestStart:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (None, "GITHUB_WEBHOOK_SECRET_FILE can't be read"),
            ("", "GITHUB_WEBHOOK_SECRET_FILE holds no usable secret"),
            ("\n \n", "GITHUB_WEBHOOK_SECRET_FILE holds no usable secret"),
            ("changeme", "GITHUB_WEBHOOK_SECRET_FILE holds no usable secret"),
            ("canary-15-chars", "GITHUB_WEBHOOK_SECRET_FILE holds no usable secret"),
        ],
    )
    def test_is_refused_without_a_secret_that_keeps_anybody_out(
        self, content: str | None, said: str, deployment: Deployment, tmp_path: Path
    ) -> None:
        file = tmp_path / "canary-file"
        if content is not None:
            file.write_text(content)
        self._check({**deployment.variables, "GITHUB_WEBHOOK_SECRET_FILE": str(file)}, said)

    def test_is_refused_when_the_secret_is_nowhere(self, deployment: Deployment) -> None:
        given = {name: value for name, value in deployment.variables.items() if name != "GITHUB_WEBHOOK_SECRET_FILE"}
        self._check(given, "GITHUB_WEBHOOK_SECRET_FILE is not set")

    def test_is_refused_in_the_cloud_with_the_address_of_an_emulator(self, deployment: Deployment) -> None:
        given = {name: value for name, value in deployment.variables.items() if not name.endswith(("_HOST", "_URL"))}
        given |= {"TASKS_URL": deployment.variables["TASKS_URL"], "K_SERVICE": "webhooks"}
        given["FIREBASE_AUTH_EMULATOR_HOST"] = "canary:9099"
        self._check(given, "FIREBASE_AUTH_EMULATOR_HOST must not be set in a deployed function")

    @staticmethod
    def _check(variables: Mapping[str, str], said: str) -> None:
        ended = start(variables)
        assert ended.returncode not in (0, None)
        assert said in ended.stderr
        assert "canary" not in ended.stderr + ended.stdout
        assert "changeme" not in ended.stderr + ended.stdout


class TestService:
    def test_takes_deliveries_until_it_is_told_to_end(self, running: Running, deployment: Deployment) -> None:
        body = json.dumps(merge()).encode()
        answer = requests.post(running.url + PATH, data=body, headers=signed_headers(body), timeout=SECONDS)
        assert answer.json() == {"outcome": "accepted"}
        assert len(deployment.documents(PR_EVENTS)) == 1
        running.process.terminate()
        assert running.process.wait(SECONDS) == 0

    def test_takes_them_in_chunks_too(self, running: Running, deployment: Deployment) -> None:
        body = json.dumps(merge()).encode()
        answer = requests.post(
            running.url + PATH, data=iter([body[:1000], body[1000:]]), headers=signed_headers(body), timeout=SECONDS
        )
        assert answer.json() == {"outcome": "accepted"}
        assert len(deployment.documents(PR_EVENTS)) == 1

    @pytest.mark.parametrize("transfer", ["declared", "chunked"])
    def test_refuses_what_is_too_large_and_lives_on(
        self, transfer: str, running: Running, deployment: Deployment
    ) -> None:
        body = b" " * (LIMIT + 1)
        pieces = (body[start : start + 2**20] for start in range(0, len(body), 2**20))
        data: Any = body if transfer == "declared" else pieces
        with requests.Session() as session:
            answer = session.post(running.url + PATH, data=data, headers=signed_headers(body), timeout=SECONDS)
            assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert session.post(running.url + PATH, data=b"{}", timeout=SECONDS).status_code == 401
        assert not deployment.documents(PR_EVENTS)

    @pytest.mark.parametrize(
        "sent",
        [
            b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
            b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}",
            b"Content-Length: 100\r\n\r\n{}",
            b"Content-Length: -1\r\n\r\n{}",
            b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        ],
    )
    def test_has_no_server_error_for_a_broken_transfer(
        self, sent: bytes, running: Running, deployment: Deployment
    ) -> None:
        head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        with socket.create_connection(("127.0.0.1", running.port), timeout=SECONDS) as connection:
            connection.sendall(head.encode() + sent)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.makefile("rb").readline()
        assert not answer or answer.split()[1] in (b"400", b"401", b"413")
        assert not deployment.documents(PR_EVENTS)

    def test_has_room_for_the_largest_bodies_of_strangers_at_once(self, running: Running) -> None:
        """The framework holds whole bodies, even of those that are refused early."""
        pieces = [b" " * 2**20] * (PLATFORM_LIMIT >> 20)
        for data, status in ((b" " * LIMIT, 401), (b" " * PLATFORM_LIMIT, 413), (pieces, 413)):
            assert self._at_once(running.url + PATH, data) == {status}
        assert running.peak() + MAIN_PROCESS < MEMORY

    @staticmethod
    def _at_once(url: str, data: bytes | list[bytes]) -> set[int]:
        def post(_: int) -> int:
            sent: Any = data if isinstance(data, bytes) else iter(data)
            return requests.post(url, data=sent, timeout=SECONDS).status_code

        with ThreadPoolExecutor(CONCURRENCY) as pool:
            return set(pool.map(post, range(CONCURRENCY)))
