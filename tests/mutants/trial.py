"""A trial: the named tests run in a copy of the project, and what they say of it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Verdict = Literal["red", "green", "broken"]
_FAILED = re.compile(r"^FAILED (tests/\S+?::.+?)(?: - .*)?$", re.MULTILINE)
_GREEN, _RED = 0, 1
_LONGEST_TEST, _LONGEST_TRIAL = 60, 600  # seconds
_TOLD = 20  # lines


@dataclass(frozen=True)
class Outcome:
    """What became of a trial: `test` is the first that turned red, `said` the end of what pytest printed."""

    verdict: Verdict
    seconds: float
    test: str = ""
    said: str = ""


def run(root: Path, tests: Iterable[str], *options: str, variables: Mapping[str, str]) -> Outcome:
    """Run these tests there, up to the first that fails.

    Red is a test that ran and failed. A test that could not start, or does not exist, is no witness: broken.
    """
    begun = time.monotonic()
    settings = ["-q", "-x", "-rfE", "--tb=short", f"--timeout={_LONGEST_TEST}", "--hypothesis-seed=0"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "240", **variables}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *settings, *options, *tests],
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LONGEST_TRIAL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome("broken", time.monotonic() - begun, said="it came to no end")
    seconds = time.monotonic() - begun
    red = _FAILED.search(done.stdout)
    if done.returncode == _RED and red:
        return Outcome("red", seconds, test=red[1])
    return Outcome("green" if done.returncode == _GREEN else "broken", seconds, said=_end_of(done.stdout))


def _end_of(printed: str) -> str:
    return "\n".join([line for line in printed.splitlines() if not line.startswith("!!!")][-_TOLD:])
