"""Path groups: to which part of a code base does a path belong, tests, documentation, lock files or source?"""

import json
import re
from functools import cache
from pathlib import Path

SOURCE = "source"


def group_of(path: str) -> str:
    """The kind of part that a path belongs to: `tests`, `documentation`, `lock` …, else `source`."""
    lowered = path.lower()
    return next((group for group, pattern in _rules() if pattern.search(lowered)), SOURCE)


@cache
def _rules() -> tuple[tuple[str, re.Pattern[str]], ...]:
    data = json.loads(Path(__file__).with_name("path_groups.json").read_text("utf-8"))
    return tuple((group, re.compile(pattern)) for group, pattern in data["rules"])
