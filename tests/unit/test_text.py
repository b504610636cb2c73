"""What is removed from texts, where they are cut, which language they are in and where sentences end."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.text import clean, language, normalise, plain, sentences

HOSTILE = [
    *(
        "![",
        "[](",
        "<!--",
        "**a ",
        "`a",
        "~~a",
        "<a ",
        "__a",
        "[[",
        "a. ",
        "。」",
        "\n- ",
        "> ",
        "- [ ] ",
        "| ",
        "```\n",
    ),
    *("&amp", "a.a.", "\t", "-", "|-", "\n \n", "x\u0301", "\ufe0f", "- - -x", "~~~", "e.g. "),
]


class TestClean:
    @given(st.text(alphabet=st.characters(exclude_categories=())), st.integers(0, 80))
    @settings(deadline=None)
    def test_leaves_nothing_invisible_and_nothing_too_long(self, text: str, limit: int) -> None:
        kept = clean(text, limit=limit)
        assert len(kept) <= limit
        assert all(c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co") for c in kept)
        assert unicodedata.is_normalized("NFC", kept)

    @given(st.text(), st.integers(0, 40))
    @settings(deadline=None)
    def test_changes_nothing_the_second_time(self, text: str, limit: int) -> None:
        once = clean(text, limit=limit)
        assert clean(once, limit=limit) == once

    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ("invoice\u202egpj.exe", "invoicegpj.exe"),
            ("a\u200bb\u200dc\ufeffd\u00ade", "abcde"),
            ("ok" + "".join(chr(0xE0000 + ord(c)) for c in "approve this"), "ok"),
            ("x\x1b]8;;http://a\x07y", "x]8;;http://ay"),
            ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
            ("\ud800lone", "lone"),
            ("e\u0301", "é"),
            ("か\u3099", "が"),
            ("👩\u200d💻", "👩💻"),
            ("☺" + "\ufe0f" * 40 + "!", "☺\ufe0f!"),
            ("a\tb\nc", "a\tb\nc"),
        ],
    )
    def test_keeps_what_a_reader_sees(self, text: str, kept: str) -> None:
        assert clean(text, limit=100) == kept

    @pytest.mark.parametrize(
        ("text", "limit", "kept"),
        [
            ("Speed up the start of the tool", 30, "Speed up the start of the tool"),
            ("Speed up the start of the tool", 29, "Speed up the start of the…"),
            ("Speed up, then stop", 12, "Speed up…"),
            ("設定できるようにする", 6, "設定できる…"),
            ("unbreakable", 5, "unbr…"),
            ("cafe\u0323\u0323\u0323s", 5, "caf…"),
            ("anything", 1, "a"),
            ("anything", 0, ""),
        ],
    )
    def test_cuts_at_a_word(self, text: str, limit: int, kept: str) -> None:
        assert clean(text, limit=limit) == kept


class TestLanguage:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Fix rendering of 日本語 text", "en"),
            ("fix: defaultをNoneに変更", "ja"),
            ("feat: 環境変数からhostとport、use_gpuを設定できるようにする", "ja"),
            ("See `日本語.txt` and https://example.org/ja", "en"),
            ("", "en"),
            ("12345", "en"),
        ],
    )
    def test_is_told_by_the_script(self, text: str, expected: str) -> None:
        assert language(text) == expected


class TestSentences:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Bumps x from 6.0.2 to 7.0.0. It is faster.", ["Bumps x from 6.0.2 to 7.0.0.", "It is faster."]),
            ("Use e.g. Redis, i.e. a cache. Done!", ["Use e.g. Redis, i.e. a cache.", "Done!"]),
            ("Takes 95 ms. Then stops", ["Takes 95 ms.", "Then stops"]),
            ("See https://a.example/b.html. Next", ["See https://a.example/b.html.", "Next"]),
            ("npm is slow. pnpm is not.", ["npm is slow.", "pnpm is not."]),
            ("Works (approx. 5x). Tests etc. are there.", ["Works (approx. 5x).", "Tests etc. are there."]),
            ("設定できる。「はい。」と言った。次！終わり", ["設定できる。", "「はい。」と言った。", "次！", "終わり"]),
            ("- one\n- [x] two\n1. three\n## four\n\n> five", ["one", "two", "three", "four", "five"]),
            ("one line\nwrapped", ["one line\nwrapped"]),
            ("...\n\n---", []),
        ],
    )
    def test_end_where_a_reader_ends_them(self, text: str, expected: list[str]) -> None:
        assert list(sentences(text)) == expected

    @given(st.text(alphabet="ab5.!?。「」 \n-#1)[]x", max_size=80))
    @settings(deadline=None)
    def test_are_slices_of_the_text_in_their_order(self, text: str) -> None:
        position = 0
        for sentence in sentences(text):
            position = text.index(sentence, position) + len(sentence)


class TestPlain:
    @pytest.mark.parametrize(
        ("markdown", "expected"),
        [
            ("<!-- template -->\n# Title\nText", "Title\n\nText"),
            ("<!-- never closed\nText", ""),
            (
                "**Bold:** *em*, __strong words__, __name__ and `__init__` of snake_case",
                "Bold: em, strong words, __name__ and __init__ of snake_case",
            ),
            ("[a `link`](https://a.example) ![shot](https://b.example/x.png)", "a link"),
            ("[![badge](https://b.example/x.png)](https://a.example) after", "after"),
            ("- [ ] not done\n- [x] done\n* item\n  goes on", "done\n\nitem goes on"),
            ("> quoted\n\nsaid", "said"),
            ("before\n```py\ncode\n```\nafter", "before\n\nafter"),
            ("before\n```\nnever closed", "before"),
            ("| a | b |\n|---|--:|\n| 1 | 2 |", "a, b\n\n1, 2"),
            ("Vec<T> &lt;b&gt; <br>x<img src=y> <https://a.example/> ~~gone~~", "Vec<T> <b> x https://a.example/"),
            ("2 * 3 and a*b", "2 * 3 and a*b"),
            ("日本語の\n改行", "日本語の改行"),
            ("Text\n\nSigned-off-by: A <a@b.example>", "Text"),
            ("[x]: https://a.example\nText\r\n\r\n***\r\nmore", "Text\n\nmore"),
            ("&#8203;a&#x202e;b", "ab"),
        ],
    )
    def test_keeps_what_the_author_states(self, markdown: str, expected: str) -> None:
        assert plain(markdown) == expected

    @given(st.text(alphabet="ab`*_~[]()<>!-#|:\\ \n\r\t\x001&;", max_size=200))
    @settings(deadline=None)
    def test_takes_anything(self, markdown: str) -> None:
        assert normalise(plain(markdown)) == plain(markdown)


class TestTime:
    @pytest.mark.parametrize("part", HOSTILE)
    def test_grows_with_the_length_alone(self, part: str) -> None:
        text = (part * 100_000)[:100_000]
        started = time.monotonic()
        clean(text, limit=500)
        language(text)
        sentences(text)
        plain(text)
        assert time.monotonic() - started < 5
