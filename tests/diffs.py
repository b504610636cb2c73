"""Diffs of invented changes, and what the offline reviewer finds in them."""

from functions.agent_runner import offline
from local.github import Change
from local.github.diffs import raw_diff
from shared.domain.diff import Diff, parse
from shared.domain.diff_redaction import redact_diff
from shared.domain.review import Finding, Review


def diff_of(*changes: Change) -> Diff:
    """The diff of some changes, as GitHub would answer it."""
    return parse(raw_diff(changes))


def added(path: str, *lines: str) -> Change:
    """A file that comes with these lines."""
    return Change(path, before=None, after="".join(f"{line}\n" for line in lines))


def changed(path: str, before: str, after: str) -> Change:
    """A file whose whole text changes."""
    return Change(path, before=before, after=after)


def reviewed(*changes: Change) -> Review:
    """What the offline reviewer says of some changes."""
    return offline.review(redact_diff(diff_of(*changes))).review


def found(*changes: Change, title: str) -> list[Finding]:
    """Its findings whose titles begin like this."""
    return [each for each in reviewed(*changes).findings if each.title.startswith(title)]
