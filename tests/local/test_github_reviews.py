"""Does the local GitHub take and refuse reviews as GitHub does?"""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from local.github import Change, GitHub, faults, read_samples
from tests.local.github_calls import SAMPLES, Caller, public_key

TRACKER, TRACKER_ID = "sample-org/parcel-tracker", 2000000001
REVIEWS = f"/repos/{TRACKER}/pulls/90/reviews"
BEFORE = "".join(f"line {number}\n" for number in range(1, 61))
AFTER = BEFORE.replace("line 10\n", "line ten\nand a half\n").replace("line 50\n", "line fifty\n")


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub(read_samples(SAMPLES), public_key=public_key()) as github:
        changes = [Change("src/lines.txt", BEFORE, AFTER), Change("new.txt", after="one\ntwo\n")]
        github.add_pull(TRACKER, title="Spell numbers", author="sample-dev-ada", changes=changes, number=90)
        yield github


@pytest.fixture
def token(caller: Caller) -> str:
    """A token that may write to pull requests of one repository."""
    return caller.token("sample-org", repository_ids=[TRACKER_ID], permissions={"pull_requests": "write"})


def post(caller: Caller, token: str | None, path: str = REVIEWS, **sent: object) -> requests.Response:
    """Post a review."""
    return caller.call("POST", path, token, json={"event": "COMMENT", "body": "Looks fine.", **sent})


def comment(**changed: object) -> dict[str, Any]:
    """A comment that GitHub takes, with some members changed."""
    return {"path": "src/lines.txt", "line": 11, "side": "RIGHT", "body": "Why?", **changed}


class TestWriter:
    """A review is written by who may write, and by nobody else, though everybody may read."""

    def test_is_nobody_without_a_token(self, caller: Caller, github: GitHub) -> None:
        answer = post(caller, None)
        assert (answer.status_code, answer.json()["message"]) == (401, "Requires authentication")
        assert github.reviews(TRACKER, 90) == []

    @pytest.mark.parametrize(
        "body",
        [
            {"repository_ids": [TRACKER_ID], "permissions": {"pull_requests": "read"}},
            {"repository_ids": [TRACKER_ID], "permissions": {"contents": "read"}},
            {"repository_ids": [2000000002], "permissions": {"pull_requests": "write"}},
        ],
        ids=["reads only", "another permission", "another repository"],
    )
    def test_is_no_token_for_something_else(self, caller: Caller, github: GitHub, body: dict[str, Any]) -> None:
        answer = post(caller, caller.token("sample-org", **body))
        assert (answer.status_code, answer.json()["message"]) == (403, "Resource not accessible by integration")
        assert answer.headers["X-Accepted-GitHub-Permissions"] == "pull_requests=write"
        assert github.reviews(TRACKER, 90) == []

    def test_learns_nothing_of_a_private_repository_out_of_its_scope(self, github: GitHub, caller: Caller) -> None:
        github.set_private(TRACKER, notify=False)
        other = caller.token("sample-org", repository_ids=[2000000002], permissions={"pull_requests": "write"})
        assert [post(caller, each).status_code for each in (None, other)] == [404, 404]

    def test_is_the_app_s_bot(self, caller: Caller, token: str, github: GitHub) -> None:
        user = post(caller, token).json()["user"]
        assert (user["login"], user["type"]) == ("worklog-local[bot]", "Bot")
        assert caller.get("/users/worklog-local[bot]").json()["id"] == user["id"]

    def test_is_sent_on_with_the_verb_after_a_rename(self, github: GitHub, caller: Caller, token: str) -> None:
        github.rename(TRACKER, "parcels", notify=False)
        answer = post(caller, token)
        assert answer.status_code == 307
        assert post(caller, token, answer.headers["Location"]).status_code == 200


