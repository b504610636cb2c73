"""Ids from outside name one document or none; derived ids name one cause each."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.ids import derived_id, is_id

NO_IDS = {
    "empty": "",
    "a path": "a/b/c",
    "a path upwards": "..",
    "here": ".",
    "reserved by Firestore": "__all__",
    "only underscores": "____",
    "too long": "a" * 129,
    "1,501 bytes": "a" * 1501,
    "a space": "a b",
    "a line at the end": "abc\n",
    "NUL": "a\x00b",
    "half of a surrogate pair": "\ud800",
    "letters of another script": "ａｂｃ",
    "digits of another script": "١٢٣",
    "a percent": "a%2Fb",
}
PARTS = st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=6), max_size=4)


class TestIdsFromOutside:
    @pytest.mark.parametrize("text", NO_IDS.values(), ids=NO_IDS.keys())
    def test_are_refused_when_they_could_name_something_else(self, text: str) -> None:
        assert not is_id(text)

    @pytest.mark.parametrize("text", ["a", "A-1_b", "_a_", "__a", "a__", "0" * 128])
    def test_are_taken_when_they_are_plain(self, text: str) -> None:
        assert is_id(text)

    @given(st.text())
    def test_have_nothing_in_them_that_a_path_gives_a_meaning(self, text: str) -> None:
        if is_id(text):
            assert re.fullmatch("[A-Za-z0-9_-]+", text)
            assert 1 <= len(text.encode()) <= 128


class TestDerivedIds:
    @given(PARTS, PARTS)
    def test_differ_when_any_part_does(self, one: list[str], other: list[str]) -> None:
        assert (derived_id("kind", *one) == derived_id("kind", *other)) == (one == other)

    def test_do_not_run_parts_together(self) -> None:
        lists = [("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""), ("", "abc"), ("a", "b", "c")]
        assert len({derived_id("kind", *each) for each in lists}) == len(lists)

    def test_differ_by_their_kind(self) -> None:
        assert derived_id("task", "a") != derived_id("pr-event", "a")
        assert derived_id("a", "b") != derived_id("ab")

    def test_are_the_same_in_every_process(self) -> None:
        assert derived_id("pr-event", 1, "a") == "fed3626daf5c09be50ca49ae9cdb66c28b1ae69d"

    def test_can_name_documents_and_tasks(self) -> None:
        made = derived_id("task", "x/../y", 1)
        assert is_id(made)
        assert re.fullmatch("[0-9a-f]{40}", made)
