"""A review: what was found in a diff, what was not read of it, and who says so.

A reviewer's words come from strangers as much as the diff does: they are cleaned, checked and put in order here.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal

import rfc8785
from pydantic import Field

from shared.domain.diff import Diff
from shared.domain.document import Document
from shared.domain.inert_markdown import code, inert_words, literal

Severity = Literal["high", "medium", "low", "info"]
ReviewFlag = Literal["model_blocked", "model_output_invalid", "secret_redacted", "diff_truncated"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low", "info")
MOST_FINDINGS, MOST_SKIPPED = 100, 300
_SUMMARY, _TITLE, _DETAIL, _REASON, _MODEL = 1_000, 140, 700, 120, 80
_LONGEST_BODY = 60_000
"""GitHub takes 65,536 characters."""
_IN_VAIN: Mapping[ReviewFlag, str] = {
    "model_blocked": "The model declined this diff. ",
    "model_output_invalid": "The model gave no usable review. ",
}
_MARKER = re.compile(r"(?!.*--)[A-Za-z0-9][A-Za-z0-9 _.:=/-]{0,198}[A-Za-z0-9]")


class Finding(Document):
    """What somebody should look at. Lines are of the new file, of a removed file the old one; 0 is the whole file."""

    path: str
    start_line: Annotated[int, Field(ge=0)]
    end_line: Annotated[int, Field(ge=0)]
    severity: Severity
    title: str
    detail: str = ""


class Skipped(Document):
    """A file that was not wholly read, and why."""

    path: str
    reason: str


class Coverage(Document):
    """How many files changed and how many were wholly read; `skipped` names the others, the first 300 of them."""

    files: int
    reviewed: int
    skipped: tuple[Skipped, ...] = ()


class Review(Document):
    """A review as it is kept; `dropped` counts findings that pointed outside the diff."""

    summary: str
    findings: tuple[Finding, ...] = ()
    coverage: Coverage
    dropped: int = 0
    flags: tuple[ReviewFlag, ...] = ()

    @property
    def sha256(self) -> str:
        """The digest, in hex, of its canonical JSON (RFC 8785): whoever has the review can compute it again."""
        return hashlib.sha256(rfc8785.dumps(self.model_dump(mode="json", by_alias=True))).hexdigest()


class ReviewedBy(Document):
    """Who reviewed: tokens are 0 for the offline reviewer, hashes are SHA-256 in hex.

    `prompt_hash` is of everything the model was told, of the redacted diff where none was asked; `output_hash` is the
    review's own digest.
    """

    provider: str
    model: str
    prompt_version: str
    tokens_in: int = 0
    tokens_out: int = 0
    prompt_hash: str
    output_hash: str


class Reviewed(Document):
    """A review with its reviewer."""

    review: Review
    reviewed_by: ReviewedBy


def new_review(
    summary: str,
    findings: Iterable[Finding],
    coverage: Coverage,
    diff: Diff,
    *,
    flags: Iterable[ReviewFlag] = (),
) -> Review:
    """The review in inert words and in order, without findings that point outside the diff or say nothing."""
    given = [_cleaned(finding) for finding in findings]
    inside = within((finding for finding in given if finding.title), diff)
    kept = sorted(dict.fromkeys(inside), key=_weight)
    said = inert_words(summary, limit=_SUMMARY)
    if len(kept) > MOST_FINDINGS:
        said = f"{said} The {MOST_FINDINGS} gravest of {len(kept)} findings are listed."
    return Review(
        summary=said,
        findings=tuple(kept[:MOST_FINDINGS]),
        coverage=coverage.model_copy(update={"skipped": tuple(map(_shown, coverage.skipped[:MOST_SKIPPED]))}),
        dropped=len(given) - len(inside),
        flags=tuple(sorted(set(flags))),
    )


def within(findings: Iterable[Finding], diff: Diff) -> tuple[Finding, ...]:
    """The findings whose lines all stand in one hunk of the diff, or which are about a whole file of it."""
    places: Mapping[str, list[tuple[int, int]]] = _places(diff)
    return tuple(finding for finding in findings if _stands(finding, places.get(finding.path, [])))


def as_markdown(review: Review, *, marker: str, model: str | None = None) -> str:
    """The review as a comment on GitHub, whose first line is a hidden comment of HTML with the marker, its only HTML.

    `model` is who wrote it, empty for the rules, None where that is not to be said. Raises ValueError for a marker
    that could end that comment.
    """
    if not _MARKER.fullmatch(marker):
        raise ValueError("a marker is made of letters, digits and single dashes")
    head = [f"<!-- {marker} -->", f"**WorkLog review.** {literal(review.summary)}"]
    tail = [*_not_read(review.coverage), *_signature(review, model)]
    room = _LONGEST_BODY - sum(len(block) + 2 for block in (*head, *tail))
    blocks = _fitting(_blocks(review.findings), room)
    return "\n\n".join([*head, *blocks, *tail]) + "\n"


def counted(findings: Iterable[Finding]) -> str:
    """How many findings there are of each severity, in words: `1 high, 2 low`."""
    counts = Counter(finding.severity for finding in findings)
    return ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])


def _cleaned(finding: Finding) -> Finding:
    words = {
        "title": inert_words(finding.title, limit=_TITLE).rstrip("."),
        "detail": inert_words(finding.detail, limit=_DETAIL),
    }
    return finding.model_copy(update=words)


def _shown(skipped: Skipped) -> Skipped:
    return skipped.model_copy(update={"reason": inert_words(skipped.reason, limit=_REASON)})


def _weight(finding: Finding) -> tuple[int, str, int, int, str]:
    rank = SEVERITIES.index(finding.severity)
    return rank, finding.path, finding.start_line, finding.end_line, finding.title


def _places(diff: Diff) -> Mapping[str, list[tuple[int, int]]]:
    """The first and last line of each hunk, by path."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for file in diff.files:
        spans = found[file.path]
        spans.append((0, 0))
        for hunk in file.hunks:
            start, other = (hunk.old_start, "+") if file.status == "removed" else (hunk.new_start, "-")
            if count := sum(not line.startswith(other) for line in hunk.lines):
                spans.append((start, start + count - 1))
    return found


