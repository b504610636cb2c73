"""Do a writer's words stay readable and do nothing?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.inert import inert


class TestInert:
    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("Added List<String> support", "Added List‹String› support"),
            ("those with <a> tags", "those with ‹a› tags"),
            ('<img src=x onerror="alert(1)">', '‹img src=x onerror="alert(1)"›'),
            ("<script>alert(1)", "‹script›alert(1)"),
            ("<script src=x", "‹script src=x"),
            ("<!-- hidden -->", "‹!-- hidden --›"),
            ("![x](https://a.example)", "[x] (https://a.example)"),
            ("[x][ref] and [ref]: https://a.example", "[x] [ref] and [ref] : https://a.example"),
            ("javascript:alert(1)", "javascript：alert(1)"),
            ("```\nout", "'\nout"),
        ],
    )
    def test_takes_the_life_out_of_markup(self, words: str, expected: str) -> None:
        assert inert(words) == expected

    @pytest.mark.parametrize(
        "words",
        ["a < b and c > d", "Reduced 840 ms to 95 ms", "x <= 3", "array[0]", "`code`", "Data: a table", "日本語"],
    )
    def test_leaves_ordinary_words_alone(self, words: str) -> None:
        assert inert(words) == words

    @given(st.text(alphabet="ab<>![](:)`~/ jvascriptdt:", max_size=60))
    def test_changes_nothing_twice(self, words: str) -> None:
        assert inert(inert(words)) == inert(words)
