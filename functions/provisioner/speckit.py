"""What does spec-kit's own command put into a new project, and how does it come out the same every time?

The command runs as a process of its own, offline, in an empty folder, with an environment that holds nothing of ours.
https://github.com/github/spec-kit
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from shared.clients.github import TreeFile
from shared.domain.errors import ConfigurationError, InvalidError, RetryLaterError, WorkLogError
from shared.logging import log

SPECKIT_VERSION = "1.2.3"
AGENTS = ("claude", "codex", "copilot", "gemini")
_NO_AGENT = "none"
_FOLDER = "repository"
_RUN = "from specify_cli import main; main()"  # its console script's only line; it may stand in another folder than us
_SECONDS = 60.0
_PAUSE = 30.0
_MOMENTS = ("installed_at", "updated_at")
_EXECUTABLE = 0o100


class SpeckitError(WorkLogError):
    """The command did not make a project, and will not make one the next time."""

    code = "speckit_failed"


def scaffold(
    agent: str | None, at: datetime, *, python: str = sys.executable, seconds: float = _SECONDS
) -> tuple[TreeFile, ...]:
    """A project as the command makes it for an agent, or for none, in the order of its paths; installed at `at`.

    `python` runs the command, which has so many seconds.
    Raises `RetryLaterError` when the command does not end or is killed, `SpeckitError` when it fails,
    `ConfigurationError` when another version is installed, `InvalidError` for an agent that it is not asked for.
    """
    if agent is not None and agent not in AGENTS:
        raise InvalidError("an agent is one of " + ", ".join(AGENTS), field="agent")
    moment = at.astimezone(UTC).isoformat()
    return tuple(_settled(file, moment) for file in _made(agent or _NO_AGENT, python, seconds))


@cache
def _made(integration: str, python: str, seconds: float) -> tuple[TreeFile, ...]:
    """What the command writes: the same for every project but for times and the order of some names."""
    try:
        with TemporaryDirectory() as home:
            _run(integration, home, python, seconds)
            files = tuple(_files(Path(home) / _FOLDER))
    except (OSError, subprocess.TimeoutExpired) as error:  # no room, no memory, no time
        raise RetryLaterError("spec-kit's command has no room to work, or does not end", after=_PAUSE) from error
    if _version(files) != SPECKIT_VERSION:
        raise ConfigurationError(f"specify-cli is not of version {SPECKIT_VERSION}")
    return files


def _run(integration: str, home: str, python: str, seconds: float) -> None:
    options = ("--integration", integration, "--script", "sh", "--ignore-agent-tools", "--non-interactive")
    done = subprocess.run(  # noqa: S603  # no word of a user is in it
        (python, "-s", "-P", "-c", _RUN, "init", _FOLDER, *options),
        cwd=home,
        env=_environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds,
        check=False,
    )
    if done.returncode < 0:
        raise RetryLaterError("spec-kit's command was killed", after=_PAUSE)
    if done.returncode:
        log.error("speckit_failed", status=done.returncode, integration=integration)
        raise SpeckitError("spec-kit's command has failed")


def _environment(home: str) -> dict[str, str]:
    """Nothing of this process's but the place of the packages; a proxy that is not there keeps it off the network."""
    try:
        packages = str(Path(str(distribution("specify-cli").locate_file(""))).resolve())
    except PackageNotFoundError as error:
        raise ConfigurationError("specify-cli is not installed") from error
    nowhere = "http://127.0.0.1:9"
    return {
        "HOME": home,
        "PATH": os.defpath,
        "PYTHONPATH": packages,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "COLUMNS": "120",
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
        "ALL_PROXY": nowhere,
    }


def _files(folder: Path) -> Iterator[TreeFile]:
    for path in sorted(folder.rglob("*"), key=lambda each: each.relative_to(folder).as_posix()):
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            raise SpeckitError("spec-kit's command has made something that is no file")
        if path.is_file():
            executable = bool(path.stat().st_mode & _EXECUTABLE)
            yield TreeFile(path.relative_to(folder).as_posix(), path.read_bytes(), executable)


def _version(files: tuple[TreeFile, ...]) -> str:
    return next((json.loads(each.content).get("speckit_version", "") for each in files if _is_options(each)), "")


def _is_options(file: TreeFile) -> bool:
    return file.path == ".specify/init-options.json"


def _settled(file: TreeFile, moment: str) -> TreeFile:
    """The file with the moment for every time in it and its names in order: the command takes them as the disk does."""
    if not (file.path.startswith(".specify/") and file.path.endswith(".json")):
        return file
    told = json.dumps(_at(json.loads(file.content), moment), indent=2)
    return replace(file, content=(told + "\n" * file.content.endswith(b"\n")).encode())


def _at(value: Any, moment: str) -> Any:  # noqa: ANN401  # any JSON value
    match value:
        case dict():
            return {name: moment if name in _MOMENTS else _at(_sorted(name, value[name]), moment) for name in value}
        case list():
            return [_at(each, moment) for each in value]
    return value


def _sorted(name: str, value: Any) -> Any:  # noqa: ANN401  # any JSON value
    return dict(sorted(value.items())) if name == "files" and isinstance(value, dict) else value
