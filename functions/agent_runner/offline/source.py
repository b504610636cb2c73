"""A changed file as a reviewer reads it: which of its lines are new, and what in them is code, text or comment?"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from shared.domain.diff import Diff, DiffFile, Hunk, Line, Sign
from shared.domain.path_groups import group_of

_LONGEST_LINE = 1_000
_SHORTEST_MOVED = 4
_CONSOLE = re.compile(r">>>|\.\.\. |\$ ")


@dataclass(frozen=True)
class Language:
    """How the files of a language are read; `code` tells whether a change of it wants a test."""

    name: str
    comment: str
    strings: str
    blocks: tuple[str, ...]
    code: bool


class ReadLine(NamedTuple):
    """A line: `code` has neither comments nor what strings hold, `text` has the strings, `comment` the comment alone.

    `number` is its place in the new file, of a removed line that of the line which follows it there. `fresh` tells
    that the diff adds it and takes no such line away elsewhere.
    """

    sign: Sign
    raw: str
    code: str
    text: str
    comment: str
    number: int
    fresh: bool


class _Parts(NamedTuple):
    """`after` ends the comment of several lines in which the next line stands."""

    code: str
    text: str
    comment: str
    after: str


@dataclass(frozen=True)
class Source:
    """A file with its lines, hunk by hunk."""

    file: DiffFile
    group: str
    language: Language | None
    hunks: tuple[tuple[ReadLine, ...], ...]

    @property
    def path(self) -> str:
        """Where it stands after the change."""
        return self.file.path

    @property
    def lines(self) -> Iterator[ReadLine]:
        """The lines of all hunks."""
        return (line for hunk in self.hunks for line in hunk)

    @property
    def fresh(self) -> Iterator[ReadLine]:
        """The lines that are new in the whole diff."""
        return (line for line in self.lines if line.fresh)


def read(diff: Diff, files: Iterable[DiffFile]) -> tuple[Source, ...]:
    """Some files of a diff, read with regard to what all of it takes away."""
    gone = Counter(_bare(line[1:]) for file in diff.files for line in _starting(file, "-"))
    come = Counter(_bare(line[1:]) for file in diff.files for line in _starting(file, "+"))
    moved = {text for text in gone if come[text] and gone[text] >= come[text] and len(text) >= _SHORTEST_MOVED}
    return tuple(_read(file, moved) for file in files)


def language_of(path: str) -> Language | None:
    """The language of a file by its name, None for one that is not known."""
    name = PurePosixPath(path.lower()).name
    named = _by_name().get(name.partition(".")[0]) if name.startswith("dockerfile") else None
    return named or _by_ending().get(name.rpartition(".")[2])


def _starting(file: DiffFile, sign: str) -> Iterator[str]:
    return (line for hunk in file.hunks for line in hunk.lines if line.startswith(sign))


def _bare(line: str) -> str:
    return "".join(line[:_LONGEST_LINE].split())


def _read(file: DiffFile, moved: set[str]) -> Source:
    language = language_of(file.path)
    hunks = tuple(tuple(_lines(hunk, file, language, moved)) for hunk in file.hunks)
    return Source(file, group_of(file.path), language, hunks)


def _lines(hunk: Hunk, file: DiffFile, language: Language | None, moved: set[str]) -> Iterator[ReadLine]:
    """The lines of a hunk, with a thought for comments that began in one of them."""
    inside = ""
    last = hunk.new_start + sum(not line.startswith("-") for line in hunk.lines) - 1
    following = hunk.new_start
    for line in hunk.numbered():
        raw = line.text[:_LONGEST_LINE]
        parts = _parted(raw, language, inside)
        inside = inside if line.sign == "-" else parts.after
        following = line.new + 1 if line.new else following
        number = _place(line, file, min(following, last))
        fresh = line.sign == "+" and _bare(raw) not in moved
        yield ReadLine(line.sign, raw, parts.code, parts.text, parts.comment, number, fresh)


def _place(line: Line, file: DiffFile, following: int) -> int:
    if file.status == "removed":
        return line.old
    return line.new or max(following, 0)


def _parted(raw: str, language: Language | None, inside: str) -> _Parts:
    if language is None:
        return _Parts(raw, raw, "", "")
    if inside:
        hidden, found, rest = raw.partition(inside)
        if not found:
            return _Parts("", "", raw, inside)
        parts = _parted(rest, language, "")
        return parts._replace(comment=hidden + parts.comment)
    if _CONSOLE.match(raw.lstrip()) and language.name == "python":
        return _Parts("", "", raw, "")
    code, text, comment, after, end = "", "", "", "", 0
    for match in _tokens(language.name).finditer(raw):
        between, token, end = raw[end : match.start()], match[0], match.end()
        opening = next((each for each in language.blocks if token.startswith(each)), "")
        is_comment = bool(opening) or bool(language.comment and token.startswith(language.comment))
        code += between + ("" if is_comment else token[0] * 2)
        text += between + ("" if is_comment else token)
        comment += token if is_comment else ""
        if opening and (len(token) < 2 * len(opening) or not token.endswith(_closing(opening))):
            after = _closing(opening)
    return _Parts(code + raw[end:], text + raw[end:], comment, after)


@cache
def _tokens(name: str) -> re.Pattern[str]:
    """Comments and strings of a language, each to its end or to the end of the line."""
    language = _languages()[name]
    forms = [rf"{re.escape(opening)}.*?(?:{re.escape(_closing(opening))}|\Z)" for opening in language.blocks]
    forms += [rf"{quote}(?:[^{quote}\\]|\\.)*+(?:{quote}|\Z)" for quote in language.strings]
    if language.comment:
        before = r"(?<![^\s;,(){}\[\]])" if language.comment in ("#", "--") else r"(?<!:)"
        forms.append(rf"{before}{re.escape(language.comment)}.*")
    return re.compile("|".join(forms) or r"(?!)")


def _closing(opening: str) -> str:
    return "*/" if opening == "/*" else opening


@cache
def _languages() -> dict[str, Language]:
    return {
        name: Language(name, each["comment"], each["strings"], tuple(each["blocks"]), each["code"])
        for name, each in _data().items()
    }


@cache
def _by_ending() -> dict[str, Language]:
    return {ending: _languages()[name] for name, each in _data().items() for ending in each["endings"]}


@cache
def _by_name() -> dict[str, Language]:
    return {known: _languages()[name] for name, each in _data().items() for known in each.get("names", ())}


@cache
def _data() -> dict[str, Any]:
    data = json.loads(Path(__file__).with_name("languages.json").read_text("utf-8"))
    languages: dict[str, Any] = data["languages"]
    return languages
