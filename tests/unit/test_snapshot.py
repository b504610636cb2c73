"""Does a snapshot always fit into a document, and say so when something had to be left out?"""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.pr_event_processor.snapshot import KEEP, MOST_BYTES, to_snapshot
from shared.domain.pull_request import ChangedFile, Commit, PullRequest
from tests.pull_requests import AT, commit, pull_request

WIDE = ["a", "é", "漢", "😀", "\x01", '"']  # one to six bytes each as JSON
LIMIT = 900_000

widths = st.sampled_from(WIDE)
patches = st.none() | st.builds(str.__mul__, widths, st.integers(0, 200_000))
paths = st.builds(str.__mul__, widths, st.integers(1, 4096))
files = st.builds(
    ChangedFile,
    path=paths | st.sampled_from(["a.py", "[REDACTED]"]),
    previous_path=st.none() | paths,
    additions=st.integers(0, 10**6),
    patch=patches,
)
messages = st.builds(str.__mul__, widths, st.integers(0, 70_000))
pulls = st.builds(
    pull_request,
    title=st.builds(str.__mul__, widths, st.integers(1, 70_000)),
    body=st.builds(str.__mul__, widths, st.integers(0, 300_000)),
    commits=st.lists(st.builds(commit, messages), max_size=12).map(tuple),
    files=st.lists(files, max_size=12).map(tuple),
    truncated=st.booleans(),
)


def kept(pull: PullRequest) -> PullRequest:
    """The pull request as the next stage reads it."""
    return PullRequest.model_validate_json(to_snapshot("e1", pull, at=AT).content)


def file(path: str, size: int) -> ChangedFile:
    """A file with a patch of `size` characters."""
    return ChangedFile(path=path, additions=1, patch="+" * size)


class TestAnyPullRequest:
    @settings(max_examples=60, deadline=None)
    @given(pulls)
    def test_fits_into_a_document_as_json(self, pull: PullRequest) -> None:
        content = to_snapshot("e1", pull, at=AT).content
        assert len(content) <= LIMIT
        assert json.loads(content)["number"] == pull.number

    @settings(max_examples=60, deadline=None)
    @given(pulls)
    def test_is_called_truncated_exactly_when_something_is_missing(self, pull: PullRequest) -> None:
        found = kept(pull)
        assert found.truncated == (pull.truncated or found != pull)

    @settings(max_examples=60, deadline=None)
    @given(pulls)
    def test_loses_ends_and_patches_and_nothing_else(self, pull: PullRequest) -> None:
        found = kept(pull)
        assert (pull.title.startswith(found.title), pull.body.startswith(found.body)) == (True, True)
        for mine, given_commit in zip(found.commits, pull.commits, strict=False):
            assert given_commit.message.startswith(mine.message)
        for mine_file, given_file in zip(found.files, pull.files, strict=False):
            assert mine_file in (given_file, given_file.model_copy(update={"patch": None}))


class TestHostilePullRequests:
    """Each is as large as GitHub lets it become, or larger, in the characters that take most room."""

    @pytest.mark.parametrize("character", WIDE)
    def test_fit_with_a_hundred_endless_commit_messages(self, character: str) -> None:
        pull = pull_request(commits=tuple(commit(character * 65_000) for _ in range(250)))
        content = to_snapshot("e1", pull, at=AT).content
        assert len(content) <= LIMIT
        assert len(kept(pull).commits) >= 10

    @pytest.mark.parametrize("character", WIDE)
    def test_fit_with_an_endless_body_and_title(self, character: str) -> None:
        found = kept(pull_request(title=character * 1_000_000, body=character * 1_000_000))
        assert len(found.body) > 30_000
        assert len(found.files) == 1

    def test_fit_with_three_thousand_renames_from_long_paths_to_short_ones(self) -> None:
        renamed = tuple(
            ChangedFile(path=f"{number}", previous_path="d/" * 2000, status="renamed") for number in range(3000)
        )
        content = to_snapshot("e1", pull_request(files=renamed), at=AT).content
        assert 0.9 * LIMIT < len(content) <= LIMIT

    def test_keep_each_file_apart_from_others_of_the_same_path(self) -> None:
        """Redaction may give several files one path."""
        hidden = [file("[REDACTED]", size) for size in (10, 20, 899_500)]
        found = kept(pull_request(files=(*hidden, file("a.py", 30))))
        assert [len(each.patch or "") for each in found.files] == [10, 20, 0, 30]

    def test_fit_when_all_files_share_one_path(self) -> None:
        assert len(to_snapshot("e1", pull_request(files=(file("[REDACTED]", 400_000),) * 5), at=AT).content) <= LIMIT


class TestLargePullRequests:
    def test_keep_the_names_of_three_thousand_files(self) -> None:
        many = tuple(file(f"src/package/module_{number}.py", 2000) for number in range(3000))
        found = kept(pull_request(files=many, changed_files=3000))
        assert [each.path for each in found.files] == [each.path for each in many]
        assert found.truncated

    def test_keep_small_patches_before_large_ones(self) -> None:
        sizes = [500_000, 100, 400_000, 300_000, 200]
        found = kept(pull_request(files=tuple(file(f"{size}.txt", size) for size in sizes)))
        assert [each.path for each in found.files if each.patch] == ["100.txt", "400000.txt", "300000.txt", "200.txt"]
        assert found.truncated

    def test_stay_whole_up_to_the_last_byte(self) -> None:
        room = MOST_BYTES - len(to_snapshot("e1", pull_request(files=(file("a", 0),)), at=AT).content)
        assert not kept(pull_request(files=(file("a", room),))).truncated
        assert kept(pull_request(files=(file("a", room + 1),))).truncated

    def test_keep_two_hundred_and_fifty_commits(self) -> None:
        many = tuple(Commit(sha=f"{number:040x}", message="Fix it\n\nmore words") for number in range(250))
        assert kept(pull_request(commits=many)).commits == many


class TestOrdinaryPullRequests:
    def test_come_back_as_they_were(self) -> None:
        pull = pull_request(body="Words", private=True, redacted=True)
        assert kept(pull) == pull

    @pytest.mark.parametrize("truncated", [True, False])
    def test_stay_as_truncated_as_github_gave_them(self, *, truncated: bool) -> None:
        assert kept(pull_request(truncated=truncated)).truncated is truncated

    def test_are_kept_for_a_week(self) -> None:
        assert to_snapshot("e1", pull_request(), at=AT).expires_at == AT + KEEP
        assert KEEP.days == 7
