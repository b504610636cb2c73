"""An instance of a function: functions-framework as in production, restarted whenever it dies."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from local.firestore.process import Process
from local.functions import ROOT
from local.storm.worker import CLOCK, PID_FILE

_LOOK = 0.03  # real seconds between two looks at a process


class Instance:
    """Instance `number` of a function, from `start` to `end`; takes `concurrency` requests at a time.

    Its output goes to the folder `logs`, a file for each life.
    """

    def __init__(self, function: str, number: int, *, concurrency: int, logs: Path) -> None:
        self.function = function
        self.concurrency = concurrency
        self.port = _free_port()
        self.lives = 0
        self._name = f"{function}-{number}"
        self._logs = logs
        self._pid_file = logs / f"{self._name}.pid"
        self._variables: Mapping[str, str] = {}
        self._lock = threading.Lock()
        self._process: Process | None = None
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._supervise, name=self._name, daemon=True)

    def start(self, variables: Mapping[str, str], clock: str) -> Self:
        """Begin to run under these variables and that clock; returns itself."""
        own = {CLOCK: clock, PID_FILE: str(self._pid_file), "THREADS": str(self.concurrency)}
        self._variables = {**variables, **own}
        self._thread.start()
        return self

    def end(self) -> None:
        """Let it end for good; `wait` for that."""
        self._stopping.set()

    def wait(self) -> None:
        """Wait until it is gone."""
        self._thread.join()

    @property
    def is_ready(self) -> bool:
        """Whether its port is open."""
        return self._ready.is_set()

    @property
    def pid(self) -> int:
        """The process that serves now; 0 while there is none."""
        with suppress(OSError, ValueError):
            return int(self._pid_file.read_text("ascii"))
        return 0

    def kill(self, pid: int, *, whole: bool) -> bool:
        """End that process by SIGKILL, or the `whole` instance: the framework's parent and it; False if it is gone."""
        with self._lock:
            if self._process is None or self.pid != pid:
                return False
            # First, because its successor writes its own as soon as it is there.
            self._pid_file.unlink()
            with suppress(ProcessLookupError):
                if whole:
                    self._ready.clear()
                    os.killpg(self._process.pid, signal.SIGKILL)
                else:
                    os.kill(pid, signal.SIGKILL)
            return True

    def _supervise(self) -> None:
        while not self._stopping.is_set():
            self.lives += 1
            process = Process(self._command(), self._logs / f"{self._name}.{self.lives}.log", self._variables)
            with self._lock:
                self._process = process
            while process.running and not self._stopping.wait(_LOOK):
                if not self._ready.is_set() and self.pid and self._is_open():
                    self._ready.set()
            self._ready.clear()
            with self._lock:
                self._process = None
                self._pid_file.unlink(missing_ok=True)
            self._end(process)

    def _end(self, process: Process) -> None:
        """Let nothing of a life be left; at the end of the storm too, nobody waits for requests to be answered."""
        if process.running:
            os.killpg(process.pid, signal.SIGKILL)
        process.stop()

    def _command(self) -> list[str]:
        source = str(ROOT / "functions" / self.function / "main.py")
        framework = [sys.executable, "-m", "local.storm.worker", "--target", "main", "--source", source]
        return [*framework, "--host", "127.0.0.1", "--port", str(self.port)]

    def _is_open(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
