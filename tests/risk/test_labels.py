"""Does the policy ever call Low what a person calls High, and were the cases set aside by their hash alone?"""

import hashlib
from collections import Counter

import pytest

from tests.risk.cases import LEVELS, SET_ASIDE, Case, given_cases, own_cases, set_aside
from tests.risk.evaluation import confusion, differences, report
from tests.trials import trials

GIVEN = 22
JAPANESE_SHARE = 1 / 3


def assert_no_high_is_low(cases: list[Case]) -> None:
    assert any(case.label == "High" for case in cases)
    assert [case.key for case in cases if case.label == "High" and case.risk().level == "Low"] == []


@pytest.fixture(params=["worked on", "set aside"])
def half(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def of(half: str, cases: list[Case]) -> list[Case]:
    return [case for case in cases if (case.key in set_aside()) == (half == "set aside")]


class TestLabels:
    def test_of_high_are_never_low(self, half: str) -> None:
        assert_no_high_is_low(of(half, own_cases()))

    def test_of_high_given_pull_requests_are_never_low(self, half: str) -> None:
        folder = trials("the risk of the given pull requests")
        if folder is None:
            return
        cases = given_cases(folder)
        assert len(cases) == GIVEN
        assert_no_high_is_low(of(half, [*cases, *own_cases()]))

    def test_that_are_not_low_need_approval(self, half: str) -> None:
        cases = of(half, own_cases())
        assert [case.key for case in cases if case.label != "Low" and case.risk().level == "Low"] == []

    def test_cover_all_levels_and_both_languages(self) -> None:
        cases = own_cases()
        assert len({case.key for case in cases}) == len(cases) == 40
        assert min(Counter(case.label for case in cases)[level] for level in LEVELS) >= 6
        assert sum(case.key.endswith("-ja") for case in cases) >= JAPANESE_SHARE * len(cases)
        assert all(case.goal.isascii() != case.key.endswith("-ja") for case in cases)

    def test_are_set_aside_by_their_hash(self) -> None:
        lowest = max(_hash(key) for key in set_aside())
        assert len(set_aside()) == SET_ASIDE
        assert all(_hash(case.key) > lowest for case in own_cases() if case.key not in set_aside())


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


class TestReport:
    def test_counts_every_case_once(self) -> None:
        cases = own_cases()
        assert sum(confusion(cases).values()) == len(cases)

    def test_names_thresholds_and_differences(self) -> None:
        wrong = Case("a", "Low", "Refund everybody", [], "", None)
        lines = "\n".join(report("half", [wrong]))
        assert "half: 1 intents, 0 as labelled" in lines
        assert "1/1 = 100%" in lines
        assert "0/0" in lines
        assert list(differences([wrong])) == ["  a: Low, the policy says Med 40: payments 40 (Refund)"]
