"""The summary: two or three sentences of fact on what was read and found, where no model writes them."""

from collections import Counter

from shared.domain.diff import Diff
from shared.domain.review import Review, counted


def summarised(review: Review, diff: Diff) -> Review:
    """The review with a summary of itself."""
    sentences = (_read(review, diff), _found(review), _unread(review))
    return review.model_copy(update={"summary": " ".join(filter(None, [*sentences, review.summary]))})


def _read(review: Review, diff: Diff) -> str:
    coverage = review.coverage
    files = f"{coverage.files} changed file{'' if coverage.files == 1 else 's'}"
    lines = f"{diff.additions} lines added and {diff.deletions} removed"
    if coverage.reviewed == coverage.files:
        return f"Read {'the' if coverage.files == 1 else 'all'} {files}, {lines}."
    return f"Read {coverage.reviewed} of {files}, {lines} in all."


def _found(review: Review) -> str:
    if not review.findings:
        return "No rule found anything to say."
    gravest = review.findings[0]
    return f"Found {counted(review.findings)}; first look at: {gravest.title}."


def _unread(review: Review) -> str:
    """Why files were not read, the most frequent reason first."""
    reasons = Counter(each.reason for each in review.coverage.skipped)
    told = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common(3))
    return f"Not read: {told}." if told else ""
