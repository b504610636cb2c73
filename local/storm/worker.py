"""A worker of the storm: functions-framework's own command, with a clock that may run faster.

`python -m local.storm.worker` takes the options of `functions-framework`. It builds the services of the function with
the clock of STORM_CLOCK in place of the machine's, and writes to the file STORM_PID_FILE who serves: the framework
forks after it has loaded the function, and that child is the one to kill.
"""

import os
from pathlib import Path

from functions_framework._cli import _cli

from local.storm.clock import FastClock
from shared.services import Services

CLOCK, PID_FILE = "STORM_CLOCK", "STORM_PID_FILE"


class _FastServices(Services):
    @classmethod
    def from_process(cls, needs: tuple[str, ...]) -> Services:
        """From the environment of this process, and its clock from there too."""
        return cls(os.environ, needs=needs, now=FastClock.read(os.environ[CLOCK]).moment)


def _write_pid() -> None:
    """In one step, so that nobody reads half a number."""
    path = Path(os.environ[PID_FILE])
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(str(os.getpid()), "ascii")
    part.replace(path)


if __name__ == "__main__":
    Services.from_process = _FastServices.from_process  # type: ignore[method-assign]  # the one seam there is
    os.register_at_fork(after_in_child=_write_pid)
    _cli(prog_name="functions-framework")
