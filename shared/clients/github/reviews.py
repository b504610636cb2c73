"""Reviews of a pull request: finding our own by its marker, and posting one.

https://docs.github.com/en/rest/pulls/reviews
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shared.clients.github.calls import Grant, InstallationCalls
from shared.clients.github.pulls import pull_path
from shared.clients.github.transport import GitHubRefusedError, read_json
from shared.domain.errors import RetryLaterError

Side = Literal["LEFT", "RIGHT"]
_MOST_REVIEWS = 10_000
_UNPROCESSABLE = 422
_TOO_QUICKLY = "submitted too quickly"
_QUICK_SECONDS = 120.0


class CommentsRefusedError(GitHubRefusedError):
    """GitHub refuses the review with these comments; without them it may take it.

    As a rule a comment stands on a line that is not part of the diff; GitHub does not say which one. It was seen to
    keep a review that it refused: look for the marker before posting again.
    """


@dataclass(frozen=True)
class ReviewComment:
    """A comment on the lines `start_line` to `line` of a file in the diff; the `RIGHT` side is the file after it."""

    path: str
    line: int
    body: str
    side: Side = "RIGHT"
    start_line: int | None = None

    def document(self) -> dict[str, Any]:
        """As GitHub takes it."""
        document = {"path": self.path, "line": self.line, "side": self.side, "body": self.body}
        if self.start_line is not None and self.start_line < self.line:
            document |= {"start_line": self.start_line, "start_side": self.side}
        return document


@dataclass(frozen=True)
class NewReview:
    """A review that neither approves nor requests changes, of one commit."""

    commit_id: str
    body: str
    comments: Sequence[ReviewComment] = ()

    def document(self) -> dict[str, Any]:
        """As GitHub takes it."""
        comments = [each.document() for each in self.comments]
        return {"commit_id": self.commit_id, "event": "COMMENT", "body": self.body, "comments": comments}


def find(
    calls: InstallationCalls, grant: Grant, repository_id: int, number: int, *, marker: str, author: str
) -> int | None:
    """The first review by the bot `author` whose text has the marker: anybody may have copied that into theirs."""
    path = f"{pull_path(repository_id, number)}/reviews"
    for review in calls.pages(grant, path, most=_MOST_REVIEWS):
        if _has(review, marker, author):
            return _number(review)
    return None


def post(calls: InstallationCalls, grant: Grant, repository_id: int, number: int, review: NewReview) -> int:
    """Post a review and return its number.

    After a `RetryLaterError` it may be there or not. Raises `CommentsRefusedError` as that class says.
    """
    try:
        path = f"{pull_path(repository_id, number)}/reviews"
        return _number(read_json(calls.send(grant, "POST", path, review.document())))
    except GitHubRefusedError as error:
        if error.status == _UNPROCESSABLE and _TOO_QUICKLY in error.reason:
            raise RetryLaterError("GitHub wants us to slow down", after=_QUICK_SECONDS) from error
        if error.status == _UNPROCESSABLE and review.comments:
            raise CommentsRefusedError(error.status, error.reason) from error
        raise


def _has(review: Any, marker: str, author: str) -> bool:  # noqa: ANN401  # any JSON value
    """Whether a review is the author's and has the marker; nobody's are those of deleted accounts."""
    try:
        user, body = review["user"] or {"type": "User", "login": "ghost"}, review["body"] or ""
        return user["type"] == "Bot" and user["login"].lower() == author.lower() and marker in body
    except (KeyError, TypeError, AttributeError) as error:
        raise RetryLaterError("GitHub's answer is no review", after=30) from error


def _number(review: Any) -> int:  # noqa: ANN401  # any JSON value
    try:
        return int(review["id"])
    except (KeyError, TypeError, ValueError) as error:
        raise RetryLaterError("GitHub's answer is no review", after=30) from error
