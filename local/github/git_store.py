"""Where are the git repositories of this GitHub?"""

import tempfile
import threading
from pathlib import Path

from local.github.git import GitRepository


class GitStore:
    """The repositories by number, in a folder that is there from the first one until `close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._kept: dict[int, GitRepository] = {}

    def add(self, number: int) -> GitRepository:
        """A new repository without a commit; raises OSError where there is no `git` command."""
        with self._lock:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="github-")
            folder = Path(self._folder.name) / f"{number}.git"
        made = GitRepository(folder)
        with self._lock:
            self._kept[number] = made
        return made

    def get(self, number: int) -> GitRepository | None:
        """The git repository of a repository's number."""
        with self._lock:
            return self._kept.get(number)

    def close(self) -> None:
        """Remove them all."""
        with self._lock:
            if self._folder is not None:
                self._folder.cleanup()
            self._folder = None
            self._kept.clear()
