"""A function run for one request in a process of its own, without waiting for the imports each time."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.crash.effects import Fault

_SECONDS = 30.0


@dataclass(frozen=True)
class Request:
    """A POST to a function."""

    function: str
    path: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Outcome:
    """How a process ended, what it did until then, and the status of its answer, if it came to one.

    `struck` are the effects that the fault struck, `stray` is what left the process without being an effect.
    """

    exit: int
    effects: tuple[str, ...]
    struck: tuple[str, ...]
    stray: tuple[str, ...]
    status: int | None
    headers: Mapping[str, str]
    said: str

    @property
    def is_ok(self) -> bool:
        """Whether whoever asked was told that all is well."""
        return self.status is not None and self.status < 300


class Nursery:
    """The warmed process, from `with` on."""

    def __init__(self) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 -- closed at the exit
        self._process: subprocess.Popen[str] | None = None

    def run(self, request: Request, variables: Mapping[str, str], fault: Fault | None = None) -> Outcome:
        """Run the request in a process of its own, under these variables alone."""
        assert self._process
        assert self._process.stdin
        assert self._process.stdout
        job = {**asdict(request), "variables": dict(variables), "fault": [fault.kind, fault.number] if fault else None}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the nursery has ended: {self.log()}"
        return _outcome(json.loads(line))

    def log(self) -> str:
        """The last of what the processes logged."""
        self._errors.seek(0)
        return self._errors.read()[-4000:]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process and self._process.stdin and self._process.stdout:
            self._process.stdin.close()
            try:
                self._process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process.stdout.close()
        self._errors.close()


def _outcome(answer: Mapping[str, Any]) -> Outcome:
    def told(what: str) -> tuple[Any, ...]:
        return tuple(value for name, value in answer["told"] if name == what)

    status, headers, said = next(iter(told("answer")), (None, {}, ""))
    said = said or "".join(told("refusal"))
    return Outcome(answer["exit"], told("effect"), told("struck"), told("stray"), status, headers, said)
