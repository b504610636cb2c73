"""A function as the platform serves it: one command, gunicorn with one worker, and what that costs.

https://github.com/GoogleCloudPlatform/buildpacks/tree/main/cmd/python/functions_framework
"""

import http.client
import os
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from local.bench.cores import BenchError, Cores
from local.firestore.process import Process

_PATIENCE = 60.0
_PAUSE = 0.001
_TICKS = os.sysconf("SC_CLK_TCK")
_USER, _SYSTEM = 11, 12  # places in /proc/PID/stat, counted after the name


@dataclass(frozen=True)
class Request:
    """A request as bytes and headers, made before anything is measured."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Served:
    """`functions-framework` in the folder `root` with `source`, from `with` on; on the server's core where `cores` say.

    `started` is the time (`time.perf_counter`) just before its process was.
    """

    def __init__(self, root: Path, source: str, variables: Mapping[str, str], *, cores: Cores | None = None) -> None:
        self.port = _free_port()
        self.started = 0.0
        self._cores = cores
        self._environment = {
            **variables,
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(root),
            "PYTHONUNBUFFERED": "TRUE",  # as the platform has it
            "FUNCTION_TARGET": "main",
            "FUNCTION_SOURCE": str(root / source),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
        }
        self._process: Process | None = None

    def __enter__(self) -> Self:
        command = [str(Path(sys.executable).with_name("functions-framework"))]
        self.started = time.perf_counter()
        if self._cores is None:
            self._process = Process(command, None, self._environment)
        else:
            with self._cores.for_server():
                self._process = Process(command, None, self._environment)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.stop()

    @property
    def host(self) -> str:
        """Where it listens, or will."""
        return f"127.0.0.1:{self.port}"

    def first(self, request: Request) -> float:
        """Seconds from its start to the first answer, which has to be a 200."""
        self.await_socket()
        status, _ = ask(self.port, request)
        seconds = time.perf_counter() - self.started
        if status != http.client.OK:
            raise BenchError(f"the first answer is {status}: {self._last_words()}")
        return seconds

    def await_socket(self) -> None:
        """Wait until it listens."""
        until = time.monotonic() + _PATIENCE
        while not _listens(self.port):
            if time.monotonic() > until or not (self._process and self._process.running):
                raise BenchError(f"a function does not start: {self._last_words()}")
            time.sleep(_PAUSE)

    def cpu_seconds(self) -> float:
        """Processor time of its processes so far, in steps of a hundredth of a second."""
        return sum(_cpu_seconds(each) for each in self._processes())

    def worker_memory(self) -> tuple[int, int]:
        """Bytes that the worker has in memory: its proportional share of what it has in common, and all of it."""
        return _memory(self._processes()[-1])

    def logged(self) -> str:
        """What its processes have written so far, the first megabyte of it."""
        assert self._process
        return self._process.output()

    def _processes(self) -> list[int]:
        """The command's process, which is gunicorn's arbiter, and below it the worker."""
        assert self._process
        main = self._process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return [main, *map(int, children)]

    def _last_words(self) -> str:
        return self._process.output()[-1000:] if self._process else "it was not started"


def ask(port: int, request: Request) -> tuple[int, bytes]:
    """Post one request on a connection of its own; the status and body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request("POST", request.path, request.body, dict(request.headers))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS


def _memory(process: int) -> tuple[int, int]:
    lines = (line.split() for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:])
    kilobytes = {name: int(number) for name, number, *_ in lines}
    return kilobytes["Pss:"] * 1024, kilobytes["Rss:"] * 1024
