"""Which quantities a text states, and which of them say the same."""

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.numbers import quantities
from shared.domain.quantity import Quantity

HOSTILE = [
    *(
        "1",
        "1,",
        "1.",
        "one ",
        "three hundred and ",
        "a ",
        "十",
        "1 ",
        "1-",
        "1 a b c ",
        "1年",
        "1e9",
        "v1",
        "1:1",
        "$1",
    ),
    *(
        "1_000",
        "1,000",
        "1 to ",
        "数十",
        "第一",
        "x",
        "_",
        "5 files ",
        "1" + " " * 50,
        "5/",
        "March ",
        " 1\n",
        "twenty-",
    ),
    *("1 per ", "1s/s/", "#1", "a@", "a.", "https://a)", "0a", "-", "1 and "),
]


def values(text: str) -> list[tuple[Fraction | str, str]]:
    return [(quantity.value, quantity.unit) for quantity in quantities(text)]


def only(text: str) -> Quantity:
    (quantity,) = quantities(text)
    return quantity


class TestReading:
    @pytest.mark.parametrize(
        "text",
        [
            "utf8 SHA256 base64 i18n k8s x86_64 py311 H264",
            "UTF-8, SHA-256, ISO 8601, HTTP/2, x86-64, 0x1F, 2FA, 4xx, 3D",
            "CVE-2026-12345 #123 owner/repo#9 GH-7 ABC-12 PR 12",
            "d02072b and bde64b31919f191c7523b4a3bcc4f56e69e30f87",
            "123e4567-e89b-12d3-a456-426614174000",
            "https://a.example/1/2?x=3 mail5@b6.example",
            "one of them, this one, second try, third-party, double quotes, half-open",
            "十分に 一部 一覧 統一 二分木 万一",
            "99999999999999999999999999999999999",
        ],
    )
    def test_leaves_names_alone(self, text: str) -> None:
        assert values(text) == []

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("1,234", 1234),
            ("1.234", Fraction("1.234")),
            ("1\u202f234", 1234),
            ("1_000_000", 1_000_000),
            ("1.2k", 1200),
            ("10K", 10_000),
            ("1e6", 1_000_000),
            (".5", Fraction(1, 2)),
            ("１２", 12),
            ("٣٤", 34),
            ("𝟗𝟓", 95),
            ("three million", 3_000_000),
            ("two hundred and five", 205),
            ("twenty-five", 25),
            ("a dozen", 12),
            ("十二件", 12),
            ("1万2千", 12_000),
            ("1.5億", 150_000_000),
            ("三つ", 3),
            ("2026年", 2026),
        ],
    )
    def test_knows_how_numbers_are_written(self, text: str, value: int | Fraction) -> None:
        assert values(text) == [(Fraction(value), "")]

    @pytest.mark.parametrize(
        ("text", "value", "unit"),
        [
            ("95 ms", Fraction(95, 1000), "second"),
            ("95\nms", Fraction(95, 1000), "second"),
            ("1.5 GB", 1_500_000_000, "byte"),
            ("1 KiB", 1024, "byte"),
            ("５０％", Fraction(1, 2), "ratio"),
            ("halved", Fraction(1, 2), "ratio"),
            ("cut in half", Fraction(1, 2), "ratio"),
            ("三分の一", Fraction(1, 3), "ratio"),
            ("two thirds", Fraction(2, 3), "ratio"),
            ("twice as fast", 2, "factor"),
            ("called twice", 2, "occurrence"),
            ("10 times faster", 10, "factor"),
            ("ran 10 times", 10, "occurrence"),
            ("2倍", 2, "factor"),
            ("tenfold", 10, "factor"),
            ("1200 requests per second", 1200, "request/second"),
            ("3 new Python files", 3, "file"),
            ("3つのファイル", 3, "file"),
            ("3 pull requests", 3, ""),
            ("12行", 12, "line"),
            ("64-bit", 64, "bit"),
            ("p99.9", Fraction("99.9"), "percentile"),
            ("3rd", 3, "ordinal"),
            ("第3回", 3, "ordinal"),
            ("$500", 500, "dollar"),
            ("hundreds of users", 100, "magnitude"),
            ("v1.2.3-rc.1", "1.2.3-rc.1", "version"),
            ("^6.14.2", "6.14.2", "version"),
            ("March 18, 2026", "2026-03-18", "date"),
            ("2026年3月18日", "2026-03-18", "date"),
            ("16:46", "16:46", "clock"),
            ("5foo", 5, "foo"),
        ],
    )
    def test_knows_what_they_measure(self, text: str, value: int | Fraction | str, unit: str) -> None:
        assert values(text) == [(value if isinstance(value, str) else Fraction(value), unit)]

    @pytest.mark.parametrize(
        "text", ["30-40 ms", "from 30 to 40 ms", "30から40ミリ秒", "30 and 40 ms", "30 ms → 40 ms"]
    )
    def test_gives_both_ends_of_a_range_the_unit(self, text: str) -> None:
        assert values(text) == [(Fraction(3, 100), "second"), (Fraction(4, 100), "second")]

    def test_finds_them_behind_names(self) -> None:
        assert values("readme.md 30351 UTF 9 SHA-257") == [(Fraction(n), "") for n in (30351, 9, 257)]

    def test_does_not_reach_over_the_end_of_a_sentence_or_an_item(self) -> None:
        assert values("Takes 95. ms is a unit") == [(Fraction(95), "")]
        assert values("5\n- 3 ms") == [(Fraction(5), ""), (Fraction(3, 1000), "second")]
        assert values("1920x1080 is 2 x 4") == [(Fraction(n), "") for n in (1920, 1080, 2, 4)]

    @given(st.text())
    @settings(deadline=None)
    def test_takes_anything_and_says_where_it_stands(self, text: str) -> None:
        for quantity in quantities(text):
            assert text[quantity.start : quantity.end] == quantity.text
            assert quantity.start < quantity.number_end <= quantity.end


