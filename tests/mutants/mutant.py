"""A mutant: the project without one guard, and the tests that must notice."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

GUARDS = Path(__file__).with_name("guards")


class DoesNotApplyError(ValueError):
    """The text that a mutant replaces is not in its file exactly once."""


@dataclass(frozen=True)
class Mutant:
    """One guard and how to take it away; `file` and `tests` are paths from the project's root."""

    name: str
    guard: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def applied(self, text: str) -> str:
        """The file's text without the guard; raises `DoesNotApplyError` when that is not one exact place."""
        if (count := text.count(self.old)) != 1:
            raise DoesNotApplyError(f"{self.name}: its text stands {count} times in {self.file}, not once")
        if self.old == self.new:
            raise DoesNotApplyError(f"{self.name}: it changes nothing")
        return text.replace(self.old, self.new)


def read_mutants(folder: Path = GUARDS) -> tuple[Mutant, ...]:
    """Every mutant there is; raises ValueError for a name that stands twice, TypeError for a field that is missing."""
    found: dict[str, Mutant] = {}
    for path in sorted(folder.glob("*.toml")):
        for name, fields in tomllib.loads(path.read_text("utf-8")).items():
            if name in found:
                raise ValueError(f"{name} stands twice")
            found[name] = Mutant(name=name, **{**fields, "tests": tuple(fields["tests"])})
    return tuple(found.values())
