"""Path rules: what follows from the path of a file, by patterns that are data.

A pattern without "/" is a file's name, one with it the end of the path: `*` stands for anything but "/" and `**` for
anything. Case does not matter.
"""

import re
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_T = TypeVar("_T")
_MOST_DOTS = 3


@dataclass(frozen=True, slots=True)
class PathRules(Generic[_T]):
    """What follows from a path: by the file's whole name, by its endings, or by a pattern."""

    names: dict[str, list[_T]] = field(default_factory=dict)
    endings: dict[str, list[_T]] = field(default_factory=dict)
    patterns: list[tuple[re.Pattern[str], _T]] = field(default_factory=list)

    def add(self, pattern: str, item: _T) -> None:
        """Let `item` follow from the paths that match `pattern`."""
        pattern = pattern.lower()
        if "/" not in pattern and "*" not in pattern:
            self.names.setdefault(pattern, []).append(item)
        elif "/" not in pattern and pattern.startswith("*.") and "*" not in pattern[1:]:
            self.endings.setdefault(pattern[1:], []).append(item)
        else:
            self.patterns.append((_compiled(pattern), item))

    def follow(self, path: str) -> tuple[_T, ...]:
        """Every item that follows from `path`, each once."""
        lower = path.lower()
        name = lower.rpartition("/")[2]
        parts = name.rsplit(".", _MOST_DOTS)
        found = list(self.names.get(name, ()))
        for index in range(1, len(parts)):
            found += self.endings.get("." + ".".join(parts[index:]), ())
        found += (item for pattern, item in self.patterns if pattern.fullmatch(lower))
        return tuple(dict.fromkeys(found))


def _compiled(pattern: str) -> re.Pattern[str]:
    body = "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in re.split(r"(\*+)", pattern))
    return re.compile(rf"(?:.*/)?{body}", re.DOTALL)
