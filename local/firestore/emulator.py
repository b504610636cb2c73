"""The Firestore emulator as one thing that is started, asked and stopped."""

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from local.firestore.errors import EmulatorError
from local.firestore.jar import Jar, find_jar
from local.firestore.java import explain, find_java
from local.firestore.process import Process
from local.server import PortTakenError, refuse_taken

STATE = Path(".local")
RULES = Path("firestore.rules")
VARIABLE = "FIRESTORE_EMULATOR_HOST"
# Java would take a quarter of the memory, once for each test worker; and for the minutes that an emulator lives, its
# second compiler costs as much processor time as all the rest and gains nothing (measured over 3,000 writes).
_OPTIONS = ("-Duser.language=en", "-XX:TieredStopAtLevel=1")
_NAME = "the Firestore emulator"
_UP = "is now running"
_PATIENCE = 60.0  # seconds; it takes about one
_TIMEOUT = 10.0
_TAIL = 2000
_TRIES = 3


class FirestoreEmulator:
    """The emulator on a loopback port (0: a free one) from `start` (or `with`) until `stop`.

    Its output goes to the file `log`, else to a temporary one. Where `environ` has `FIRESTORE_EMULATOR_HOST`, that one
    is used and nothing is started. `heap` is the memory that Java may take, as its `-Xmx` wants it. Starting raises
    `EmulatorError` with what to do, or `local.server.PortTakenError`.
    """

    def __init__(
        self,
        port: int = 0,
        rules: Path = RULES,
        log: Path | None = None,
        *,
        state: Path = STATE,
        environ: Mapping[str, str] = os.environ,
        heap: str = "1g",
    ) -> None:
        self._port = port
        self._rules = rules
        self._log = log
        self._state = state
        self._environ = environ
        self._heap = heap
        self._process: Process | None = None
        self._host = ""

    @property
    def host(self) -> str:
        """Where it listens, `127.0.0.1:PORT`, for `FIRESTORE_EMULATOR_HOST`; raises RuntimeError while it does not."""
        if not self._host:
            raise RuntimeError("the Firestore emulator has not been started")
        return self._host

    @property
    def url(self) -> str:
        """The same with `http://` before it."""
        return f"http://{self.host}"

    @property
    def pid(self) -> int | None:
        """The number of its process; None for one that was running already."""
        return self._process.pid if self._process else None

    def start(self) -> Self:
        """Find it, start it and wait until it answers, unless it does already; returns itself."""
        if self._host:
            return self
        if existing := self._environ.get(VARIABLE, ""):
            if not _answers(existing):
                raise EmulatorError(f"{VARIABLE} is {existing}, but no Firestore emulator answers there.")
            self._host = existing
            return self
        refuse_taken(self._port, _NAME)
        if not self._rules.is_file():
            raise EmulatorError(f"There are no rules at {self._rules}.")
        if self._log:
            self._log.parent.mkdir(parents=True, exist_ok=True)
        jar = find_jar(self._environ, self._state)
        java = find_java(self._environ, jar.path)
        ports = [self._port] if self._port else [_free_port() for _ in range(_TRIES)]
        if not any(self._started(java, jar, port) for port in ports):
            raise PortTakenError(ports[-1], _NAME)
        return self

    def stop(self) -> None:
        """End the process that was started, if one was."""
        if self._process:
            self._process.stop()
            self._process = None
        self._host = ""

    def reset(self, project: str) -> None:
        """Delete every document of a project."""
        address = f"{self.url}/emulator/v1/projects/{project}/databases/(default)/documents"
        _ask("DELETE", address).raise_for_status()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _started(self, java: str, jar: Jar, port: int) -> bool:
        """Whether it came up; False when somebody else has the port."""
        host = f"127.0.0.1:{port}"
        options = ["--host=127.0.0.1", f"--port={port}", f"--rules={self._rules}"]
        self._process = Process([java, *_OPTIONS, f"-Xmx{self._heap}", *jar.arguments, *options], self._log)
        try:
            if _wait_until_up(self._process, host):
                self._host = host
                return True
            said = self._process.output()
        finally:
            if not self._host:
                self.stop()
        if "Address already in use" in said:
            return False
        raise EmulatorError(explain(said, java, jar.path) or f"The Firestore emulator did not start: {said[-_TAIL:]}")


def _wait_until_up(process: Process, host: str) -> bool:
    """Whether it answers before it ends; raises `EmulatorError` when it does neither.

    An answer alone could be another emulator's, which took the port before ours: the log has to say it too.
    """
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if not process.running:
            return False
        if _UP in process.output() and _answers(host):
            return True
        time.sleep(0.02)
    raise EmulatorError(f"The Firestore emulator does not answer: {process.output()[-_TAIL:]}")


def _answers(host: str) -> bool:
    try:
        answer = _ask("GET", f"http://{host}/")
    except requests.RequestException:
        return False
    return answer.ok and answer.text.strip() == "Ok"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ask(method: str, address: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False  # no proxy leads to loopback
        return session.request(method, address, timeout=_TIMEOUT)
