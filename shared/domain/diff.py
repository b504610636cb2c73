"""A diff as GitHub answers it: which lines of which files does it add, remove and show?

https://git-scm.com/docs/git-diff#_generating_patch_text_with_p
Its bytes come from strangers. What a line is follows from the counts in the head of its hunk, never from its looks.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple

from shared.domain.pull_request import FileStatus

Sign = Literal["+", "-", " "]
EXECUTABLE, LINK, SUBMODULE = "100755", "120000", "160000"
_START = "diff --git "
_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.*)", re.DOTALL)
_BINARY = re.compile(r"Binary files .* differ\r?\Z|GIT binary patch\r?\Z", re.DOTALL)
_MODE = re.compile(r"(old mode|new mode|new file mode|deleted file mode) (\d{6})\r?\Z")
_INDEX = re.compile(r"index [0-9a-f]+\.\.[0-9a-f]+ (\d{6})\r?\Z")
_NAME = re.compile(r"(rename from|rename to|copy from|copy to|---|\+\+\+) (.*)", re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPED = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}
_NOWHERE = "/dev/null"
_NO_NEWLINE = "\\"
_SIGNS = ("+", "-", " ", "", _NO_NEWLINE)
_MODIFIED: FileStatus = "modified"
_OF_MODE: Mapping[str, FileStatus] = {"new file mode": "added", "deleted file mode": "removed"}


class Line(NamedTuple):
    """A line of a hunk; `old` and `new` are its numbers, 0 in the file that does not have it."""

    sign: Sign
    text: str
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Hunk:
    """Neighbouring lines, each with its sign before it; `heading` is what git shows of the place around them."""

    old_start: int
    new_start: int
    heading: str
    lines: tuple[str, ...]

    def numbered(self) -> Iterator[Line]:
        """Its lines with their numbers, without carriage returns at their ends."""
        old, new = self.old_start, self.new_start
        for line in self.lines:
            text = line[1:].removesuffix("\r")
            if line.startswith("+"):
                yield Line("+", text, 0, new)
                new += 1
            elif line.startswith("-"):
                yield Line("-", text, old, 0)
                old += 1
            else:
                yield Line(" ", text, old, new)
                old, new = old + 1, new + 1


@dataclass(frozen=True)
class DiffFile:
    """A changed file; `damaged` tells that its hunks do not hold as many lines as they announce.

    `mode` is the new one, of a removed file the old one, as git writes it, and empty where the diff does not tell.
    """

    path: str
    previous_path: str | None = None
    status: FileStatus = "modified"
    mode: str = ""
    previous_mode: str = ""
    binary: bool = False
    damaged: bool = False
    hunks: tuple[Hunk, ...] = ()

    @property
    def lines(self) -> Iterator[Line]:
        """The lines of all hunks, in order."""
        return (line for hunk in self.hunks for line in hunk.numbered())

    @cached_property
    def additions(self) -> int:
        """How many lines it adds."""
        return sum(line.startswith("+") for hunk in self.hunks for line in hunk.lines)

    @cached_property
    def deletions(self) -> int:
        """How many lines it removes."""
        return sum(line.startswith("-") for hunk in self.hunks for line in hunk.lines)

    @cached_property
    def size(self) -> int:
        """How many characters its hunks have."""
        return sum(len(line) + 1 for hunk in self.hunks for line in hunk.lines)


@dataclass(frozen=True)
class Diff:
    """Everything that a pull request changes; `damaged` tells of bytes that belong to no file."""

    files: tuple[DiffFile, ...] = ()
    damaged: bool = False

    @cached_property
    def additions(self) -> int:
        """How many lines all files add."""
        return sum(file.additions for file in self.files)

    @cached_property
    def deletions(self) -> int:
        """How many lines all files remove."""
        return sum(file.deletions for file in self.files)


def parse(data: bytes) -> Diff:
    """The diff under bytes of `application/vnd.github.diff`; what is not UTF-8 in them becomes U+FFFD. Never raises."""
    lines = data.decode("utf-8", "replace").split("\n")
    if not lines[-1]:
        lines.pop()
    files: list[DiffFile] = []
    position = _next_file(lines, 0)
    damaged = position > 0
    while position < len(lines):
        file, position = _file(lines, position)
        if file is None:
            damaged = True
        else:
            files.append(file)
        position = _next_file(lines, position)
    return Diff(tuple(files), damaged)


def _next_file(lines: list[str], position: int) -> int:
    """Where the next file starts: no line of a hunk can look like this, each has a sign before it."""
    while position < len(lines) and not lines[position].startswith(_START):
        position += 1
    return position


def _file(lines: list[str], position: int) -> tuple[DiffFile | None, int]:
    """The file that starts here, or None where its name can't be read; and where what follows its hunks starts."""
    file, position = _head(lines, position)
    hunks: list[Hunk] = []
    damaged = False
    while not (file and file.binary) and position < len(lines) and not lines[position].startswith(_START):
        found, position = _hunk(lines, position)
        if found is None:
            damaged = True
            break
        hunks.append(found)
    return (file and replace(file, hunks=tuple(hunks), damaged=damaged)), position


