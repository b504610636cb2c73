"""GitHub's JSON as our values: only what WorkLog uses, checked, with the text cleaned of lone surrogates.

https://docs.github.com/en/rest/pulls/pulls
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.domain.errors import RetryLaterError
from shared.domain.pull_request import Account, ChangedFile, Commit, PullRequest
from shared.domain.requested_event import ListedPull

_FULL_NAME = re.compile(r"(?!\.{1,2}/)[A-Za-z0-9_.-]{1,100}/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}")
_SHA = re.compile(r"[0-9a-f]{40}")
_GHOST = Account(id=10137, login="ghost")  # https://github.com/ghost stands for deleted accounts


def read_pull_request(
    pull: Mapping[str, Any], *, commits: Sequence[Mapping[str, Any]], files: Sequence[Mapping[str, Any]]
) -> PullRequest:
    """The pull request that these answers describe; raises `RetryLaterError` when they are not of GitHub's shape."""
    try:
        repository = pull["base"]["repo"]
        changed = tuple(_file(each) for each in files)
        return PullRequest(
            repository_id=repository["id"],
            repo_full_name=read_full_name(repository["full_name"]),
            private=bool(repository.get("private", False)),
            number=pull["number"],
            title=_string(pull["title"]),
            body=_string(pull.get("body") or ""),
            author=_account(pull.get("user")) or _GHOST,
            head_sha=_string(pull["head"]["sha"]),
            base_sha=_string(pull["base"]["sha"]),
            merge_commit_sha=_string(pull["merge_commit_sha"]),
            merged_at=pull["merged_at"],
            additions=pull["additions"],
            deletions=pull["deletions"],
            changed_files=pull["changed_files"],
            commits=tuple(_commit(each) for each in commits),
            files=changed,
            truncated=_is_truncated(pull, changed),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RetryLaterError("GitHub's answer is no merged pull request", after=300) from error


def read_full_name(value: object) -> str:
    """A repository's `owner/name`, safe to stand in a path; raises ValueError for anything else."""
    if not isinstance(value, str) or not _FULL_NAME.fullmatch(value):
        raise ValueError("not a repository's name")
    return value


def read_sha(value: object) -> str:
    """The name of a git object in forty hex digits; raises ValueError for anything else."""
    if not isinstance(value, str) or not _SHA.fullmatch(value):
        raise ValueError("no object's name")
    return value


def read_listed_pull(pull: Mapping[str, Any]) -> ListedPull:
    """An item of the list of pull requests; raises `RetryLaterError` when it is not of GitHub's shape."""
    try:
        return ListedPull(
            number=int(pull["number"]),
            author=_account(pull.get("user")) or _GHOST,
            head_sha=_string(pull["head"]["sha"]),
            merge_commit_sha=_string(pull["merge_commit_sha"]) if pull.get("merge_commit_sha") else None,
            merged_at=datetime.fromisoformat(pull["merged_at"]) if pull.get("merged_at") else None,
            updated_at=datetime.fromisoformat(pull["updated_at"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RetryLaterError("GitHub's answer is no list of pull requests", after=300) from error


def _is_truncated(pull: Mapping[str, Any], files: Sequence[ChangedFile]) -> bool:
    """GitHub leaves out patches past a limit, and files past 3,000, without saying so: the sums tell.

    https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files
    """
    if len(files) < pull["changed_files"]:
        return True
    shown = (sum(each.additions for each in files), sum(each.deletions for each in files))
    if shown[0] < pull["additions"] or shown[1] < pull["deletions"]:
        return True
    return any(each.patch is None and each.additions + each.deletions > 0 for each in files)


def _commit(commit: Mapping[str, Any]) -> Commit:
    return Commit(
        sha=_string(commit["sha"]),
        message=_string(commit["commit"]["message"]),
        author=_account(commit.get("author")),
        is_merge=len(commit.get("parents", ())) > 1,
    )


def _file(changed: Mapping[str, Any]) -> ChangedFile:
    patch = changed.get("patch")
    return ChangedFile(
        path=_string(changed["filename"]),
        previous_path=_string(changed["previous_filename"]) if "previous_filename" in changed else None,
        status=changed["status"],
        additions=changed["additions"],
        deletions=changed["deletions"],
        patch=None if patch is None else _string(patch),
    )


def _account(account: Mapping[str, Any] | None) -> Account | None:
    if not account or "id" not in account:
        return None
    return Account(id=account["id"], login=_string(account["login"]), type=account.get("type", "User"))


def _string(value: object) -> str:
    """A string that UTF-8 can carry: JSON may hold halves of surrogate pairs. Raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError("not a string")
    return value.encode("utf-8", "replace").decode("utf-8")
