"""Guards: which checks of who may do something does the change take away without putting them elsewhere?"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from functions.agent_runner.offline.hit import Hit, Rule, listed
from functions.agent_runner.offline.source import ReadLine, Source

_REMOVED = Rule(
    "guard_removed",
    "high",
    "Check of sign-in or permission removed",
    "make sure that somebody else asks the same question before this runs.",
)
_READ = frozenset({"source", "infrastructure", "scripts", "templates", "settings"})
_DEFINITION = re.compile(
    r"^\s*(?:export\s+|public\s+|private\s+|async\s+|pub\s+|static\s+)*(?:def|class|func|fn|function)\s"
)


def hits(sources: Sequence[Source]) -> Iterator[Hit]:
    """Checks that stood in removed lines and stand in no added one; not those that go with what they guarded.

    A check that goes in many files is told of once.
    """
    read = [source for source in sources if source.group in _READ and source.language]
    come = {name for source in read for line in source.lines if line.sign == "+" for name in _named(line)}
    gone: dict[str, list[tuple[str, ReadLine]]] = defaultdict(list)
    for source in read:
        for line in _unguarded(source):
            for name in _named(line):
                if name not in come:
                    gone[name].append((source.path, line))
    for places in gone.values():
        path, line = places[0]
        others = list(dict.fromkeys(other for other, _ in places if other != path))
        rule = replace(_REMOVED, detail=f"{_REMOVED.detail} It goes from {listed(others)} too.") if others else _REMOVED
        yield Hit(rule, path, line.number, line.raw.strip())


def _unguarded(source: Source) -> Iterator[ReadLine]:
    """The removed lines of a file that stays, without the functions that are removed whole."""
    if source.file.status == "removed":
        return
    for run in _runs(source):
        for index, line in enumerate(run):
            if not _is_of_removed(run, index):
                yield line


def _is_of_removed(run: list[ReadLine], index: int) -> bool:
    """Whether a line stands in a function that is removed, or is a decorator of one."""
    depth = _depth(run[index])
    for line in reversed(run[:index]):
        if line.code.strip() and _depth(line) < depth:
            if _DEFINITION.match(line.code):
                return True
            depth = _depth(line)
    following = (line.code for line in run[index:] if not line.code.lstrip().startswith(("@", "[", "#[")))
    return run[index].code.lstrip().startswith(("@", "[")) and _DEFINITION.match(next(following, "")) is not None


def _depth(line: ReadLine) -> int:
    return len(line.raw) - len(line.raw.lstrip())


def _named(line: ReadLine) -> tuple[str, ...]:
    """The checks that a line makes, by name; to bring a name in is no check."""
    if re.match(r"\s*(?:import|from|use|using|require|const .*require)\b", line.code):
        return ()
    return tuple(match[0].lower().strip("@[({%! -") for match in _pattern().finditer(line.code))


def _runs(source: Source) -> Iterator[list[ReadLine]]:
    """Removed lines that stand together."""
    for lines in source.hunks:
        run: list[ReadLine] = []
        for line in lines:
            if line.sign == "-":
                run.append(line)
            elif run:
                yield run
                run = []
        if run:
            yield run


@cache
def _pattern() -> re.Pattern[str]:
    data = json.loads(Path(__file__).with_name("guards.json").read_text("utf-8"))
    return re.compile("|".join(data["checks"]), re.IGNORECASE)
