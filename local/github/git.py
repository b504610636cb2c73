"""What does git keep of a repository: a bare one on disk, through the `git` command, so that it can be cloned.

https://git-scm.com/docs
"""

import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 30
_SHA = re.compile(r"[0-9a-f]{40}")
_ABSENT = "0" * 40
_PERSON = re.compile(r"(?P<name>.*) <(?P<email>.*)> (?P<seconds>\d+) (?P<zone>[+-]\d{4})")


class GitError(Exception):
    """The `git` command refused; its text is git's own."""


@dataclass(frozen=True)
class Signature:
    """Who made a commit and when, in git's own form of a date (`1767225600 +0000`)."""

    name: str
    email: str
    date: str


@dataclass(frozen=True)
class Commit:
    """A commit as git keeps it."""

    tree: str
    parents: Sequence[str]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True)
class Entry:
    """A path in a tree: mode in six digits, kind, and the name of its object; None takes the path out."""

    path: str
    mode: str
    sha: str | None
    kind: str = "blob"


class GitRepository:
    """A bare repository in a folder; `branch` is the one that a clone checks out."""

    def __init__(self, folder: Path, branch: str = "main") -> None:
        self.folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True)
        self._run("init", "--quiet", "--bare", f"--initial-branch={branch}")

    @property
    def url(self) -> str:
        """Where to clone it from."""
        return self.folder.as_uri()

    def is_empty(self) -> bool:
        """Whether it has no commit on any branch."""
        return not self._run("for-each-ref", "--count=1")

    def kind(self, sha: str) -> str | None:
        """`commit`, `tree`, `blob` or `tag`; None when it has no such object."""
        if not _SHA.fullmatch(sha):
            return None
        try:
            return self._run("cat-file", "-t", sha).decode().strip()
        except GitError:
            return None

    def write_blob(self, data: bytes) -> str:
        """Keep the bytes of a file."""
        return self._run("hash-object", "-w", "--stdin", given=data).decode().strip()

    def read_blob(self, sha: str) -> bytes:
        """The bytes of a file; raises `GitError` when it is none."""
        return self._run("cat-file", "blob", sha)

    def write_tree(self, entries: Sequence[Entry], base: str | None = None) -> str:
        """A tree like `base` with these entries in it."""
        lines = "".join(f"{each.mode if each.sha else '0'} {each.sha or _ABSENT}\t{each.path}\0" for each in entries)
        with tempfile.TemporaryDirectory() as scratch:
            index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            if base is not None:
                self._run("read-tree", base, variables=index)
            self._run("update-index", "-z", "--index-info", given=lines.encode(), variables=index)
            return self._run("write-tree", variables=index).decode().strip()

    def read_tree(self, sha: str, *, recursive: bool) -> list[Entry]:
        """The entries of a tree."""
        listed = self._run("ls-tree", "-z", *(["-r", "-t"] if recursive else []), sha).decode()
        found = [line.split("\t", 1) for line in listed.split("\0") if line]
        return [Entry(path, *_facts(facts)) for facts, path in found]

    def write_commit(self, commit: Commit) -> str:
        """Keep a commit, its message as it is."""
        parents = [argument for parent in commit.parents for argument in ("-p", parent)]
        people = {"AUTHOR": commit.author, "COMMITTER": commit.committer}
        variables = {f"GIT_{role}_{part}": value for role, who in people.items() for part, value in _parts(who)}
        return (
            self._run("commit-tree", commit.tree, *parents, given=commit.message.encode(), variables=variables)
            .decode()
            .strip()
        )

    def read_commit(self, sha: str) -> Commit:
        """A commit; raises `GitError` when it is none."""
        head, _, message = self._run("cat-file", "commit", sha).decode().partition("\n\n")
        lines = [line.partition(" ") for line in head.split("\n")]
        values: dict[str, list[str]] = {}
        for name, _, value in lines:
            values.setdefault(name, []).append(value)
        author, committer = (_signature(values[name][0]) for name in ("author", "committer"))
        return Commit(values["tree"][0], values.get("parent", []), author, committer, message)

    def ref(self, name: str) -> str | None:
        """What a full name of a reference (`refs/heads/main`) stands for."""
        try:
            return self._run("rev-parse", "--verify", "--quiet", "--end-of-options", name).decode().strip()
        except GitError:
            return None

    def move_ref(self, name: str, sha: str, *, force: bool = False) -> bool:
        """Let a reference stand for a commit; False when that is not ahead of what it stood for."""
        with self._lock:
            before = self.ref(name)
            if before is not None and not force and not self._is_ancestor(before, sha):
                return False
            self._run("update-ref", name, sha)
            return True

    def _is_ancestor(self, before: str, after: str) -> bool:
        try:
            self._run("merge-base", "--is-ancestor", before, after)
        except GitError:
            return False
        return True

    def _run(self, *arguments: str, given: bytes = b"", variables: Mapping[str, str] | None = None) -> bytes:
        """What a git command prints; nothing of this machine's settings counts."""
        alone = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", **alone, **(variables or {})}
        command = ["git", f"--git-dir={self.folder}", *arguments]
        done = subprocess.run(command, input=given, capture_output=True, env=environment, timeout=_SECONDS, check=False)
        if done.returncode:
            raise GitError(done.stderr.decode(errors="replace").strip())
        return done.stdout


def _facts(listed: str) -> tuple[str, str, str]:
    mode, kind, sha = listed.split(" ")
    return mode, sha, kind


def _parts(who: Signature) -> list[tuple[str, str]]:
    return [("NAME", who.name), ("EMAIL", who.email), ("DATE", who.date)]


def _signature(line: str) -> Signature:
    found = _PERSON.fullmatch(line)
    if found is None:
        raise GitError(f"no signature: {line}")
    return Signature(found["name"], found["email"], f"{found['seconds']} {found['zone']}")
