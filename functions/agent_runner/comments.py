"""Comments: which of a review's findings stand at their lines on GitHub, and which in the text above them."""

from shared.clients.github import ReviewComment
from shared.domain.inert_markdown import literal
from shared.domain.review import Finding, Review

MOST_COMMENTS = 30


def apart(review: Review) -> tuple[Review, tuple[ReviewComment, ...]]:
    """The review without the gravest findings that name lines, and these as comments; each finding is told once."""
    at_lines = [finding for finding in review.findings if finding.start_line][:MOST_COMMENTS]
    told = set(at_lines)
    above = tuple(finding for finding in review.findings if finding not in told)
    return review.model_copy(update={"findings": above}), tuple(map(_comment, at_lines))


def _comment(finding: Finding) -> ReviewComment:
    detail = f"\n\n{literal(finding.detail)}" if finding.detail else ""
    return ReviewComment(
        path=finding.path,
        line=finding.end_line,
        start_line=finding.start_line,
        body=f"**{finding.severity.capitalize()}: {literal(finding.title)}**{detail}",
    )
