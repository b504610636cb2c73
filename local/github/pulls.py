"""What does GitHub keep about a pull request, and what does it answer about it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.github.diffs import Change, file_entry, raw_diff
from local.github.shapes import API, WEB, Json, node_id, object_name, relocated

# https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits
MOST_FILES_IN_DIFF = 300
MOST_LINES_IN_DIFF = 20_000
MOST_BYTES_IN_DIFF = 1_000_000
# Members of `GET …/pulls/{number}` that the list of pull requests lacks.
_ONLY_ALONE = (
    "merged",
    "mergeable",
    "rebaseable",
    "mergeable_state",
    "merged_by",
    "comments",
    "review_comments",
    "maintainer_can_modify",
    "commits",
    "additions",
    "deletions",
    "changed_files",
)


@dataclass(frozen=True)
class Pull:
    """A pull request: its document, files and commits in GitHub's JSON, and the bytes of its diff."""

    document: Json
    files: Sequence[Json]
    commits: Sequence[Json]
    diff: bytes
    refuses_diff: bool = False

    @property
    def repository_id(self) -> int:
        """The number of the repository it was merged into."""
        return int(self.document["base"]["repo"]["id"])

    @property
    def number(self) -> int:
        """Its number in the repository."""
        return int(self.document["number"])

    def shown(self, repository: Mapping[str, Any]) -> Json:
        """The document as it reads now that the repository has this document."""
        before = self.document["base"]["repo"]
        if all(before.get(member) == repository[member] for member in ("full_name", "private", "owner")):
            return self.document
        document: Json = relocated(self.document, before["full_name"], repository["full_name"])
        for side in ("head", "base"):
            if (document[side].get("repo") or {}).get("id") == repository["id"]:
                document[side] = {**document[side], "repo": dict(repository)}
        return document

    def listed(self, repository: Mapping[str, Any]) -> Json:
        """The shorter document of `GET …/pulls`."""
        return {key: value for key, value in self.shown(repository).items() if key not in _ONLY_ALONE}

    def diff_refusal(self) -> str | None:
        """Which limit the diff exceeds, in GitHub's words; None when it is answered."""
        if len(self.files) > MOST_FILES_IN_DIFF:
            return f"maximum number of files ({MOST_FILES_IN_DIFF})"
        if self.diff.count(b"\n") > MOST_LINES_IN_DIFF:
            return f"maximum number of lines ({MOST_LINES_IN_DIFF})"
        return "maximum size" if self.refuses_diff or len(self.diff) > MOST_BYTES_IN_DIFF else None


@dataclass(frozen=True, kw_only=True)
class NewPull:
    """A pull request in plain words; `commits` are messages with their authors, the last one is the head.

    `merged_at` None leaves it open. `author` and the authors of commits are accounts in GitHub's JSON; a commit
    whose author is None belongs to nobody on GitHub.
    """

    number: int
    title: str
    body: str | None
    author: Json
    changes: Sequence[Change]
    commits: Sequence[tuple[str, Json | None]]
    created_at: str
    merged_at: str | None
    merged_by: Json | None

    def build(self, repository: Json) -> Pull:
        """The pull request in all of GitHub's shapes."""
        full_name = repository["full_name"]
        names = [object_name(full_name, self.number, index, text) for index, (text, _) in enumerate(self.commits)]
        base = object_name(full_name, self.number, "base")
        head = names[-1]
        files = [file_entry(change, full_name, head) for change in self.changes]
        parents = [base, *names]
        commits = [
            _commit(full_name, (names[index], parents[index]), message, author=author, at=self.created_at)
            for index, (message, author) in enumerate(self.commits)
        ]
        document = self._document(repository, base, head, files)
        return Pull(document, files, commits, raw_diff(self.changes))

    def _document(self, repository: Json, base: str, head: str, files: Sequence[Json]) -> Json:
        owner, full_name = repository["owner"], repository["full_name"]
        url = f"{API}/repos/{full_name}/pulls/{self.number}"
        page = f"{WEB}/{full_name}/pull/{self.number}"
        merged = self.merged_at is not None
        identity = int(object_name(full_name, self.number)[:8], 16) + 2**32
        return {
            "url": url,
            "id": identity,
            "node_id": node_id("PullRequest", identity),
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "issue_url": f"{API}/repos/{full_name}/issues/{self.number}",
            "commits_url": f"{url}/commits",
            "number": self.number,
            "state": "closed" if merged else "open",
            "locked": False,
            "title": self.title,
            "user": self.author,
            "body": self.body,
            "created_at": self.created_at,
            "updated_at": self.merged_at or self.created_at,
            "closed_at": self.merged_at,
            "merged_at": self.merged_at,
            "merge_commit_sha": object_name(full_name, self.number, "merge", head),
            "assignees": [],
            "requested_reviewers": [],
            "labels": [],
            "milestone": None,
            "draft": False,
            "head": _side(owner, f"change-{self.number}", head, repository),
            "base": _side(owner, repository["default_branch"], base, repository),
            "author_association": "CONTRIBUTOR",
            "auto_merge": None,
            "merged": merged,
            "mergeable": None,
            "rebaseable": None,
            "mergeable_state": "unknown",
            "merged_by": self.merged_by if merged else None,
            "comments": 0,
            "review_comments": 0,
            "maintainer_can_modify": False,
            "commits": len(self.commits),
            "additions": sum(entry["additions"] for entry in files),
            "deletions": sum(entry["deletions"] for entry in files),
            "changed_files": len(files),
        }


def with_head(pull: Pull, sha: str) -> Pull:
    """The same pull request after its branch was pushed over: another head, another last commit."""
    document = {**pull.document, "head": {**pull.document["head"], "sha": sha}}
    commits = [*pull.commits[:-1], {**pull.commits[-1], "sha": sha}]
    return Pull(document, pull.files, commits, pull.diff, pull.refuses_diff)


def _side(owner: Json, ref: str, sha: str, repository: Json) -> Json:
    return {"label": f"{owner['login']}:{ref}", "ref": ref, "sha": sha, "user": owner, "repo": repository}


def _commit(full_name: str, names: tuple[str, str], message: str, *, author: Json | None, at: str) -> Json:
    """A commit, by its name and its parent's, as `GET …/pulls/{number}/commits` lists it."""
    sha, parent = names
    login, number = (author["login"], author["id"]) if author else ("someone", 0)
    email = f"{number}+{login}@users.noreply.github.com" if author else "someone@mail.example"
    signature = {"name": login, "email": email, "date": at}
    url = f"{API}/repos/{full_name}/commits/{sha}"
    parent_url = f"{API}/repos/{full_name}/commits/{parent}"
    return {
        "sha": sha,
        "node_id": node_id("Commit", sha),
        "commit": {
            "author": signature,
            "committer": signature,
            "message": message,
            "tree": {"sha": object_name(sha, "tree"), "url": f"{API}/repos/{full_name}/git/trees/{sha}"},
            "url": f"{API}/repos/{full_name}/git/commits/{sha}",
            "comment_count": 0,
            "verification": {"verified": False, "reason": "unsigned", "signature": None, "payload": None},
        },
        "url": url,
        "html_url": f"{WEB}/{full_name}/commit/{sha}",
        "comments_url": f"{url}/comments",
        "author": author,
        "committer": author,
        "parents": [{"sha": parent, "url": parent_url, "html_url": f"{WEB}/{full_name}/commit/{parent}"}],
    }
