"""Trials on data that is given from outside: where is it, and what was not tried because it is not there?

    folder = trials("the given pull requests through the chain")
    if folder is None:
        return  # the run's last lines say what was not tried

The functions named `pytest_...` are hooks; `tests/conftest.py` hands them to pytest.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "TRIALS"
_not_tried: set[str] = set()


def trials(what: str) -> Path | None:
    """The folder that `TRIALS` names; None where it is not set, and the summary says that `what` was not tried.

    Raises RuntimeError when it names no folder: a typing error must not look like a success.
    """
    named = os.environ.get(VARIABLE, "").strip()
    if not named:
        not_tried(what, f"{VARIABLE} is not set")
        return None
    folder = Path(named).resolve()
    if not folder.is_dir():
        raise RuntimeError(f"{VARIABLE} is {named}, which is no folder")
    return folder


def not_tried(what: str, why: str) -> None:
    """Have the summary say that this was not tried, and why."""
    _not_tried.add(f"{what} ({why})")


def summary(said: Iterable[str]) -> list[str]:
    """The lines that stand at the end of a run."""
    return [f"not tried: {what}" for what in sorted(said)]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a worker tell the main process what it did not try."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["not_tried"] = sorted(_not_tried)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401  # xdist gives no types
    """Hear what a worker did not try."""
    _not_tried.update(getattr(node, "workeroutput", {}).get("not_tried", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it where nobody overlooks it."""
    for line in summary(_not_tried):
        terminalreporter.write_line(line, yellow=True)
