"""A commit made through GitHub's Git data API: blobs, tree, commit, branch.

By the repository's number, as GitHub's own redirects are. https://docs.github.com/en/rest/git
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.clients.github.calls import Grant, InstallationCalls
from shared.clients.github.shapes import read_sha
from shared.clients.github.transport import GitHubRefusedError, read_json
from shared.domain.errors import RetryLaterError

_BRANCH = re.compile(r"(?!.*(?:\.\.|//))[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
_UNPROCESSABLE = 422


class NotFastForwardError(GitHubRefusedError):
    """The branch has a commit that ours does not follow: somebody was there first."""


@dataclass(frozen=True)
class BranchHead:
    """The newest commit of a branch: its name, its tree's, its parents' and its message."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    message: str


@dataclass(frozen=True)
class TreeFile:
    """A file of a tree; a script is `executable`."""

    path: str
    content: bytes
    executable: bool = False


@dataclass(frozen=True)
class NewCommit:
    """A commit by `name <email>` at `at`, so that the same one made again has the same name."""

    tree: str
    parents: tuple[str, ...]
    message: str
    name: str
    email: str
    at: datetime

    def document(self) -> dict[str, Any]:
        """As GitHub takes it."""
        date = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        who = {"name": self.name, "email": self.email, "date": date}
        return {
            "message": self.message,
            "tree": self.tree,
            "parents": list(self.parents),
            "author": who,
            "committer": who,
        }


def read_head(calls: InstallationCalls, grant: Grant, repository_id: int, branch: str) -> BranchHead:
    """The newest commit of a branch."""
    ref = read_json(calls.get(grant, f"{_path(repository_id)}/ref/heads/{_checked(branch)}"))
    try:
        sha = read_sha(ref["object"]["sha"])
    except (KeyError, TypeError, ValueError) as error:
        raise RetryLaterError("GitHub's answer is no branch", after=30) from error
    return read_commit(calls, grant, repository_id, sha)


def read_commit(calls: InstallationCalls, grant: Grant, repository_id: int, sha: str) -> BranchHead:
    """A commit by its name, as `BranchHead` has it."""
    commit = read_json(calls.get(grant, f"{_path(repository_id)}/commits/{sha}"))
    try:
        parents = tuple(read_sha(each["sha"]) for each in commit["parents"])
        return BranchHead(sha, read_sha(commit["tree"]["sha"]), parents, str(commit["message"]))
    except (KeyError, TypeError, ValueError) as error:
        raise RetryLaterError("GitHub's answer is no commit", after=30) from error


def write_tree(calls: InstallationCalls, grant: Grant, repository_id: int, base: str, files: Sequence[TreeFile]) -> str:
    """A tree like `base` with these files: text goes with the tree, all else before it as blobs."""
    entries = [_entry(calls, grant, repository_id, file) for file in files]
    return _made(calls, grant, f"{_path(repository_id)}/trees", {"base_tree": read_sha(base), "tree": entries})


def write_commit(calls: InstallationCalls, grant: Grant, repository_id: int, commit: NewCommit) -> str:
    """A commit that no branch has yet."""
    return _made(calls, grant, f"{_path(repository_id)}/commits", commit.document())


def advance(calls: InstallationCalls, grant: Grant, repository_id: int, branch: str, commit: str) -> None:
    """Let a branch end in a commit, without force."""
    path = f"{_path(repository_id)}/refs/heads/{_checked(branch)}"
    try:
        calls.send(grant, "PATCH", path, {"sha": read_sha(commit), "force": False})
    except GitHubRefusedError as error:
        if error.status == _UNPROCESSABLE and "fast forward" in error.reason.lower().replace("-", " "):
            raise NotFastForwardError(error.status, error.reason) from error
        raise


def _entry(calls: InstallationCalls, grant: Grant, repository_id: int, file: TreeFile) -> dict[str, str]:
    entry = {"path": file.path, "mode": "100755" if file.executable else "100644", "type": "blob"}
    text = _text(file.content)
    if text:
        return {**entry, "content": text}
    body = {"content": base64.b64encode(file.content).decode(), "encoding": "base64"}
    return {**entry, "sha": _made(calls, grant, f"{_path(repository_id)}/blobs", body)}


def _text(content: bytes) -> str:
    """The content if a tree can carry it; empty for what it can't: nothing, no UTF-8, zero bytes."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return ""
    return "" if "\0" in text else text


def _made(calls: InstallationCalls, grant: Grant, path: str, body: Mapping[str, Any]) -> str:
    """The name of an object that GitHub keeps from now on: the same for the same content."""
    try:
        return read_sha(read_json(calls.send(grant, "POST", path, body))["sha"])
    except (KeyError, TypeError, ValueError) as error:
        raise RetryLaterError("GitHub's answer is no git object", after=30) from error


def _path(repository_id: int) -> str:
    return f"/repositories/{repository_id}/git"


def _checked(branch: str) -> str:
    """A branch's name that is safe in a path; raises `RetryLaterError`: it is GitHub that names it."""
    if not _BRANCH.fullmatch(branch):
        raise RetryLaterError("GitHub's answer is no branch's name", after=30)
    return branch
