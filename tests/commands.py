"""A command of the project as its user runs it: what it prints, how it ends, and what it leaves behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from local.surroundings import without_servers

_PATIENCE = 90.0
_PAUSE = 0.05


class Command:
    """`python -m MODULE ARGUMENTS` with these variables too; at the end of `with` nothing of it is left."""

    def __init__(self, module: str, *arguments: str, **variables: str) -> None:
        # An emulator of the tests' own would be taken for one to use.
        kept = without_servers()
        self._seen: dict[int, str] = {}
        self._output: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=_without(kept, "SAMPLES", "PORT", "GITHUB_TOKEN") | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def output(self) -> str:
        """All that it has printed so far."""
        return "".join(self._output)

    def until(self, text: str) -> str:
        """Wait until it has printed this; returns all that it has printed."""
        self._wait(lambda: text in self.output or self._process.poll() is not None)
        assert text in self.output, self.output
        self._seen |= descendants(self._process.pid)
        return self.output

    def matching(self, pattern: re.Pattern[str], times: int) -> None:
        """Wait until it has printed what matches so many times."""
        self._wait(lambda: len(pattern.findall(self.output)) >= times)

    def send(self, number: signal.Signals) -> None:
        """Send it alone a signal, not those that it started."""
        self._seen |= descendants(self._process.pid)
        self._process.send_signal(number)

    def kill_below(self, text: str) -> None:
        """Kill the one process below it that has this in its command line."""
        (number,) = [each for each, line in descendants(self._process.pid).items() if text in line]
        os.kill(number, signal.SIGKILL)

    def end(self) -> int:
        """Its exit code, once it has ended."""
        code = self._process.wait(_PATIENCE)
        self._reader.join(_PATIENCE)
        return code

    def left(self) -> dict[int, str]:
        """What it started and is still there, after a few seconds' grace: numbers and command lines."""
        until = time.monotonic() + 10
        while time.monotonic() < until and self._running():
            time.sleep(_PAUSE)
        return self._running()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._seen |= descendants(self._process.pid)
        self._process.kill()
        for number in self._running():
            os.kill(number, signal.SIGKILL)
        self._process.wait()
        self._reader.join(_PATIENCE)
        if self._process.stdout:
            self._process.stdout.close()

    def _running(self) -> dict[int, str]:
        return {number: line for number, line in self._seen.items() if line and _command_line(number) == line}

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._output.append(line)

    def _wait(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + _PATIENCE
        while not condition():
            assert time.monotonic() < until, f"nothing more after {self.output}"
            time.sleep(_PAUSE)


def descendants(number: int) -> dict[int, str]:
    """The processes below one, by number, with their command lines."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue  # gone meanwhile
        children.setdefault(parent, []).append(int(folder.name))
    found: dict[int, str] = {}
    waiting = [number]
    while waiting:
        below = children.get(waiting.pop(), [])
        found |= {each: _command_line(each) for each in below}
        waiting += below
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether anybody listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def freed(port: int) -> bool:
    """Whether nobody listens on a port any more, after a few seconds' grace: a killed process closes it last."""
    until = time.monotonic() + 10
    while time.monotonic() < until and listens(port):
        time.sleep(_PAUSE)
    return not listens(port)


def _command_line(number: int) -> str:
    """Empty for what has ended, a zombie too."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def _without(variables: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name not in names}
