"""Does our GitHub client read diffs byte for byte, and is a review posted once, by us, with a token for that alone?"""

import hashlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from local.github import Change, GitHub, faults
from shared.clients.github import (
    CommentsRefusedError,
    DiffUnavailableError,
    GitHubRefusedError,
    NewReview,
    PullHead,
    ReviewComment,
)
from shared.clients.github import GitHub as Client
from shared.domain.errors import NotFoundError, RetryLaterError
from tests.github_client import INSTALLATION, MAP_ID, PATIENCE, TOKENS, TRACKER, TRACKER_ID, app_client

PULL = "GET /repositories/*/pulls/*"
REVIEWS = "/repositories/*/pulls/*/reviews"
MARKER = "<!-- worklog-run 5f0c -->"
REVIEW = NewReview(commit_id="", body=f"Two remarks.\n\n{MARKER}")


@pytest.fixture
def client(github: GitHub, state: Path) -> Iterator[Client]:
    """The client as the App, which need not wait between changes."""
    with app_client(github, state, gap=0.0) as made:
        yield made


@pytest.fixture
def hasty(github: GitHub, state: Path) -> Iterator[Client]:
    """The same, which waits for an answer no longer than half a second."""
    with app_client(github, state, hasty=True, gap=0.0) as made:
        yield made


def post(client: Client, review: NewReview = REVIEW) -> int:
    """Post a review of the pull request."""
    return client.post_review(INSTALLATION, TRACKER_ID, 41, review)


def find(client: Client) -> int | None:
    """Look for our review."""
    return client.find_review(INSTALLATION, TRACKER_ID, 41, marker=MARKER)


class TestDiff:
    def test_is_what_github_has_byte_for_byte(self, github: GitHub, client: Client) -> None:
        expected = (github.samples["sample-org__parcel-tracker__41"].path / "pull.diff").read_bytes()
        found = client.pull_diff(INSTALLATION, TRACKER_ID, 41)
        assert found == expected
        (asked,) = github.calls(PULL)
        assert asked.headers["Accept"] == "application/vnd.github.diff"
        assert hashlib.sha256(client.pull_diff(INSTALLATION, TRACKER_ID, 41)).digest() == hashlib.sha256(found).digest()

    def test_of_bytes_that_are_no_text_stays_as_it_is(self, github: GitHub, client: Client) -> None:
        raw = b"diff --git a/x b/x\r\n+\xff\xfe\x00 caf\xe9\r\n"
        github.faults.add(PULL, faults.answer(200, raw, content_type="text/plain; charset=utf-8"))
        assert client.pull_diff(INSTALLATION, TRACKER_ID, 41) == raw

    @pytest.mark.parametrize("files", [301, 1])
    def test_that_is_too_large_is_unavailable(self, github: GitHub, client: Client, files: int) -> None:
        text = "x\n" * (1 if files > 1 else 20_001)
        changes = [Change(f"{number}.txt", after=text) for number in range(files)]
        github.add_pull(TRACKER, title="Add files", author="sample-dev-ada", changes=changes, number=90)
        with pytest.raises(DiffUnavailableError) as refused:
            client.pull_diff(INSTALLATION, TRACKER_ID, 90)
        assert refused.value.code == "diff_unavailable"

    @pytest.mark.parametrize("status", [406, 422])
    def test_that_github_refuses_is_unavailable(self, github: GitHub, client: Client, status: int) -> None:
        github.faults.add(PULL, faults.refusal(status, "Sorry, the diff exceeded the maximum size"))
        with pytest.raises(DiffUnavailableError):
            client.pull_diff(INSTALLATION, TRACKER_ID, 41)

    def test_without_an_end_is_not_read_to_it(self, github: GitHub, client: Client) -> None:
        endless = github.faults.add(PULL, faults.answer(200, b"+\n" * 4_000_001, content_type="text/plain"))
        with pytest.raises(DiffUnavailableError):
            client.pull_diff(INSTALLATION, TRACKER_ID, 41)
        assert endless.fired == 1

    @pytest.mark.parametrize(
        "fault",
        [
            faults.server_error(502),
            faults.connection_reset,
            faults.cut_off,
            faults.truncated_gzip,
            faults.secondary_limit(5),
        ],
        ids=["outage", "reset", "cut off", "half a gzip", "limit"],
    )
    def test_that_does_not_arrive_whole_is_asked_for_later(
        self, github: GitHub, client: Client, fault: faults.Fault
    ) -> None:
        failing = github.faults.add(PULL, fault)
        with pytest.raises(RetryLaterError):
            client.pull_diff(INSTALLATION, TRACKER_ID, 41)
        assert failing.fired == 1

    def test_of_a_pull_request_that_is_gone_is_not_found(self, github: GitHub, client: Client) -> None:
        github.remove_pull(TRACKER, 41)
        with pytest.raises(NotFoundError):
            client.pull_diff(INSTALLATION, TRACKER_ID, 41)

    def test_is_never_one_of_the_repository_that_took_the_name(self, github: GitHub, client: Client) -> None:
        expected = client.pull_diff(INSTALLATION, TRACKER_ID, 41)
        github.rename(TRACKER, "parcels", notify=False)
        github.squat(TRACKER)
        github.add_user("mallory")
        github.add_pull(TRACKER, title="Buy my product", author="mallory", number=41)
        assert client.pull_diff(INSTALLATION, TRACKER_ID, 41) == expected

    def test_that_went_with_a_refused_token_is_asked_for_again(self, github: GitHub, client: Client) -> None:
        expected = client.pull_diff(INSTALLATION, TRACKER_ID, 41)
        github.tokens.revoke()
        assert client.pull_diff(INSTALLATION, TRACKER_ID, 41) == expected
        assert len(github.calls(TOKENS)) == 2


