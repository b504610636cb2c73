"""The offline reviewer: rules over the lines that a diff adds and takes away, and an account of what they read."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from functions.agent_runner.coverage import covered, is_partial
from functions.agent_runner.offline import dependencies, file_rules, guards, handlers, line_rules, untested, workflows
from functions.agent_runner.offline.hit import Hit, findings
from functions.agent_runner.offline.source import Source, read
from functions.agent_runner.secret_findings import secret_findings
from functions.agent_runner.summary import summarised
from shared.domain.diff import Diff, DiffFile
from shared.domain.diff_redaction import RedactedDiff
from shared.domain.review import Review, Reviewed, ReviewedBy, ReviewFlag, new_review

VERSION = "offline-1"
_BUDGET = 4_000_000
"""So many characters of hunks are read by the rules."""
_LARGEST = 1_000_000


def review(redacted: RedactedDiff, *, flags: Iterable[ReviewFlag] = ()) -> Reviewed:
    """The review of a redacted diff: total, deterministic, linear in the size of the diff."""
    diff = redacted.diff
    coverage, files = covered(diff, budget=_BUDGET, largest=_LARGEST, cost=lambda file: file.size)
    found = (*secret_findings(redacted.places), *findings(_hits(read(diff, files), diff.files)))
    known: list[ReviewFlag] = ["secret_redacted"] if redacted.redacted else []
    if is_partial(coverage, diff):
        known.append("diff_truncated")
    said = new_review("", found, coverage, diff, flags=(*flags, *known))
    said = summarised(said, diff)
    return Reviewed(review=said, reviewed_by=_reviewed_by(diff, said))


def _hits(sources: Sequence[Source], files: Sequence[DiffFile]) -> Iterator[Hit]:
    for file in files:
        yield from file_rules.hits(file)
    for source in sources:
        for rules in (line_rules, handlers, dependencies, workflows):
            yield from rules.hits(source)
    yield from guards.hits(sources)
    yield from untested.hits(sources, files)


def _reviewed_by(diff: Diff, review: Review) -> ReviewedBy:
    digest = hashlib.sha256(VERSION.encode())
    for file in diff.files:
        digest.update("\0".join([file.path, *(line for hunk in file.hunks for line in hunk.lines)]).encode())
    return ReviewedBy(
        provider="offline",
        model="rules",
        prompt_version=VERSION,
        prompt_hash=digest.hexdigest(),
        output_hash=review.sha256,
    )
