"""Which merged pull requests did a later one revert?

What a pull request says it reverts is kept as it was merged, and nothing is concluded from it until somebody asks: the
revert may come to us before the card, and may itself be reverted. GitHub's button writes `Reverts owner/name#12` into
the body, `git revert` the commit into the message.
https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/reverting-a-pull-request
"""

import re
from collections.abc import Iterable

from shared.domain.document import Document, Instant
from shared.domain.ids import derived_id
from shared.domain.pull_request import PullRequest

_MOST_TARGETS = 20
_NUMBER = re.compile(
    r"^[ ]{0,3}Reverts?:?[ ]+(?:https://github\.com/)?(?P<name>[\w.-]{1,100}/[\w.-]{1,100})?(?:#|/pull/)"
    r"(?P<number>[1-9][0-9]{0,8})(?![\w/-])",
    re.IGNORECASE | re.MULTILINE,
)
_COMMIT = re.compile(r"^[ ]{0,3}This reverts commit (?P<sha>[0-9a-f]{40})(?![0-9a-f])", re.IGNORECASE | re.MULTILINE)
_TITLE = re.compile(r"\s*revert\b", re.IGNORECASE)


class Reversal(Document):
    """A merged pull request that says it reverts others; `targets` are their names, see `names`."""

    reversal_id: str
    repository_id: int
    number: int
    merge_commit_sha: str
    merged_at: Instant
    targets: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """Under which names others may revert this one in turn."""
        return names(self.repository_id, self.number, self.merge_commit_sha)

    def undoes(self, merge: frozenset[str], merged_at: Instant) -> bool:
        """Whether it reverts the merge of these names: only what was there before it."""
        return merged_at < self.merged_at and not merge.isdisjoint(self.targets)


def names(repository_id: int, number: int, merge_commit_sha: str) -> frozenset[str]:
    """The names by which a revert may mean a merge: its number and its commit, both of this repository alone."""
    return frozenset({_by_number(repository_id, number), _by_commit(repository_id, merge_commit_sha)})


def reversal_of(pull: PullRequest) -> Reversal | None:
    """What the pull request says it reverts in its own repository; None where that is nothing.

    A commit of its own counts where the title speaks of a revert: else it may be one of many that come and go.
    """
    numbers = [found for found in _NUMBER.finditer(pull.body) if _is_here(found["name"], pull)]
    said = [pull.body, *(commit.message for commit in pull.commits if _TITLE.match(pull.title) and not commit.is_merge)]
    commits = [found["sha"].lower() for text in said for found in _COMMIT.finditer(text)]
    targets = [_by_number(pull.repository_id, int(found["number"])) for found in numbers]
    targets += [_by_commit(pull.repository_id, sha) for sha in commits]
    if not targets:
        return None
    return Reversal(
        reversal_id=derived_id("reversal", pull.repository_id, pull.number, pull.merge_commit_sha),
        repository_id=pull.repository_id,
        number=pull.number,
        merge_commit_sha=pull.merge_commit_sha,
        merged_at=pull.merged_at,
        targets=tuple(dict.fromkeys(targets))[:_MOST_TARGETS],
    )


def standing(reversals: Iterable[Reversal]) -> tuple[Reversal, ...]:
    """Those that no later one undoes, newest first; a revert of a revert lets stand what the first one took away."""
    found: list[Reversal] = []
    for each in sorted(reversals, key=lambda reversal: (reversal.merged_at, reversal.number), reverse=True):
        if not any(later.undoes(each.names, each.merged_at) for later in found):
            found.append(each)
    return tuple(found)


def _is_here(name: str | None, pull: PullRequest) -> bool:
    return name is None or name.lower() == pull.repo_full_name.lower()


def _by_number(repository_id: int, number: int) -> str:
    return f"{repository_id}#{number}"


def _by_commit(repository_id: int, sha: str) -> str:
    return f"{repository_id}@{sha}"
