"""What do we make of GitHub's answers, and of answers that are none?"""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.github import read_sample
from shared.clients.github.shapes import read_pull_request
from shared.domain.errors import RetryLaterError
from shared.domain.pull_request import Account, ChangedFile, PullRequest

SAMPLE = read_sample(Path("local/samples/sample-org__parcel-map__58")).pull
HALF = "\ud83d"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(HALF),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def answers() -> dict[str, Any]:
    """A pull request as GitHub answers it."""
    pull, commits, files = SAMPLE.document, SAMPLE.commits, SAMPLE.files
    return copy.deepcopy({"pull": pull, "commits": list(commits), "files": list(files)})


def read(given: dict[str, Any]) -> PullRequest:
    """What these answers describe."""
    return read_pull_request(given["pull"], commits=given["commits"], files=given["files"])


def read_with(change: Callable[[dict[str, Any]], object]) -> PullRequest:
    """What the sample describes after a change."""
    changed = answers()
    change(changed)
    return read(changed)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 -- any JSON value
    """The path to every value inside."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> None:  # noqa: ANN401 -- any JSON value
    """Replace what stands at `path`."""
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = new


PLACES = list(places(answers()))


class TestGarbledAnswers:
    """An answer that is not GitHub's may be the right one the next time."""

    @settings(max_examples=300, deadline=None)
    @given(st.sampled_from(PLACES), json_values)
    def test_are_read_or_asked_for_again(self, path: tuple[Any, ...], new: Any) -> None:  # noqa: ANN401 -- any value
        try:
            found = read_with(lambda given: put(given, path, new))
        except RetryLaterError:
            return
        found.model_dump_json(by_alias=True).encode()

    @pytest.mark.parametrize("part", ["pull", "commits", "files"])
    @pytest.mark.parametrize("answer", [None, [], {}, [None], [[]], "text", 7, {"message": "Not Found"}], ids=repr)
    def test_of_another_shape_are_read_or_asked_for_again(self, part: str, answer: Any) -> None:  # noqa: ANN401
        try:
            read({**answers(), part: answer})
        except RetryLaterError:
            return
        assert answer in ([], {})  # no commits, no files

    @pytest.mark.parametrize(
        "member", ["title", "merged_at", "merge_commit_sha", "head", "base", "number", "additions"]
    )
    def test_that_lack_a_member_are_asked_for_again(self, member: str) -> None:
        with pytest.raises(RetryLaterError):
            read_with(lambda given: given["pull"].pop(member))

    def test_say_nothing_of_a_pull_request_that_is_not_merged(self) -> None:
        with pytest.raises(RetryLaterError):
            read_with(lambda given: given["pull"].update(merged_at=None))


class TestText:
    @pytest.mark.parametrize(
        "path",
        [
            ("pull", "title"),
            ("pull", "body"),
            ("commits", 0, "commit", "message"),
            ("files", 0, "filename"),
            ("files", 0, "previous_filename"),
            ("files", 0, "patch"),
        ],
        ids=lambda path: path[-1],
    )
    def test_has_no_half_of_a_surrogate_pair(self, path: tuple[Any, ...]) -> None:
        found = read_with(lambda given: put(given, path, f"a{HALF}b"))
        assert "a?b" in found.model_dump_json(by_alias=True)

    def test_is_empty_where_there_is_no_body(self) -> None:
        assert read_with(lambda given: given["pull"].update(body=None)).body == ""

    def test_stays_as_it_is_otherwise(self) -> None:
        text = "Größe 漢字 😀\r\n\t\x00"
        assert read_with(lambda given: given["pull"].update(body=text)).body == text


