"""Does the local GitHub start alone, say what is wrong in one line, and end when told to?"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask, request

from local.github import APP_ID, GitHub, read_samples
from local.github.__main__ import main
from local.server import Server
from tests.local.github_calls import SAMPLES, Caller, app_jwt, public_key

ROOT = SAMPLES.parents[1]


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "local.github", *map(str, arguments)]


class TestCommand:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_serves_until_it_is_told_to_end(self, tmp_path: Path, number: signal.Signals) -> None:
        (tmp_path / "key.pem").write_bytes(public_key())
        (tmp_path / "secret").write_text("a sample secret\n")
        options = ["--public-key-file", tmp_path / "key.pem", "--webhook-secret-file", tmp_path / "secret"]
        started = command("--samples", SAMPLES, "--webhook-url", "http://127.0.0.1:9/hook", *options)
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(started, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                found = re.fullmatch(r"GitHub listens at (http://127\.0\.0\.1:\d+) with 5 sample\(s\)\n", line)
                assert found, line
                headers = {"Authorization": f"Bearer {app_jwt()}"}
                assert requests.get(f"{found[1]}/app", headers=headers, timeout=5).json()["id"] == APP_ID
                sent = requests.post(f"{found[1]}/emulator/deliveries", json={"all": True}, timeout=5).json()
                assert {each["status_code"] for each in sent["deliveries"]} == {502}
                process.send_signal(number)
                assert process.wait(10) == 0
            finally:
                process.kill()

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            (["--samples", "no/such/folder"], "no/such/folder: is not a folder of samples"),
            (["--samples", SAMPLES, "--webhook-url", "http://example.com/"], "never sends traffic to another machine"),
            (["--samples", SAMPLES, "--public-key-file", "no-such-key"], "no-such-key"),
            (["--samples", SAMPLES, "--public-key-file", SAMPLES.parent / "server.py"], "is not an RSA key in PEM"),
        ],
    )
    def test_says_in_one_line_why_it_can_not_start(
        self, capsys: pytest.CaptureFixture[str], options: list[object], words: str
    ) -> None:
        assert main([str(each) for each in options]) == 1
        said = capsys.readouterr().err
        assert said.startswith("GitHub can't start: ")
        assert words in said
        assert said.count("\n") == 1

    def test_says_when_the_port_is_taken(self, capsys: pytest.CaptureFixture[str]) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            assert main(["--samples", str(SAMPLES), "--port", str(port)]) == 1
        assert f"port {port} is taken" in capsys.readouterr().err


class TestControl:
    @pytest.fixture
    def hooked(self) -> Iterator[tuple[GitHub, list[str]]]:
        got: list[str] = []
        app = Flask(__name__)

        @app.post("/hook")
        def receive() -> str:
            got.append(request.headers["X-GitHub-Event"])
            return ""

        with Server(app) as server, GitHub(read_samples(SAMPLES), webhook_url=f"{server.url}/hook") as github:
            yield github, got

    def test_sends_what_it_is_asked_to(self, hooked: tuple[GitHub, list[str]]) -> None:
        github, got = hooked
        caller = Caller(github)
        bodies = [
            {"all": True},
            {"sample": "sample-org__docs-site__17"},
            {"event": "ping", "payload": {"zen": "x"}, "guid": "11111111-2222-4333-8444-555555555555"},
        ]
        answers = [caller.call("POST", "/emulator/deliveries", json=body) for body in bodies]
        assert [each.status_code for each in answers] == [200, 200, 200]
        assert [len(each.json()["deliveries"]) for each in answers] == [5, 1, 1]
        assert answers[2].json()["deliveries"][0]["guid"] == "11111111-2222-4333-8444-555555555555"
        assert got == ["pull_request"] * 6 + ["ping"]
        caller.close()

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"sample": "no-such"}, 404),
            ({"sample": 5}, 400),
            ({"all": False}, 400),
            ({"event": "ping"}, 400),
            ({"event": "ping", "payload": "text"}, 400),
            ([], 400),
            (None, 400),
        ],
    )
    def test_says_what_it_can_not_send(self, hooked: tuple[GitHub, list[str]], body: object, status: int) -> None:
        github, got = hooked
        answer = requests.post(f"{github.url}/emulator/deliveries", json=body, timeout=5)
        assert answer.status_code == status
        assert answer.json()["error"]
        assert got == []

    def test_needs_somewhere_to_deliver_to(self) -> None:
        with GitHub(read_samples(SAMPLES)) as github:
            answer = requests.post(f"{github.url}/emulator/deliveries", json={"all": True}, timeout=5)
            assert (answer.status_code, answer.json()["error"]) == (
                409,
                "no webhook URL is set: there is nowhere to deliver to",
            )

    def test_lists_calls_and_its_health(self, hooked: tuple[GitHub, list[str]]) -> None:
        github, _ = hooked
        caller = Caller(github)
        caller.get("/users/sample-dev-ada")
        caller.get("/users/nobody")
        listed = caller.get("/emulator/calls?pattern=GET /users/sample*").json()
        assert [(each["path"], each["status"], each["caller"]) for each in listed] == [
            ("/users/sample-dev-ada", 200, "nobody")
        ]
        assert len(caller.get("/emulator/calls").json()) == 2
        assert caller.get("/health").json()["status"] == "ok"
        assert caller.get("/health").json()["samples"] == 5
        caller.close()