class TestReview:
    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            ({"commit_id": "0" * 40}, "The commitOID is not part of the pull request"),
            ({"event": "MERGE"}, "Variable $event of type PullRequestReviewEvent was provided invalid value"),
            ({"body": ""}, "Review body can't be blank"),
            ({"body": None}, "Review body can't be blank"),
            ({"body": "x" * 65_537}, "Body is too long (maximum is 65536 characters)"),
        ],
    )
    def test_is_refused_whole(
        self, caller: Caller, token: str, github: GitHub, sent: dict[str, Any], said: str
    ) -> None:
        answer = post(caller, token, **sent)
        assert (answer.status_code, answer.json()["errors"]) == (422, [said])
        assert github.reviews(TRACKER, 90) == []

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null"])
    def test_is_json(self, caller: Caller, token: str, body: bytes) -> None:
        assert caller.call("POST", REVIEWS, token, data=body).status_code == 400

    @pytest.mark.parametrize("comments", ["none", [1], {"path": "new.txt"}])
    def test_has_a_list_of_comments(self, caller: Caller, token: str, comments: object) -> None:
        assert post(caller, token, comments=comments).status_code == 422

    def test_of_a_pull_request_that_is_not_there_is_not_found(self, caller: Caller, token: str) -> None:
        path = f"/repos/{TRACKER}/pulls/999/reviews"
        assert [post(caller, token, path).status_code, caller.get(path).status_code] == [404, 404]

    def test_is_kept_with_its_comments_and_listed(self, github: GitHub, caller: Caller, token: str) -> None:
        head = github.world.pulls[TRACKER_ID, 90].document["head"]["sha"]
        answer = post(caller, token, commit_id=head, body="Mind the *tests*.", comments=[comment()])
        assert answer.status_code == 200
        review = answer.json()
        assert (review["state"], review["commit_id"], review["body"]) == ("COMMENTED", head, "Mind the *tests*.")
        assert caller.get(REVIEWS).json() == [review]
        assert github.reviews(TRACKER, 90)[0].comments == [comment()]

    def test_stands_after_older_ones_on_pages(self, github: GitHub, caller: Caller, token: str) -> None:
        for number in range(3):
            github.add_review(TRACKER, 90, author="sample-dev-ren", body=f"Thought {number}")
        post(caller, token, body="Thought 3")
        pages = caller.pages(f"{REVIEWS}?per_page=3")
        assert [len(page) for page in pages] == [3, 1]
        assert [each["body"] for page in pages for each in page] == [f"Thought {number}" for number in range(4)]

    def test_that_is_pending_is_seen_by_its_author_alone(self, caller: Caller, token: str) -> None:
        pending = post(caller, token, event=None).json()
        assert (pending["state"], "submitted_at" in pending) == ("PENDING", False)
        assert caller.get(REVIEWS).json() == []
        assert caller.get(REVIEWS, token).json() == [pending]

    def test_can_be_there_though_the_answer_was_lost(self, github: GitHub, caller: Caller, token: str) -> None:
        lost = github.faults.add(f"POST {REVIEWS}", faults.done_but(faults.server_error(504)))
        assert post(caller, token).status_code == 504
        assert (len(github.reviews(TRACKER, 90)), lost.fired) == (1, 1)


class TestComments:
    """The hunks are lines 7 to 13 and 47 to 53 before, 7 to 14 and 48 to 54 after."""

    @pytest.mark.parametrize(
        "changed",
        [
            {"line": 7},
            {"line": 14},
            {"line": 7, "side": "LEFT"},
            {"line": 47, "side": "LEFT"},
            {"line": 54, "start_line": 48},
            {"line": 53, "side": "LEFT", "start_line": 47, "start_side": "LEFT"},
            {"path": "new.txt", "line": 2, "start_line": 1},
        ],
    )
    def test_are_taken_on_the_lines_of_a_hunk(self, caller: Caller, token: str, changed: dict[str, Any]) -> None:
        assert post(caller, token, comments=[comment(**changed)]).status_code == 200

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"line": 6}, "must be part of the diff"),
            ({"line": 15}, "must be part of the diff"),
            ({"line": 14, "side": "LEFT"}, "must be part of the diff"),
            ({"line": 47}, "must be part of the diff"),
            ({"line": 0}, "must be part of the diff"),
            ({"line": -1}, "must be part of the diff"),
            ({"path": "new.txt", "line": 1, "side": "LEFT"}, "must be part of the diff"),
            ({"line": None}, "Line could not be resolved"),
            ({"line": "11"}, "Line could not be resolved"),
            ({"path": "other.txt"}, "Path could not be resolved"),
            ({"path": "lines.txt"}, "Path could not be resolved"),
            ({"path": None}, "Path could not be resolved"),
            ({"line": 50, "start_line": 10}, "same hunk"),
            ({"line": 11, "start_line": 11}, "precede"),
            ({"line": 11, "start_line": 12}, "precede"),
            ({"body": ""}, "body can't be blank"),
        ],
    )
    def test_are_refused_elsewhere_and_the_review_with_them(
        self, github: GitHub, caller: Caller, token: str, changed: dict[str, Any], said: str
    ) -> None:
        answer = post(caller, token, comments=[comment(), comment(**changed)])
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert said in error
        assert github.reviews(TRACKER, 90) == []

    def test_need_a_patch_that_github_shows(self, github: GitHub, caller: Caller, token: str) -> None:
        """As of a file that only changed its name."""
        changes = [Change("b.txt", "same\n", "same\n", previous="a.txt")]
        github.add_pull(TRACKER, title="Rename", author="sample-dev-ada", changes=changes, number=91)
        path = REVIEWS.replace("/90/", "/91/")
        assert post(caller, token, path, comments=[comment(path="b.txt", line=1)]).status_code == 422
