"""Which numbers of items may a caller ask for?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.web.paging import PageQuery


def limit(text: object) -> int | None:
    """The limit that a parameter asks for; None where it is refused."""
    try:
        return PageQuery.model_validate({"limit": text}).limit
    except ValidationError:
        return None


class TestLimit:
    @pytest.mark.parametrize(("text", "number"), [("1", 1), ("50", 50), ("200", 200), ("007", 7)])
    def test_is_a_whole_number(self, text: str, number: int) -> None:
        assert limit(text) == number

    @pytest.mark.parametrize(
        "text",
        ["0", "-1", "201", "1000000000", "1e3", "٣", "+5", " 7", "7 ", "1.0", "", "0x1", "1_0", "²", "７", "9" * 5_000],
    )
    def test_is_not_what_python_takes_for_one(self, text: str) -> None:
        assert limit(text) is None

    @pytest.mark.parametrize("value", [["1", "2"], [], None, 5, 5.0, True, {"a": 1}], ids=repr)
    def test_is_said_once_and_in_text(self, value: object) -> None:
        assert limit(value) is None

    @given(st.text(max_size=6))
    def test_is_never_past_200(self, text: str) -> None:
        assert limit(text) in (None, *range(1, 201))

    def test_is_fifty_unless_somebody_says_so(self) -> None:
        assert (PageQuery().limit, PageQuery().cursor) == (50, "")


class TestCursor:
    @pytest.mark.parametrize("cursor", ["", "a" * 501, None, 1, ["a", "b"]], ids=lambda each: repr(each)[:20])
    def test_is_a_text_of_some_length(self, cursor: object) -> None:
        with pytest.raises(ValidationError):
            PageQuery.model_validate({"cursor": cursor})
