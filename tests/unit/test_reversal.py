"""Which merged pull requests say that they revert which others, and which of those still do?"""

from datetime import timedelta

import pytest

from shared.domain.pull_request import Commit, PullRequest
from shared.domain.reversal import Reversal, names, reversal_of, standing
from tests.cards import NOON
from tests.pull_requests import ANN

HERE = 2000000001
SHA, OTHER = "b" * 40, "c" * 40
NAME = "sample-org/parcel-tracker"


def pull(**fields: object) -> PullRequest:
    """A merged pull request of the tracker, number 50."""
    told: dict[str, object] = {"repository_id": HERE, "repo_full_name": NAME, "number": 50, "title": 'Revert "X"'}
    told |= {"author": ANN, "head_sha": OTHER, "base_sha": OTHER, "merge_commit_sha": OTHER, "merged_at": NOON}
    return PullRequest.model_validate(told | {"additions": 1, "deletions": 1, "changed_files": 1} | fields)


def targets(**fields: object) -> set[str]:
    """What a pull request says it reverts, without the repository."""
    found = reversal_of(pull(**fields))
    return {each.removeprefix(str(HERE)) for each in found.targets} if found else set()


def revert(number: int, of: int, hours: int) -> Reversal:
    """Pull request `number`, merged so many hours after noon, which reverts another one by its number."""
    merged_at = NOON + timedelta(hours=hours)
    sha = f"{number:040}"
    found = reversal_of(pull(number=number, body=f"Reverts #{of}", merged_at=merged_at, merge_commit_sha=sha))
    assert found
    return found


class TestReversal:
    @pytest.mark.parametrize(
        "body",
        [
            "Reverts sample-org/parcel-tracker#41",
            "Reverts Sample-Org/Parcel-Tracker#41",
            "Reverts #41",
            "reverts #41, it broke the import",
            "Reverts: #41",
            "Revert https://github.com/sample-org/parcel-tracker/pull/41",
            "Sorry.\r\n\r\nReverts sample-org/parcel-tracker#41\r\n",
            "   Reverts #41.",
        ],
    )
    def test_names_a_number_in_its_body(self, body: str) -> None:
        assert targets(body=body) == {"#41"}
        assert targets(body=body, title="Back out the import") == {"#41"}

    @pytest.mark.parametrize(
        "body",
        [
            "Reverts sample-org/another#41",
            "Reverts another/parcel-tracker#41",
            "Reverts https://github.com/sample-org/another/pull/41",
            "Reverts https://evil.sample.invalid/sample-org/parcel-tracker/pull/41",
            "This does not revert #41",
            "> Reverts #41",
            "    Reverts #41",
            "Reverts the change of #41",
            "Reverts #0",
            "Reverts #41x",
            "Reverts #4141414141414",
            "Reverts -#41",
            "",
            "Reverts " + "a/" * 50_000,
            "Reverts " * 20_000,
        ],
    )
    def test_names_nothing_elsewhere(self, body: str) -> None:
        assert targets(body=body) == set()

    def test_names_a_commit_as_git_does(self) -> None:
        assert targets(body=f"This reverts commit {SHA}.") == {f"@{SHA}"}
        assert targets(body=f"This reverts commit {SHA}, reversing\nchanges made to {OTHER}.") == {f"@{SHA}"}
        assert targets(body=f"This reverts commit {SHA}0.") == set()

    def test_names_the_commits_of_commits_where_its_title_says_so(self) -> None:
        commits = (Commit(sha=OTHER, message=f'Revert "X"\n\nThis reverts commit {SHA}.'),)
        assert targets(commits=commits) == {f"@{SHA}"}
        assert targets(commits=commits, title="revert: the import") == {f"@{SHA}"}
        assert targets(commits=commits, title="Import twice as fast") == set()
        assert targets(commits=(commits[0].model_copy(update={"is_merge": True}),)) == set()

    def test_names_several_and_not_thousands(self) -> None:
        assert targets(body="Reverts #41\nReverts #42\nReverts #41") == {"#41", "#42"}
        assert len(targets(body="\n".join(f"Reverts #{number}" for number in range(1, 3000)))) == 20

    def test_is_the_same_however_often_it_is_read(self) -> None:
        assert reversal_of(pull(body="Reverts #41")) == reversal_of(pull(body="Reverts #41"))


class TestStanding:
    """A revert counts until it is reverted itself, and only against what was merged before it."""

    def test_marks_what_was_merged_before(self) -> None:
        (found,) = standing([revert(50, of=41, hours=2)])
        assert found.undoes(names(HERE, 41, SHA), NOON)
        assert not found.undoes(names(HERE, 41, SHA), NOON + timedelta(hours=2))
        assert not found.undoes(names(HERE, 42, SHA), NOON)
        assert not found.undoes(names(HERE + 1, 41, SHA), NOON)

    @pytest.mark.parametrize("length", range(1, 8))
    def test_changes_with_every_revert_of_a_revert(self, length: int) -> None:
        chain = [revert(50 + each, of=41 if each == 0 else 49 + each, hours=each + 1) for each in range(length)]
        for ordered in (chain, chain[::-1]):
            undone = any(each.undoes(names(HERE, 41, SHA), NOON) for each in standing(ordered))
            assert undone is (length % 2 == 1)

    def test_stays_with_one_of_two_reverts(self) -> None:
        both = [revert(50, of=41, hours=1), revert(51, of=50, hours=2), revert(52, of=41, hours=3)]
        assert [each.number for each in standing(both)] == [52, 51]

    def test_does_not_turn_in_circles(self) -> None:
        circle = [revert(50, of=51, hours=1), revert(51, of=50, hours=1), revert(52, of=52, hours=1)]
        assert {each.number for each in standing(circle)} == {50, 51, 52}
