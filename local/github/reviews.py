"""Which reviews does GitHub take, and how does it show them?

https://docs.github.com/en/rest/pulls/reviews
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.github.pulls import Pull
from local.github.shapes import API, WEB, Json, node_id

STATES = {"COMMENT": "COMMENTED", "APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", None: "PENDING"}
_LONGEST_BODY = 65_536
_HUNK = re.compile(r"(?m)^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_NOT_IN_DIFF = "Pull request review thread line must be part of the diff"
_NO_HUNK = "Pull request review thread diff hunk can't be blank"
_OTHER_HUNK = "Pull request review thread start line must be part of the same hunk as the line."
_ORDER = "Pull request review thread start line must precede the end line."


@dataclass(frozen=True)
class Review:
    """A review's document and the comments that came with it, as they were sent."""

    document: Json
    comments: Sequence[Json]

    @property
    def author(self) -> str:
        """The login of who wrote it."""
        return str(self.document["user"]["login"])


@dataclass(frozen=True)
class NewReview:
    """A review as it was sent, its author and the number it will have."""

    number: int
    author: Json
    sent: Mapping[str, Any]
    at: str

    def build(self, pull: Pull) -> Review:
        """The review in GitHub's JSON."""
        full_name = pull.document["base"]["repo"]["full_name"]
        page = f"{WEB}/{full_name}/pull/{pull.number}#pullrequestreview-{self.number}"
        pull_url = f"{API}/repos/{full_name}/pulls/{pull.number}"
        state = STATES[self.sent.get("event")]
        document = {
            "id": self.number,
            "node_id": node_id("PullRequestReview", self.number),
            "user": self.author,
            "body": self.sent.get("body") or "",
            "state": state,
            "html_url": page,
            "pull_request_url": pull_url,
            "author_association": "NONE",
            "_links": {"html": {"href": page}, "pull_request": {"href": pull_url}},
            "commit_id": self.sent.get("commit_id") or pull.document["head"]["sha"],
        }
        if state != STATES[None]:
            document["submitted_at"] = self.at
        return Review(document, list(self.sent.get("comments") or []))


def problems(sent: Mapping[str, Any], pull: Pull) -> list[str]:
    """What GitHub has against a review, in its words; nothing when it takes it."""
    comments = sent.get("comments") or []
    commits = {pull.document["head"]["sha"], *(commit["sha"] for commit in pull.commits)}
    if sent.get("event") not in STATES:
        return ["Variable $event of type PullRequestReviewEvent was provided invalid value"]
    if sent.get("commit_id") and sent["commit_id"] not in commits:
        return ["The commitOID is not part of the pull request"]
    if len(sent.get("body") or "") > _LONGEST_BODY:
        return [f"Body is too long (maximum is {_LONGEST_BODY} characters)"]
    if sent.get("event") in ("COMMENT", "REQUEST_CHANGES") and not (sent.get("body") or comments):
        return ["Review body can't be blank"]
    patches = {entry["filename"]: entry.get("patch", "") for entry in pull.files}
    found = [_comment_problem(comment, patches) for comment in comments]
    return [each for each in found if each]


def _comment_problem(comment: Mapping[str, Any], patches: Mapping[str, str]) -> str:
    """What is wrong with a comment; empty when nothing is."""
    line, side = comment.get("line"), comment.get("side", "RIGHT")
    if not comment.get("body") or side not in ("LEFT", "RIGHT"):
        return "Pull request review thread body can't be blank"
    if comment.get("path") not in patches:
        return "Path could not be resolved"
    if type(line) is not int:
        return "Line could not be resolved"
    hunk = _hunk_of(patches[comment["path"]], line, side)
    if hunk is None:
        return f"{_NOT_IN_DIFF} and {_NO_HUNK}"
    return _start_problem(comment, hunk, side)


def _start_problem(comment: Mapping[str, Any], hunk: range, side: str) -> str:
    """What is wrong with where a comment begins; empty when nothing is."""
    start = comment.get("start_line")
    if start is None:
        return ""
    if type(start) is not int or start >= comment["line"]:
        return _ORDER
    return "" if start in hunk or comment.get("start_side", side) != side else _OTHER_HUNK


def _hunk_of(patch: str, line: int, side: str) -> range | None:
    """The lines of the hunk in which a line of a side stands."""
    for old, old_count, new, new_count in _HUNK.findall(patch):
        start, count = (old, old_count) if side == "LEFT" else (new, new_count)
        lines = range(int(start), int(start) + int(count or 1))
        if line in lines:
            return lines
    return None
