"""A merged pull request as WorkLog keeps it: what its author said, what changed, and who took part."""

import hashlib
from typing import Literal
from urllib.parse import quote

from shared.domain.document import Document, Instant

AccountType = Literal["User", "Bot", "Organization", "Mannequin"]
FileStatus = Literal["added", "removed", "modified", "renamed", "copied", "changed", "unchanged"]


class Account(Document):
    """A GitHub account; the numeric `id` is its identity, the login may change hands."""

    id: int
    login: str
    type: AccountType = "User"


class Commit(Document):
    """A commit of the pull request; `author` is None where GitHub knows no account for its e-mail."""

    sha: str
    message: str
    author: Account | None = None
    is_merge: bool = False


class ChangedFile(Document):
    """A file the pull request touched; `patch` is None where GitHub gives none (binary, rename, too large)."""

    path: str
    previous_path: str | None = None
    status: FileStatus = "modified"
    additions: int = 0
    deletions: int = 0
    patch: str | None = None


class PullRequest(Document):
    """A snapshot of a merged pull request.

    `body` is empty where there is none; `redacted` tells that secrets were taken out of it and `truncated` that
    not all of the diff is here, because GitHub left it out or because the snapshot would have grown too large.
    """

    repository_id: int
    repo_full_name: str
    private: bool = False
    number: int
    title: str
    body: str = ""
    author: Account
    head_sha: str
    base_sha: str
    merge_commit_sha: str
    merged_at: Instant
    additions: int
    deletions: int
    changed_files: int
    commits: tuple[Commit, ...] = ()
    files: tuple[ChangedFile, ...] = ()
    redacted: bool = False
    truncated: bool = False

    @property
    def unread_files(self) -> tuple[str, ...]:
        """The paths of files whose changed lines nobody here has seen; renames and binaries have none to see."""
        return tuple(file.path for file in self.files if file.patch is None and file.additions + file.deletions)

    @property
    def url(self) -> str:
        """The page of the pull request, built from the validated name, never taken from a payload."""
        return f"https://github.com/{self.repo_full_name}/pull/{self.number}"

    def commit_url(self, sha: str) -> str:
        """The page of one of its commits."""
        return f"https://github.com/{self.repo_full_name}/commit/{quote(sha, safe='')}"

    def file_url(self, path: str) -> str:
        """The place of a file in the page's diff: GitHub's anchor is the SHA-256 of the path."""
        digest = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.url}/files#diff-{digest}"