def _stands(finding: Finding, places: list[tuple[int, int]]) -> bool:
    return any(start <= finding.start_line <= finding.end_line <= end for start, end in places)


def _blocks(findings: tuple[Finding, ...]) -> Iterator[str]:
    """A line for each severity, then its findings, each a block of its own."""
    told: Severity | None = None
    for finding in findings:
        heading = "" if finding.severity == told else f"**{finding.severity.capitalize()}**\n\n"
        told = finding.severity
        detail = f"\\\n  {literal(finding.detail)}" if finding.detail else ""
        yield f"{heading}- **{literal(finding.title)}** {_place(finding)}{detail}"


def _place(finding: Finding) -> str:
    where = f"in {code(finding.path)}"
    if not finding.start_line:
        return where
    if finding.start_line == finding.end_line:
        return f"{where}, line {finding.start_line}"
    return f"{where}, lines {finding.start_line} to {finding.end_line}"


def _fitting(blocks: Iterator[str], room: int) -> list[str]:
    kept = list[str]()
    for block in blocks:
        room -= len(block) + 2
        if room < len("And 100 more in WorkLog."):
            return [*kept, f"And {1 + sum(1 for _ in blocks)} more in WorkLog."]
        kept.append(block)
    return kept


def _not_read(coverage: Coverage) -> list[str]:
    """What nobody read, file by file as long as the list is short."""
    unread = coverage.files - coverage.reviewed
    if not unread:
        return []
    most = 20
    lines = [f"- {code(each.path[:300])}: {literal(each.reason)}" for each in coverage.skipped[:most]]
    more = [f"- and {unread - len(lines)} more"] if unread > len(lines) else []
    return [f"**Not wholly read:** {unread} of {coverage.files} files", "\n".join([*lines, *more])]


def _signature(review: Review, model: str | None) -> list[str]:
    """Who says all this, and what became of the model where it was asked in vain."""
    if model is None:
        return []
    if model:
        return [f"_Written by {literal(inert_words(model, limit=_MODEL))}, a model, which errs: check before you act._"]
    why = next((_IN_VAIN[flag] for flag in review.flags if flag in _IN_VAIN), "")
    return [f"_{why}Found by rules, which see what a pattern can show._"]
