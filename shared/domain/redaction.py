"""Redaction: how are secrets taken out of text before anything is stored, logged or sent to a model?"""

import bisect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.domain.pull_request import ChangedFile, PullRequest
from shared.domain.secret_search import find_secrets
from shared.domain.secret_values import MARKER, is_likely
from shared.domain.text_view import Span, View, joined, patch_sides, view_of

__all__ = ["MARKER", "Redacted", "redact", "redact_patch", "redact_pull", "secret_lines"]

_MAX_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without its secrets, how many there were, and the kinds of them in alphabetical order."""

    text: str
    count: int = 0
    kinds: tuple[str, ...] = ()


def redact(text: str) -> Redacted:
    """The text with `MARKER` in the place of each secret; redacting twice changes nothing."""
    return _redact(text, patch=False)


def redact_patch(patch: str) -> Redacted:
    """A patch or a whole diff without its secrets, also those that stand in several of its lines.

    The first column, the positions of the hunks and the number of lines stay what they were.
    """
    return _redact(patch, patch=True)


def secret_lines(patch: str) -> dict[int, tuple[str, bool]]:
    """Which lines of a patch secrets begin in, counted from 0: the kind of the first in each, and if it is likely one.

    Redaction rather takes too much; what only looks like a secret is not worth a word to a reader.
    """
    ends = [match.start() for match in re.finditer("\n", patch)]
    found: dict[int, tuple[str, bool]] = {}
    for view in _views(patch, patch=True):
        for finding in find_secrets(view.text):
            start, _ = next(view.originals(finding.start, finding.end))
            told = finding.kind, is_likely(finding.kind, view.text[finding.start : finding.end])
            found.setdefault(bisect.bisect_left(ends, start), told)
    return found


def redact_pull(pull: PullRequest) -> PullRequest:
    """The pull request without secrets in title, body, commits, paths and patches; `redacted` tells of any."""
    commits = tuple(commit.model_copy(update={"message": redact(commit.message).text}) for commit in pull.commits)
    changes = {
        "title": redact(pull.title).text,
        "body": redact(pull.body).text,
        "commits": commits,
        "files": tuple(map(_redact_file, pull.files)),
    }
    clean = pull.model_copy(update=changes)
    return clean if clean == pull else clean.model_copy(update={"redacted": True})


def _redact_file(file: ChangedFile) -> ChangedFile:
    changes = {
        "path": redact(file.path).text,
        "previous_path": file.previous_path and redact(file.previous_path).text,
        "patch": file.patch and redact_patch(file.patch).text,
    }
    return file.model_copy(update=changes)


def _redact(text: str, *, patch: bool) -> Redacted:
    """Search and replace until nothing is found: what stood beside a secret may be one by itself."""
    count, kinds = 0, set[str]()
    for _ in range(_MAX_ROUNDS):
        found = [(kind, spans) for view in _views(text, patch=patch) for kind, spans in _found(view)]
        if not found:
            break
        count += len({spans[0] for _, spans in found})
        kinds.update(kind for kind, _ in found)
        text = _replaced(text, (span for _, spans in found for span in spans), line_by_line=patch)
    return Redacted(text, count, tuple(sorted(kinds)))


def _views(text: str, *, patch: bool) -> Iterator[View]:
    """What is searched: the text or both sides of the patch, and each with its broken values put together."""
    for view in patch_sides(text) if patch else [view_of(text, [(0, len(text))])]:
        yield view
        yield joined(text, view)


def _found(view: View) -> Iterator[tuple[str, tuple[Span, ...]]]:
    for finding in find_secrets(view.text):
        yield finding.kind, tuple(view.originals(finding.start, finding.end))


def _replaced(text: str, spans: Iterable[Span], *, line_by_line: bool) -> str:
    """The text with one marker for each span, or for each line of it."""
    parts, position = [], 0
    for start, end in _merged(spans):
        parts.append(text[position:start])
        secret = text[start:end]
        parts.append("\n".join(map(_masked, secret.split("\n"))) if line_by_line else MARKER)
        position = end
    return "".join([*parts, text[position:]])


def _masked(line: str) -> str:
    """The line between its spaces, which a patch in an indented language keeps."""
    core = line.strip()
    return line.replace(core, MARKER) if core else line


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