class TestHead:
    def test_is_the_one_that_was_pushed_last(self, github: GitHub, client: Client) -> None:
        before = client.pull_head(INSTALLATION, TRACKER_ID, 41)
        github.force_push(TRACKER, 41, "f" * 40)
        after = client.pull_head(INSTALLATION, TRACKER_ID, 41)
        assert before.head_sha != after.head_sha == "f" * 40
        assert after == PullHead(TRACKER, "f" * 40, before.base_sha, "closed", merged=True)

    def test_of_an_open_pull_request_is_open(self, github: GitHub, client: Client) -> None:
        github.add_pull(TRACKER, title="Try it", author="sample-dev-ada", number=90, merged_at=None)
        head = client.pull_head(INSTALLATION, TRACKER_ID, 90)
        assert (head.state, head.merged) == ("open", False)

    @pytest.mark.parametrize(
        "answer", ["[]", "null", "{}", '{"state": "open", "merged": false, "head": {"sha": "../../x"}}']
    )
    def test_that_is_none_is_asked_for_later(self, github: GitHub, client: Client, answer: str) -> None:
        github.faults.add(PULL, faults.answer(200, answer))
        with pytest.raises(RetryLaterError):
            client.pull_head(INSTALLATION, TRACKER_ID, 41)


class TestFindReview:
    """A marker is public: anybody may write it, and only ours counts."""

    def test_passes_over_those_who_copied_the_marker(self, github: GitHub, client: Client) -> None:
        github.add_user("worklog-local")
        github.add_user("another-app[bot]", kind="Bot")
        for author in ("worklog-local", "another-app[bot]", "sample-dev-ada"):
            github.add_review(TRACKER, 41, author=author, body=f"I saw this: {MARKER}")
        assert find(client) is None
        ours = post(client)
        assert find(client) == ours

    def test_passes_over_other_reviews_of_our_own(self, client: Client) -> None:
        post(client, NewReview(commit_id="", body="<!-- worklog-run 5f0d -->"))
        assert find(client) is None

    def test_reads_every_page(self, github: GitHub, client: Client) -> None:
        for number in range(205):
            github.add_review(TRACKER, 41, author="sample-dev-ren", body=f"Thought {number}")
        ours = post(client)
        assert find(client) == ours
        assert len(github.calls(f"GET {REVIEWS}")) == 3

    def test_reads_with_a_token_for_reading(self, github: GitHub, client: Client) -> None:
        find(client)
        (asked,) = github.calls(TOKENS)
        assert asked.body == {
            "repository_ids": [TRACKER_ID],
            "permissions": {"metadata": "read", "pull_requests": "read"},
        }

    @pytest.mark.parametrize(
        "answer", ["[1]", '[{"user": []}]', '["x"]', "{}", '[{"user": {"type": "Bot"}, "body": ""}]']
    )
    def test_does_not_take_garbage_for_an_absent_review(self, github: GitHub, client: Client, answer: str) -> None:
        """Or the review would be posted twice."""
        github.faults.add(f"GET {REVIEWS}", faults.answer(200, answer))
        with pytest.raises(RetryLaterError):
            find(client)

    @pytest.mark.parametrize("fault", [faults.next_page(), faults.next_page("http://127.0.0.2:9/x")])
    def test_does_not_take_a_broken_list_for_a_whole_one(
        self, github: GitHub, client: Client, fault: faults.Fault
    ) -> None:
        github.add_review(TRACKER, 41, author="sample-dev-ren", body="A thought")
        github.faults.add(f"GET {REVIEWS}", fault, times=None)
        with pytest.raises(RetryLaterError):
            find(client)


