"""All functions in a process of their own, with the environment that production would give them."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from local.firestore.process import Process

_PATIENCE = 60.0  # seconds; they take about three
_PAUSE = 0.1


class FunctionsError(RuntimeError):
    """The functions do not run; the message names their log."""


class FunctionsProcess:
    """Started with `with`, when they answer at `port`; their output goes to the file `log`, kept after an error."""

    def __init__(self, variables: Mapping[str, str], port: int, log: Path) -> None:
        self._variables = variables
        self._port = port
        self._log = log
        self._process: Process | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "local.functions", "--port", str(self._port)]
        self._process = Process(command, self._log, self._variables)
        try:
            self._await_health()
        except BaseException:
            self._process.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.stop()
        if error is None or isinstance(error, KeyboardInterrupt):
            self._log.unlink(missing_ok=True)

    def check(self) -> None:
        """Raise `FunctionsError` once their process has ended."""
        if not (self._process and self._process.running):
            raise FunctionsError(f"the functions have ended: {self._last_words()}")

    def _await_health(self) -> None:
        until = time.monotonic() + _PATIENCE
        with requests.Session() as session:
            session.trust_env = False  # no proxy leads to loopback
            while time.monotonic() < until:
                self.check()
                try:
                    if session.get(f"http://127.0.0.1:{self._port}/api/health", timeout=1).ok:
                        return
                except requests.RequestException:
                    time.sleep(_PAUSE)
        raise FunctionsError(f"the functions do not answer: {self._last_words()}")

    def _last_words(self) -> str:
        lines = self._log.read_text("utf-8", "replace").strip().splitlines()
        return f"{lines[-1] if lines else 'they said nothing'} (more in {self._log})"
