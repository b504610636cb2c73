"""A pull request as the reviewer needs it: its head as it is now, and the bytes of its diff.

By number, as GitHub's own redirects and pages are: a name may have passed to another repository.
https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request
"""

from dataclasses import dataclass
from typing import Any, Literal

from shared.clients.github.calls import Grant, InstallationCalls
from shared.clients.github.shapes import read_full_name, read_sha
from shared.clients.github.transport import AnswerTooLargeError, GitHubRefusedError, read_json
from shared.domain.errors import RetryLaterError, WorkLogError

PullState = Literal["open", "closed"]
_STATES: dict[str, PullState] = {"open": "open", "closed": "closed"}
_DIFF = "application/vnd.github.diff"
_MOST_BYTES = 8_000_000  # GitHub itself gives up at about one million
_NO_DIFF = (406, 415, 422)


class DiffUnavailableError(WorkLogError):
    """GitHub gives no diff of this pull request: it is too large."""

    code = "diff_unavailable"


@dataclass(frozen=True)
class PullHead:
    """Where a pull request stands now."""

    full_name: str
    head_sha: str
    base_sha: str
    state: PullState
    merged: bool


def read_head(calls: InstallationCalls, grant: Grant, repository_id: int, number: int) -> PullHead:
    """The head; raises `NotFoundError` when the pull request, or the token's repository, is not there."""
    return _head(read_json(calls.get(grant, pull_path(repository_id, number))))


def read_diff(calls: InstallationCalls, grant: Grant, repository_id: int, number: int) -> bytes:
    """The diff, byte for byte; raises `DiffUnavailableError`, or `NotFoundError` as above.

    https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits
    """
    try:
        return calls.read(grant, pull_path(repository_id, number), accept=_DIFF, most=_MOST_BYTES)
    except AnswerTooLargeError as error:
        raise DiffUnavailableError("the diff is too large") from error
    except GitHubRefusedError as error:
        if error.status in _NO_DIFF:
            raise DiffUnavailableError("GitHub gives no diff of this pull request") from error
        raise


def pull_path(repository_id: int, number: int) -> str:
    """Where GitHub keeps a pull request."""
    return f"/repositories/{repository_id}/pulls/{number}"


def _head(pull: Any) -> PullHead:  # noqa: ANN401  # any JSON value
    try:
        return PullHead(
            full_name=read_full_name(pull["base"]["repo"]["full_name"]),
            head_sha=read_sha(pull["head"]["sha"]),
            base_sha=read_sha(pull["base"]["sha"]),
            state=_STATES[pull["state"]],
            merged=bool(pull["merged"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RetryLaterError("GitHub's answer is no pull request", after=30) from error
