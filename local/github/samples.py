"""Which pull requests does a folder of samples hold, and is each of them whole?

A sample is a folder with `pull.json`, `files.json`, `commits.json` (GitHub's answers, pages joined), `pull.diff` (raw
bytes), `webhook.json` (the `pull_request` delivery) and, if something is to be known about it, `meta.json`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.github.pulls import Pull
from local.github.shapes import Json

_SHA_LENGTH = 40


class SampleError(Exception):
    """A sample that can't be served; its text is one line that names the file."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")


@dataclass(frozen=True)
class Sample:
    """One pull request, the delivery that announced its merge, and what is known about it."""

    path: Path
    pull: Pull
    webhook: Json

    @property
    def name(self) -> str:
        """The folder's name, by which it is sent."""
        return self.path.name

    @property
    def repository(self) -> Json:
        """The repository's document."""
        document: Json = self.pull.document["base"]["repo"]
        return document

    @property
    def installation_id(self) -> int:
        """The installation of the App that the delivery names."""
        return int(self.webhook["installation"]["id"])


def read_samples(folder: Path) -> list[Sample]:
    """All samples of a folder by name; raises `SampleError` when there are none, or one is not whole."""
    if not folder.is_dir():
        raise SampleError(folder, "is not a folder of samples")
    found = [path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith((".", "__"))]
    if not found:
        raise SampleError(folder, "holds no sample: each is a folder with pull.json, files.json, pull.diff …")
    return [read_sample(path) for path in found]


def read_sample(path: Path) -> Sample:
    """One sample; raises `SampleError` naming the file that is missing or malformed."""
    document = _read_json(path / "pull.json", dict, _check_pull)
    files = _read_json(path / "files.json", list, _check_files)
    commits = _read_json(path / "commits.json", list, _check_commits)
    webhook = _read_json(path / "webhook.json", dict, lambda value: _check_webhook(value, document))
    meta = _read_json(path / "meta.json", dict, lambda _: None) if (path / "meta.json").exists() else {}
    refuses = bool(meta.get("github_would_refuse_the_diff_406", False))
    return Sample(path, Pull(document, files, commits, _read(path / "pull.diff"), refuses), webhook)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SampleError(path, (error.strerror or "can't be read").lower()) from None


def _read_json(path: Path, kind: type, check: Callable[[Any], None]) -> Any:  # noqa: ANN401 -- any JSON value
    try:
        value = json.loads(_read(path))
        _check_kind(value, kind)
        check(value)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise SampleError(path, f"is not JSON ({error})") from None
    except KeyError as error:
        raise SampleError(path, f"lacks the member {error}") from None
    except (TypeError, AttributeError, IndexError):
        raise SampleError(path, "is not of the shape that GitHub answers") from None
    except ValueError as error:
        raise SampleError(path, str(error)) from None
    return value


def _check_kind(value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise TypeError


def _check_pull(pull: Json) -> None:
    repository = pull["base"]["repo"]
    _check_integers(pull, "number")
    _check_integers(repository, "id")
    _check_account(repository["owner"])
    _check_sha(pull["head"]["sha"])
    if repository["full_name"].lower() != f"{repository['owner']['login']}/{repository['name']}".lower():
        raise ValueError("names its repository and the repository's owner differently")
    for person in (pull["user"], pull["merged_by"]):
        if person is not None:
            _check_account(person)


def _check_files(files: list[Json]) -> None:
    for entry in files:
        _check_integers(entry, "additions", "deletions", "changes")
        str.strip(entry["filename"] + entry["status"] + (entry.get("patch") or ""))


def _check_commits(commits: list[Json]) -> None:
    for commit in commits:
        _check_sha(commit["sha"])
        str.strip(commit["commit"]["message"])
        for person in (commit.get("author"), commit.get("committer")):
            if person:
                _check_account(person)


def _check_webhook(webhook: Json, pull: Json) -> None:
    _check_integers(webhook["installation"], "id")
    _check_account(webhook["sender"])
    here = (webhook["repository"]["id"], webhook["pull_request"]["number"])
    if here != (pull["base"]["repo"]["id"], pull["number"]):
        raise ValueError("announces another pull request than pull.json")


def _check_account(person: Json) -> None:
    _check_integers(person, "id")
    str.strip(person["login"] + person["type"])


def _check_integers(document: Json, *members: str) -> None:
    for member in members:
        if type(document[member]) is not int:
            raise ValueError(f"has a {member} that is not an integer")


def _check_sha(value: str) -> None:
    if len(value) != _SHA_LENGTH or int(value, 16) < 0:
        raise ValueError("has a sha that is not forty hex digits")
