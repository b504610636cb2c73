"""A function as a process of its own, as the cloud starts it: under the framework's command, with threads."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

SECONDS = 60.0
# The framework's own command, which tells at its end how much memory its worker has had at most.
_COMMAND = """
import atexit, resource
from functions_framework._cli import _cli
atexit.register(lambda: print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, flush=True))
_cli()
"""
_KILOBYTE = 1 if sys.platform == "darwin" else 1024  # what `ru_maxrss` counts


@dataclass
class Running:
    """A function served by the framework's command."""

    process: subprocess.Popen[bytes]
    port: int
    output: Path

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def peak(self) -> int:
        """End it; the most bytes that its worker had in memory."""
        self.process.terminate()
        self.process.wait(SECONDS)
        lines = self.output.read_text("utf-8").splitlines()
        return max(int(line.split()[1]) for line in lines if line.startswith("peak ")) * _KILOBYTE


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """What a process is told: the settings, and nothing of ours."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), **variables}


def command(source: str, *arguments: str) -> list[str]:
    """What starts the function in `source`."""
    return [sys.executable, "-c", _COMMAND, "--target", "main", "--source", source, *arguments]


@contextmanager
def served(source: str, variables: Mapping[str, str], *, threads: int) -> Iterator[Running]:
    """The function in `source` under gunicorn, until the end of the block; its output goes to a file."""
    with started(command(source), environment({**variables, "THREADS": str(threads)}), folder=Path.cwd()) as running:
        yield running


@contextmanager
def started(starting: Sequence[str], given: Mapping[str, str], *, folder: Path) -> Iterator[Running]:
    """What `starting` starts in `folder`, told nothing but `given` and its port, until the end of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {**given, "HOST": "127.0.0.1", "PORT": str(port)}
    # A pipe that nobody reads would fill, and the function would wait for ever to log a line.
    with NamedTemporaryFile() as output, subprocess.Popen(starting, env=told, stdout=output, cwd=folder) as process:
        try:
            _wait(process, port)
            yield Running(process, port, Path(output.name))
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(SECONDS)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the function does not listen")