class TestPostReview:
    def test_has_a_token_for_that_alone_which_nobody_keeps(self, github: GitHub, client: Client) -> None:
        client.pull_head(INSTALLATION, TRACKER_ID, 41)
        github.calls.clear()
        post(client)
        post(client)
        client.pull_head(INSTALLATION, TRACKER_ID, 41)
        published = {"repository_ids": [TRACKER_ID], "permissions": {"pull_requests": "write"}}
        assert [call.body for call in github.calls(TOKENS)] == [published, published]
        (read,) = github.calls(PULL)
        assert read.principal.permissions["pull_requests"] == "read"

    def test_stands_on_the_reviewed_commit_with_its_comments(self, github: GitHub, client: Client) -> None:
        head = client.pull_head(INSTALLATION, TRACKER_ID, 41)
        changes = [Change("a.txt", after="one\ntwo\nthree\n")]
        pull = github.add_pull(TRACKER, title="Count", author="sample-dev-ada", changes=changes, number=90)
        sha = pull.document["head"]["sha"]
        comments = [
            ReviewComment("a.txt", 2, "Why two?"),
            ReviewComment("a.txt", 3, "All of it", start_line=1),
            ReviewComment("a.txt", 1, "One line", start_line=1),
        ]
        number = client.post_review(INSTALLATION, TRACKER_ID, 90, NewReview(sha, "Remarks", comments))
        (review,) = github.reviews(TRACKER, 90)
        assert (review.document["id"], review.document["state"]) == (number, "COMMENTED")
        assert review.document["commit_id"] == sha != head.head_sha
        assert review.comments == [
            {"path": "a.txt", "line": 2, "side": "RIGHT", "body": "Why two?"},
            {"path": "a.txt", "line": 3, "side": "RIGHT", "body": "All of it", "start_line": 1, "start_side": "RIGHT"},
            {"path": "a.txt", "line": 1, "side": "RIGHT", "body": "One line"},
        ]

    @pytest.mark.parametrize(
        "fault",
        [
            faults.done_but(faults.server_error(504)),
            faults.done_but(faults.connection_reset),
            faults.done_but(faults.html(200)),
            faults.done_but(faults.answer(200, "{}")),
            faults.done_but(faults.slow(2 * PATIENCE)),
        ],
        ids=["outage", "reset", "page", "nothing", "silence"],
    )
    def test_whose_answer_is_lost_is_found_by_its_marker(
        self, github: GitHub, hasty: Client, fault: faults.Fault
    ) -> None:
        assert find(hasty) is None
        lost = github.faults.add(f"POST {REVIEWS}", fault)
        with pytest.raises(RetryLaterError):
            post(hasty)
        (review,) = github.reviews(TRACKER, 41)
        assert find(hasty) == review.document["id"]
        assert lost.fired == 1

    def test_that_was_not_made_is_not_found(self, github: GitHub, client: Client) -> None:
        lost = github.faults.add(f"POST {REVIEWS}", faults.server_error(502))
        with pytest.raises(RetryLaterError):
            post(client)
        assert (find(client), lost.fired) == (None, 1)

    def test_with_a_comment_outside_of_the_diff_can_be_posted_without(self, github: GitHub, client: Client) -> None:
        lost = NewReview("", REVIEW.body, [ReviewComment("no/such.txt", 1, "Hm")])
        with pytest.raises(CommentsRefusedError):
            post(client, lost)
        assert github.reviews(TRACKER, 41) == []
        assert post(client) == find(client)

    def test_of_a_commit_that_is_not_in_it_is_refused(self, client: Client) -> None:
        with pytest.raises(GitHubRefusedError) as refused:
            post(client, NewReview("0" * 40, "Remarks"))
        assert not isinstance(refused.value, CommentsRefusedError)

    def test_that_github_finds_too_quick_is_posted_later(self, github: GitHub, client: Client) -> None:
        github.faults.add(f"POST {REVIEWS}", faults.refusal(422, "Validation Failed: was submitted too quickly"))
        with pytest.raises(RetryLaterError) as slow:
            post(client, NewReview("", REVIEW.body, [ReviewComment("x", 1, "Hm")]))
        assert slow.value.after >= 60

    def test_without_the_permission_is_refused(self, github: GitHub, client: Client) -> None:
        github.uninstall("sample-org", notify=False)
        permissions = {"metadata": "read", "contents": "read", "pull_requests": "read"}
        github.install("sample-org", permissions=permissions, id=INSTALLATION, notify=False)
        with pytest.raises(GitHubRefusedError):
            post(client)

    def test_on_a_repository_that_the_app_has_lost_is_not_found(self, github: GitHub, client: Client) -> None:
        github.choose(TRACKER, covered=False, notify=False)
        with pytest.raises(NotFoundError):
            post(client)

    def test_never_lands_on_the_repository_that_took_the_name(self, github: GitHub, client: Client) -> None:
        github.rename(TRACKER, "parcels", notify=False)
        github.squat(TRACKER)
        github.add_user("mallory")
        github.add_pull(TRACKER, title="Buy my product", author="mallory", number=41)
        post(client)
        assert (len(github.reviews(TRACKER, 41)), len(github.reviews("sample-org/parcels", 41))) == (0, 1)


