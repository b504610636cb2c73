"""`make dev` as its user meets it: what it shows, what answers, and that nothing of it stays."""

import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest
import requests

from tests.commands import Command, free_port, freed, listens

SECONDS = 30.0
TOKEN = re.compile(r"^eyJ[\w-]+\.[\w-]+\.[\w-]+$", re.MULTILINE)
CLONE = re.compile(r"git clone file://\S+ \S+")
LAST = "An approver's:"


def api(port: int) -> str:
    return f"http://localhost:{port}/api"


def log(port: int) -> Path:
    """What the functions said, which is kept when they did not end well."""
    return Path(f".local/functions-{port}.log")


def shows_cards_and_ends_with_tokens(output: str, port: int) -> list[str]:
    """What is printed is short, in columns and leads on; returns the tokens."""
    lines = output.rstrip().split("\n")
    heading = next(number for number, line in enumerate(lines) if line.startswith("pull request"))
    rows = lines[heading + 2 : lines.index("", heading)]
    assert len([row for row in rows if "  pending  " in row]) >= 4, output
    assert len([row for row in rows if "  no card  " in row]) == 1, output
    assert all(len(line) <= 140 for line in lines if not TOKEN.match(line))
    assert lines[:heading] == [
        "worklog: starting the local cloud …",
        "worklog: 5 pull requests on the way from webhook to card …",
        "",
    ]
    assert f"{api(port)}/assets/inbox" in output
    return TOKEN.findall(output)


def answers(port: int, token: str) -> int:
    """How many cards the token's owner finds in the inbox."""
    health = requests.get(f"{api(port)}/health", timeout=SECONDS)
    inbox = requests.get(f"{api(port)}/assets/inbox", headers={"Authorization": f"Bearer {token}"}, timeout=SECONDS)
    assert (health.status_code, inbox.status_code) == (200, 200)
    return len(inbox.json()["assets"])


def cloned(output: str, folder: Path) -> Path:
    """The repository that was made, cloned as it is told."""
    told: str
    (told,) = CLONE.findall(output)
    subprocess.run(told.split(), cwd=folder, check=True, capture_output=True, timeout=SECONDS)
    return folder / told.split()[-1]


class TestStack:
    @pytest.mark.timeout(240)
    def test_serves_its_cards_beside_another_one_until_it_is_asked_to_end(self, tmp_path: Path) -> None:
        """One by Ctrl-C, the other as a service manager ends it."""
        port, another = free_port(), free_port()
        with Command("local", PORT=str(port)) as first, Command("local", PORT=str(another)) as second:
            for command, where in ((first, port), (second, another)):
                command.until(LAST)
                command.matching(TOKEN, 2)
                developer, _ = shows_cards_and_ends_with_tokens(command.output, where)
            assert answers(port, developer) >= 1
            assert "late parcels" in (cloned(first.output, tmp_path) / "README.md").read_text("utf-8")
            first.send(signal.SIGINT)
            assert (first.end(), first.left(), freed(port)) == (0, {}, True)
            assert first.output.endswith("worklog: stopping …\n")
            assert answers(another, developer) >= 1
            second.send(signal.SIGTERM)
            assert (second.end(), second.left(), freed(another)) == (0, {}, True)

    @pytest.mark.timeout(240)
    def test_leaves_nothing_when_it_is_killed(self) -> None:
        port = free_port()
        with Command("local", PORT=str(port)) as command:
            command.until("on the way")
            assert listens(port)
            command.send(signal.SIGKILL)
            assert (command.end(), command.left(), freed(port)) == (-signal.SIGKILL, {}, True)
        log(port).unlink()

    @pytest.mark.timeout(240)
    def test_ends_at_once_when_it_is_interrupted_while_it_starts(self) -> None:
        port = free_port()
        with Command("local", PORT=str(port)) as command:
            command.until("starting")
            command.send(signal.SIGINT)
            assert (command.end(), command.left(), freed(port)) == (0, {}, True)
            assert "Traceback" not in command.output

    @pytest.mark.timeout(240)
    def test_ends_with_its_functions(self) -> None:
        port = free_port()
        with Command("local", PORT=str(port)) as command:
            command.until(LAST)
            command.kill_below("local.functions")
            assert (command.end(), command.left()) == (1, {})
            assert f"(more in {log(port)})" in command.output
            assert re.search(r"^worklog: the functions have ended: .*$", command.output, re.MULTILINE)
        log(port).unlink()


class TestRefusals:
    """One line that says what to do, and exit code 1."""

    def refused(self, **variables: str) -> str:
        with Command("local", **variables) as command:
            assert command.end() == 1
            (line,) = [line for line in command.output.splitlines() if "starting" not in line]
            assert line.startswith("worklog: ")
            return line

    def test_of_a_port_that_is_taken_name_it(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            assert f"port {port} is taken" in self.refused(PORT=str(port))

    @pytest.mark.parametrize("port", ["none", "0", "65536", "-1", "３０００"])
    def test_of_what_is_no_port_say_so(self, port: str) -> None:
        assert "PORT is a number" in self.refused(PORT=port)

    def test_of_samples_that_are_not_there_name_the_folder(self, tmp_path: Path) -> None:
        assert str(tmp_path / "nowhere") in self.refused(SAMPLES=str(tmp_path / "nowhere"))
        assert "holds no sample" in self.refused(SAMPLES=str(tmp_path))

    def test_of_an_emulator_that_does_not_answer_name_it(self) -> None:
        host = f"127.0.0.1:{free_port()}"
        assert host in self.refused(FIRESTORE_EMULATOR_HOST=host, PORT=str(free_port()))