def _head(lines: list[str], position: int) -> tuple[DiffFile | None, int]:
    """What stands before the first hunk; of the lines that tell a name the last one holds."""
    names, status, modes, binary = _names_of(lines[position]), _MODIFIED, dict[str, str](), False
    position += 1
    while position < len(lines) and not binary and not lines[position].startswith((_START, "@@ ")):
        line = lines[position]
        if found := _NAME.fullmatch(line):
            names, status = _renamed(found[1], found[2], names, status)
        elif found := _MODE.fullmatch(line):
            modes[found[1]] = found[2]
            status = _OF_MODE.get(found[1], status)
        elif found := _INDEX.fullmatch(line):
            modes["new mode"] = found[1]
        binary = _BINARY.fullmatch(line) is not None
        position += 1
    if names is None:
        return None, position
    before = modes.get("old mode") or modes.get("deleted file mode", "")
    return DiffFile(
        path=names[0] if status == "removed" else names[1],
        previous_path=names[0] if status in ("renamed", "copied") else None,
        status=status,
        mode=modes.get("new mode") or modes.get("new file mode", before),
        previous_mode=before,
        binary=binary,
    ), position


def _renamed(
    keyword: str, name: str, names: tuple[str, str] | None, status: FileStatus
) -> tuple[tuple[str, str] | None, FileStatus]:
    """The names and the status after one more line of the head."""
    old, new = names or ("", "")
    if keyword in ("---", "+++"):
        path = _unquoted(name.removesuffix("\r").removesuffix("\t"))
        if path == _NOWHERE:
            return names, "added" if keyword == "---" else "removed"
        path = path[2:]  # a/ or b/
    else:
        path = _unquoted(name)
        status = "renamed" if keyword.startswith("rename") else "copied"
    return ((path, new or path) if keyword in ("---", "rename from", "copy from") else (old or path, path)), status


def _names_of(line: str) -> tuple[str, str] | None:
    """Both names in `diff --git a/x b/x`: they are the same there, or other lines tell them."""
    told = line.removeprefix(_START)
    if told.startswith('"'):
        end = re.match(r'"(?:[^"\\]|\\.)*+"', told)
        name = _unquoted(end[0])[2:] if end else ""
        return (name, name) if name else None
    half = (len(told) - 1) // 2
    name = told[2:half]
    return (name, name) if name and told == f"a/{name} b/{name}" else None


def _unquoted(name: str) -> str:
    """A name as it is, where git has put one with odd characters between quotes."""
    if len(name) < len('""') or not (name.startswith('"') and name.endswith('"')):
        return name
    raw = name[1:-1].encode("utf-8", "replace")
    return _ESCAPE.sub(_character, raw).decode("utf-8", "replace")


def _character(escape: re.Match[bytes]) -> bytes:
    told = escape[1]
    return bytes([int(told, 8) & 0xFF]) if len(told) > 1 else _ESCAPED.get(told, told)


def _hunk(lines: list[str], position: int) -> tuple[Hunk | None, int]:
    """The hunk whose head stands here, None where there is none or its lines are not as many as it says."""
    head = _HUNK.fullmatch(lines[position])
    if head is None:
        return None, position
    old_left, new_left = (int(1 if count is None else count) for count in (head[2], head[4]))
    position += 1
    kept: list[str] = []
    while (old_left or new_left) and position < len(lines):
        line = lines[position]
        sign = line[:1]
        old_left -= sign in (" ", "-", "")
        new_left -= sign in (" ", "+", "")
        if sign not in _SIGNS or old_left < 0 or new_left < 0:
            return None, position
        if sign != _NO_NEWLINE:
            kept.append(line)
        position += 1
    if old_left or new_left:
        return None, position
    if lines[position : position + 1] and lines[position].startswith(_NO_NEWLINE):
        position += 1
    return Hunk(int(head[1]), int(head[3]), head[5], tuple(kept)), position