class TestPace:
    """Changes at one installation come one after the other with a second between; reading does not wait for them."""

    def test_of_changes_is_one_a_second(self, github: GitHub, state: Path) -> None:
        with app_client(github, state) as client, ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda number: post(client, NewReview("", f"Review {number}")), range(3)))
        posts = sorted(github.calls(f"POST {REVIEWS}"), key=lambda call: call.at)
        gaps = [after.at - before.ended for before, after in pairwise(posts)]
        assert len(gaps) == 2
        assert min(gaps) >= 0.99

    def test_counts_from_the_end_of_a_change_that_failed(self, github: GitHub, state: Path) -> None:
        github.faults.add(f"POST {REVIEWS}", faults.slow(0.3, faults.server_error(502)))
        with app_client(github, state, gap=0.5) as client:
            with pytest.raises(RetryLaterError):
                post(client)
            post(client)
        failed, posted = github.calls(f"POST {REVIEWS}")
        assert posted.at - failed.ended >= 0.49

    def test_of_reading_and_of_other_installations_is_their_own(self, github: GitHub, state: Path) -> None:
        github.add_user("eve")
        other = github.add_repository("other-org/thing").id
        elsewhere = github.install("other-org", notify=False).id
        github.add_pull("other-org/thing", title="Add it", author="eve")
        with app_client(github, state, gap=30.0) as client:
            begun = time.monotonic()
            post(client)
            client.post_review(elsewhere, other, 1, REVIEW)
            for number in (TRACKER_ID, MAP_ID):
                client.repository_by_id(INSTALLATION, number)
            assert time.monotonic() - begun < 15

    def test_is_two_at_a_time_at_most(self, github: GitHub, client: Client) -> None:
        slow = github.faults.add("/repositories/**", faults.slow(0.05), times=None)
        with ThreadPoolExecutor(12) as pool:
            posted = [pool.submit(post, client) for _ in range(4)]
            found = [pool.submit(find, client) for _ in range(8)]
            assert all(job.result() for job in posted)
            assert all(job.exception() is None for job in found)
        assert slow.fired >= 12
        assert github.calls.peak(INSTALLATION) == 2
