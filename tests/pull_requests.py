"""A merged pull request in our own shape, of which a test says only what it is about."""

from datetime import UTC, datetime
from typing import Any

from shared.domain.pull_request import Account, ChangedFile, Commit, PullRequest
from shared.domain.repository import Repository

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ANN = Account(id=11, login="ann")
BEN = Account(id=12, login="ben")
REPOSITORY_ID = 7001
FULL_NAME = "sample-org/parcels"


def pull_request(**changes: Any) -> PullRequest:  # noqa: ANN401 -- the fields of a pull request
    """Ann's pull request with one commit of hers and one file, but for `changes`."""
    usual: dict[str, Any] = {
        "repository_id": REPOSITORY_ID,
        "repo_full_name": FULL_NAME,
        "number": 5,
        "title": "Add a cache",
        "author": ANN,
        "head_sha": "1" * 40,
        "base_sha": "2" * 40,
        "merge_commit_sha": "3" * 40,
        "merged_at": AT,
        "additions": 1,
        "deletions": 0,
        "changed_files": 1,
        "commits": (commit("Add a cache", ANN),),
        "files": (ChangedFile(path="cache.py", status="added", additions=1, patch="@@ -0,0 +1 @@\n+cache = {}"),),
    }
    return PullRequest(**(usual | changes))


def commit(message: str, author: Account | None = None, *, is_merge: bool = False) -> Commit:
    """A commit of some name."""
    return Commit(sha="4" * 40, message=message, author=author, is_merge=is_merge)


def co_authored(*trailers: str) -> str:
    """A commit's message that ends in these lines."""
    return "\n".join(["Add a cache", "", *trailers])


def connection(owner_id: str, github_user_id: int | None) -> Repository:
    """A person's connection to the repository of `pull_request`."""
    return Repository(
        repository_id=f"connection-of-{owner_id}",
        owner_id=owner_id,
        github_user_id=github_user_id,
        full_name=FULL_NAME,
        name_key=FULL_NAME,
        account_key="sample-org",
        private=False,
        github_repository_id=REPOSITORY_ID,
        installation_id=31,
        connection_status="connected",
        created_at=AT,
        updated_at=AT,
    )
