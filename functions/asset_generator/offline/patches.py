"""What the changed lines prove: tests, options, definitions, versions that a pull request added."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from shared.domain.pull_request import ChangedFile

_LINES = 4000
_LONGEST_LINE = 200
_BROKEN = "\ufffd"
_NO_DEPENDENCIES = frozenset({"edition", "name", "node", "npm", "python", "rust-version", "version"})


class Fact(NamedTuple):
    """A thing that a line of a file's patch names; `quote` is that line as it stands without its sign."""

    name: str
    path: str
    quote: str


class Requirement(NamedTuple):
    """A dependency whose version an added line states; `before` and `former`, the line that gave way, may be empty."""

    name: str
    version: str
    path: str
    quote: str
    before: str = ""
    former: str = ""


def tests(file: ChangedFile) -> tuple[Fact, ...]:
    """The tests that the patch of a test file adds."""
    return _new(file, _compiled("tests"))


def definitions(file: ChangedFile) -> tuple[Fact, ...]:
    """The public classes and functions that the patch adds, without those that it only moves or rewrites."""
    ending = PurePosixPath(file.path).suffix.lower()
    patterns = _definitions().get(_data()["same_definitions"].get(ending, ending), ())
    return _new(file, patterns, unindented=True)


def options(file: ChangedFile) -> tuple[Fact, ...]:
    """The command line options that the patch adds."""
    return _new(file, _compiled("options"))


def variables(file: ChangedFile) -> tuple[Fact, ...]:
    """The environment variables that the patch begins to read or set."""
    return _new(file, _compiled("variables"))


def headings(file: ChangedFile) -> tuple[Fact, ...]:
    """The sections that the patch adds to a Markdown document."""
    return _new(file, _compiled("headings"))


def requirements(file: ChangedFile) -> tuple[Requirement, ...]:
    """The dependencies whose version the patch of a manifest or workflow states anew."""
    before = {name: (version, line) for name, version, line in _versions(_lines(file, "-"))}
    found: dict[str, Requirement] = {}
    for name, version, line in _versions(_lines(file, "+")):
        former = before.get(name, ("", ""))
        if former[0] != version and name not in _NO_DEPENDENCIES:
            found.setdefault(name, Requirement(name, version, file.path, line, *former))
    return tuple(found.values())


def changelog_lines(file: ChangedFile) -> tuple[str, ...]:
    """The lines that the patch adds to a changelog, as they stand; empty for any other file."""
    if not re.search(_data()["changelogs"], file.path.lower()):
        return ()
    return tuple(line[1:] for line in _signed(file, "+"))


def comments(file: ChangedFile) -> tuple[tuple[str, ...], ...]:
    """The added comments of whole lines: the text behind the sign, neighbouring lines together."""
    found: list[tuple[str, ...]] = []
    block: list[str] = []
    for line in islice((file.patch or "").split("\n"), _LINES):
        match = re.match(r"\+\s*(?://+|#+|--|\*)\s+(\S.*)", line)
        if match:
            block.append(match[1])
        elif block:
            found.append(tuple(block))
            block = []
    return (*found, tuple(block)) if block else tuple(found)


def is_recoded(file: ChangedFile) -> bool:
    """Whether the patch takes away bytes that are not UTF-8 and brings in none: GitHub shows them as U+FFFD."""
    removed = any(_BROKEN in line for line in _signed(file, "-"))
    return removed and not any(_BROKEN in line for line in _signed(file, "+"))


def is_quotable(line: str) -> bool:
    """Whether a line can stand as evidence: short, readable, with a word in it."""
    return 2 < len(line) <= _LONGEST_LINE and _BROKEN not in line and any(each.isalpha() for each in line)  # noqa: PLR2004


def _new(file: ChangedFile, patterns: tuple[re.Pattern[str], ...], *, unindented: bool = False) -> tuple[Fact, ...]:
    """What the added lines name and the removed ones do not, each once."""
    known = {name for line in _signed(file, "-") for name in _names(line[1:].strip(), patterns)}
    found: dict[str, Fact] = {}
    for line in _signed(file, "+"):
        if unindented and line[1:2].isspace():
            continue
        quote = line[1:].strip()
        for name in _names(quote, patterns):
            if name not in known and name not in found and is_quotable(quote):
                found[name] = Fact(name, file.path, quote)
    return tuple(found.values())


def _names(line: str, patterns: tuple[re.Pattern[str], ...]) -> Iterator[str]:
    if len(line) > _LONGEST_LINE:
        return
    for pattern in patterns:
        match = pattern.search(line)
        if match is not None:
            yield match["name"].strip()
            return


def _versions(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Name and version of each dependency that a line states, and the line."""
    for line in lines:
        for pattern in _compiled("requirements"):
            match = pattern.search(line)
            if match is not None:
                yield match["name"], match.groupdict().get("tag") or match["version"], line
                break


def _lines(file: ChangedFile, sign: str) -> Iterator[str]:
    """The added or removed lines that can be quoted, without sign and margin."""
    return (line[1:].strip() for line in _signed(file, sign) if is_quotable(line[1:].strip()))


def _signed(file: ChangedFile, sign: str) -> Iterator[str]:
    """The lines of the patch that begin with `sign`, of a long patch the first ones."""
    return (line for line in islice((file.patch or "").split("\n"), _LINES) if line.startswith(sign))


@cache
def _compiled(name: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in _data()[name])


@cache
def _definitions() -> dict[str, tuple[re.Pattern[str], ...]]:
    return {ending: tuple(map(re.compile, patterns)) for ending, patterns in _data()["definitions"].items()}


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(__file__).with_name("patches.json").read_text("utf-8"))
    return data
