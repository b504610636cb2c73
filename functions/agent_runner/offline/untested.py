"""Tests: is code changed without any, and do tests go that nobody replaces?"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from functions.agent_runner.offline.hit import Hit, Rule, listed
from functions.agent_runner.offline.source import ReadLine, Source
from shared.domain.diff import DiffFile
from shared.domain.path_groups import SOURCE, group_of

_TESTS = "tests"
_NEVER = re.compile("(?!)")
_FEWEST, _MANY = 5, 40
_TELLING = re.compile(r"^[^A-Za-z_$]*+[A-Za-z_$].*?[(=:+\-*/<>\[]|\b(?:return|await)\b")


def hits(sources: Sequence[Source], files: Iterable[DiffFile]) -> Iterator[Hit]:
    """Code without tests, a finding for each language, and tests that are gone."""
    yield from _without_tests(sources)
    yield from _gone(sources, files)


def _without_tests(sources: Sequence[Source]) -> Iterator[Hit]:
    tested = {source.language.name for source in sources if source.language and _is_tested(source)}
    data_of_tests = any(source.group == _TESTS and not (source.language and source.language.code) for source in sources)
    changed: dict[str, list[tuple[int, Source, int]]] = defaultdict(list)
    for source in sources:
        if source.group == SOURCE and source.language and source.language.code:
            lines = [line for line in source.fresh if _is_code(line, source.language.name)]
            if lines:
                changed[source.language.name].append((len(lines), source, lines[0].number))
    for language, parts in sorted(changed.items()):
        count = sum(part[0] for part in parts)
        if count >= _FEWEST and language not in tested and not data_of_tests:
            _, source, line = max(parts, key=lambda part: (part[0], part[1].path))
            yield Hit(_rule(count, [part[1].path for part in parts]), source.path, line)


def _rule(count: int, paths: Sequence[str]) -> Rule:
    where = f"in {listed(paths)}" if len(paths) > 1 else "here"
    detail = f"{count} new lines of code {where}, and no test of that language changes with them."
    return Rule("untested", "medium" if count >= _MANY else "low", "Changed code without tests", detail)


def _is_tested(source: Source) -> bool:
    """Whether the file is a test that is changed, or holds one beside its code, as in Rust."""
    if source.group == _TESTS:
        return any(line.sign == "+" for line in source.lines)
    beside = _pattern("inline", source.language.name) if source.language else _NEVER
    return any(beside.search(line.code) for line in source.fresh)


def _is_code(line: ReadLine, language: str) -> bool:
    """Whether a line does something: an import, a brace or the head of a block does not."""
    return _TELLING.search(line.code) is not None and not _pattern("imports", language).match(line.code)


def _gone(sources: Sequence[Source], files: Iterable[DiffFile]) -> Iterator[Hit]:
    """The tests whose names are taken away and come nowhere again."""
    come = {name for source in sources for line in source.lines if line.sign == "+" for name in _names(line, source)}
    code_goes = any(file.status == "removed" and group_of(file.path) == SOURCE for file in files)
    for source in sources:
        lines = [line for line in source.lines if line.sign == "-" and source.group == _TESTS]
        removed = {name: line for line in lines for name in _names(line, source) if name not in come}
        if removed:
            weak = code_goes or len(come) >= len(removed)  # with the code, or under another name
            told = "are gone, and nothing of those names comes" if len(removed) > 1 else "is gone"
            detail = f"{listed(removed)} {told}; make sure that what it guarded still is."
            title = "Test removed" if len(removed) == 1 else f"{len(removed)} tests removed"
            line = next(iter(removed.values()))
            yield Hit(Rule("test_removed", "info" if weak else "medium", title, detail), source.path, line.number)


def _names(line: ReadLine, source: Source) -> tuple[str, ...]:
    """The tests that a line defines."""
    pattern = _pattern("names", source.language.name) if source.language else _NEVER
    return tuple(match["name"] for match in pattern.finditer(line.text))


@cache
def _pattern(kind: str, language: str) -> re.Pattern[str]:
    return re.compile(_data()[kind].get(language, "(?!)"))


@cache
def _data() -> dict[str, dict[str, str]]:
    data: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("untested.json").read_text("utf-8"))
    return data
