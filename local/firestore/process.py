"""How does a process that we started end, whatever happens to ours?"""

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_PATIENCE = 5.0  # seconds between asking and killing
_MOST_OUTPUT = 1 << 20  # bytes
# It waits for the end of its input, which comes when whoever started it is gone, even by SIGKILL. Not by the kernel's
# parent-death signal: that comes when the *thread* dies which started the process, needs a function to run between fork
# and exec (unsafe beside other threads), and exists on Linux alone.
_WATCH = 'read -r _; kill -s KILL -- "-$1"'


class Process:
    """A command in a process group of its own, so that Ctrl-C leaves its end to us.

    Its output goes to the file `log`, else to one without a name, which is gone when both processes are. Its
    environment is `environ`, else ours.
    """

    def __init__(self, command: Sequence[str], log: Path | None, environ: Mapping[str, str] | None = None) -> None:
        self._output = log.open("w+b") if log else tempfile.TemporaryFile("w+b")  # noqa: SIM115 -- until `stop`
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env=environ,
            start_new_session=True,
        )
        self._watch = subprocess.Popen(
            ["sh", "-c", _WATCH, "watch", str(self._process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """Its number, which is that of its group too."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def output(self) -> str:
        """What it has written so far, the first megabyte of it; not to be asked after `stop`."""
        return os.pread(self._output.fileno(), _MOST_OUTPUT, 0).decode(errors="replace")

    def stop(self) -> None:
        """Ask it to end, kill it if it does not, and wait until it is gone."""
        self._watch.kill()
        self._watch.communicate()
        if self.running:
            os.killpg(self.pid, signal.SIGTERM)
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._output.close()