class TestEquivalence:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("1.2k", "1,200"),
            ("half of it", "50 %"),
            ("半分", "0.5x"),
            ("twice as fast", "2x"),
            ("doubled", "2倍"),
            ("1 s", "1000 ms"),
            ("24 hours", "1 day"),
            ("1.5 MB", "1500 KB"),
            ("1200 rps", "1.2k req/s"),
            ("v3.11", "3.11"),
            ("v1.2.3", "1.2.3"),
            ("three files", "3ファイル"),
            ("3 endpoints", "3"),
            ("3 files", "3"),
            ("18 Mar 2026", "2026-03-18"),
        ],
    )
    def test_is_about_what_is_said(self, one: str, other: str) -> None:
        assert only(one).same_as(only(other))
        assert only(other).same_as(only(one))

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("95 ms", "95 s"),
            ("95 ms", "95"),
            ("50 %", "50"),
            ("200 %", "2x"),
            ("3 files", "3 commits"),
            ("1.2", "1.2.0"),
            ("1 KB", "1 KiB"),
            ("called twice", "2x"),
            ("5 percentage points", "5 %"),
            ("thousands", "1000"),
            ("3rd", "3"),
        ],
    )
    def test_is_not_about_digits_alone(self, one: str, other: str) -> None:
        assert not only(one).same_as(only(other))

    @given(st.integers(0, 10**12))
    @settings(deadline=None)
    def test_does_not_depend_on_separators(self, number: int) -> None:
        assert only(f"{number:,}").same_as(only(f"{number}"))


class TestTime:
    @pytest.mark.parametrize("part", HOSTILE)
    def test_grows_with_the_length_alone(self, part: str) -> None:
        text = (part * 100_000)[:100_000]
        started = time.monotonic()
        quantities(text)
        assert time.monotonic() - started < 6
