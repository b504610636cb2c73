"""Copies of the project in a temporary folder: guards are taken away there and never in the working tree."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.mutants.mutant import Mutant

_NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".local", ".*_cache", ".hypothesis", ".terraform", "build")


class Tree:
    """A copy of the project at `root`."""

    def __init__(self, project: Path, root: Path) -> None:
        self._project = project
        self.root = root

    @classmethod
    def copied(cls, project: Path, root: Path) -> "Tree":
        """A new copy, without what is not the project's own."""
        shutil.copytree(project, root, ignore=_NOT_COPIED)
        return cls(project, root)

    @contextmanager
    def without(self, mutant: Mutant) -> Iterator[None]:
        """The copy lacks the mutant's guard inside the block; raises `DoesNotApplyError` when it has none like that."""
        file, original = self.root / mutant.file, self._project / mutant.file
        mutated = mutant.applied(original.read_text("utf-8"))
        try:
            file.write_text(mutated, "utf-8")
            _forget(file)
            yield
        finally:
            shutil.copy2(original, file)
            _forget(file)


def _forget(file: Path) -> None:
    """Drop what Python keeps of a module: two texts of one length and one second would look the same to it."""
    for kept in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
        kept.unlink()
