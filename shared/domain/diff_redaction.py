"""Redaction of a diff: what may be read, sent or quoted of it, and where did its secrets stand?"""

from dataclasses import replace
from typing import NamedTuple

from shared.domain.diff import Diff, DiffFile, Hunk, Line
from shared.domain.redaction import redact, redact_patch, secret_lines
from shared.domain.text import normalise


class SecretPlace(NamedTuple):
    """A secret that the diff adds: never its value. `line` is its number in the new file.

    `likely` is False for what is kept out to be on the safe side.
    """

    path: str
    line: int
    kind: str
    likely: bool = True


class RedactedDiff(NamedTuple):
    """A diff without secrets, in paths without hidden characters; `redacted` tells that it had any."""

    diff: Diff
    places: tuple[SecretPlace, ...]
    redacted: bool


def redact_diff(diff: Diff) -> RedactedDiff:
    """The diff without the secrets in its lines and paths, and the places of those that it adds."""
    files, places, redacted = [], list[SecretPlace](), False
    for file in diff.files:
        patch = _patch(file)
        clean = redact_patch(patch).text
        named = replace(file, path=_name(file.path), previous_path=file.previous_path and _name(file.previous_path))
        if clean != patch:
            redacted = True
            places += _places(named, patch)
            named = replace(named, hunks=_hunks(file, clean))
        files.append(named)
    return RedactedDiff(replace(diff, files=tuple(files)), tuple(places), redacted or _any_name(diff))


def _any_name(diff: Diff) -> bool:
    return any(redact(file.path).count for file in diff.files)


def _name(path: str) -> str:
    return " ".join(normalise(redact(path).text).split("\n"))


def _patch(file: DiffFile) -> str:
    """The hunks as one text, each after a head that is no text to search."""
    lines = (line for hunk in file.hunks for line in (_head(hunk), *hunk.lines))
    return "\n".join(lines)


def _head(hunk: Hunk) -> str:
    return f"@@ -{hunk.old_start} +{hunk.new_start} @@ {hunk.heading}"


def _hunks(file: DiffFile, patch: str) -> tuple[Hunk, ...]:
    """The file's hunks with the lines of a patch that has as many."""
    lines = patch.split("\n")
    hunks, position = list[Hunk](), 0
    for hunk in file.hunks:
        end = position + 1 + len(hunk.lines)
        heading = lines[position].partition(" @@ ")[2]
        hunks.append(replace(hunk, heading=heading, lines=tuple(lines[position + 1 : end])))
        position = end
    return tuple(hunks)


def _places(file: DiffFile, patch: str) -> list[SecretPlace]:
    found = secret_lines(patch)
    lines: list[Line | None] = []
    for hunk in file.hunks:
        lines += [None, *hunk.numbered()]
    told = ((line, found[index]) for index, line in enumerate(lines) if line and index in found)
    return [SecretPlace(file.path, line.new, *secret) for line, secret in told if line.sign == "+"]