class TestPeople:
    @pytest.mark.parametrize("user", [None, {}])
    def test_without_an_account_are_ghost(self, user: Any) -> None:  # noqa: ANN401 -- null or an object
        found = read_with(lambda given: given["pull"].update(user=user))
        assert found.author == Account(id=10137, login="ghost")

    @pytest.mark.parametrize("author", [None, {}])
    def test_whom_github_does_not_know_wrote_a_commit_of_nobody(self, author: Any) -> None:  # noqa: ANN401
        assert read_with(lambda given: given["commits"][0].update(author=author)).commits[0].author is None

    def test_are_of_the_type_that_github_says(self) -> None:
        assert read_with(lambda given: given["pull"]["user"].update(type="Bot")).author.type == "Bot"

    @pytest.mark.parametrize(("parents", "is_merge"), [(0, False), (1, False), (2, True), (3, True)])
    def test_merge_with_a_commit_of_several_parents(self, parents: int, *, is_merge: bool) -> None:
        found = read_with(lambda given: given["commits"][0].update(parents=[{"sha": "0" * 40}] * parents))
        assert found.commits[0].is_merge is is_merge


class TestNames:
    @pytest.mark.parametrize(
        "name", ["a", "a/", "/b", "a/b/c", "../b", "a/..", "a/.", "a/b?c", "a/b#", "a/b\n", "a/é", "a b/c", "", None, 7]
    )
    def test_of_repositories_can_not_lead_anywhere_else(self, name: object) -> None:
        with pytest.raises(RetryLaterError):
            read_with(lambda given: given["pull"]["base"]["repo"].update(full_name=name))

    @pytest.mark.parametrize("name", ["a/b", "A-1/b_c.d-e", "a/.github", "a/..b"])
    def test_of_repositories_are_taken_as_github_writes_them(self, name: str) -> None:
        found = read_with(lambda given: given["pull"]["base"]["repo"].update(full_name=name))
        assert found.repo_full_name == name


class TestFigures:
    def test_are_those_of_the_answer(self) -> None:
        found = read(answers())
        assert (found.number, found.repository_id, found.repo_full_name) == (58, 2000000002, "sample-org/parcel-map")
        assert (found.changed_files, found.additions, found.deletions) == (3, 65, 2)
        assert len(found.commits) == 3
        assert found.files[0].path == SAMPLE.files[0]["filename"]
        assert found.merged_at.tzinfo is not None
        assert not found.truncated

    @pytest.mark.parametrize("status", ["added", "removed", "modified", "renamed", "copied", "changed", "unchanged"])
    def test_take_every_status_that_github_documents(self, status: str) -> None:
        assert read_with(lambda given: given["files"][0].update(status=status)).files[0].status == status


class TestTruncation:
    """GitHub leaves things out of large pull requests without a word."""

    @pytest.mark.parametrize(
        ("what", "change"),
        [
            ("a file", lambda given: given["files"].pop()),
            ("a patch", lambda given: given["files"][0].pop("patch")),
            (
                "the patch of a renamed file",
                lambda given: (given["files"][0].pop("patch"), given["files"][0].update(status="renamed")),
            ),
            (
                "the patch and the figures of a file",
                lambda given: (given["files"][0].pop("patch"), given["files"][0].update(additions=0, deletions=0)),
            ),
            (
                "the patch and the figures of a file that only lost lines",
                lambda given: (
                    given["pull"].update(deletions=given["pull"]["deletions"] + 30_000, changed_files=4),
                    given["files"].append({"filename": "old.c", "status": "modified", "additions": 0, "deletions": 0}),
                ),
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_is_seen_when_there_is_no(self, what: str, change: Callable[[dict[str, Any]], object]) -> None:
        assert read_with(change).truncated

    @pytest.mark.parametrize("status", ["renamed", "modified", "added", "unchanged"])
    def test_is_not_seen_in_a_file_that_has_no_lines_to_show(self, status: str) -> None:
        """Binary files, empty ones, and those that were only moved."""

        def change(given: dict[str, Any]) -> None:
            given["pull"].update(changed_files=4)
            given["files"].append({"filename": "logo.png", "status": status, "additions": 0, "deletions": 0})

        found = read_with(change)
        assert not found.truncated
        assert found.files[-1] == ChangedFile(path="logo.png", status=status)
