"""Does a table stand straight in a terminal, whatever is in it?"""

import pytest

from local.card_text import render as render_card
from local.table import one_line, render, width, wrap

LONG = "A title that goes on and on, " * 20
JAPANESE = "Webhookの再送ルールと、冪等な受信方法を文書化。" * 20


class TestWidth:
    @pytest.mark.parametrize(
        ("text", "columns"),
        [
            ("", 0),
            ("cards", 5),
            ("カード", 6),
            ("ｶｰﾄﾞ", 4),
            ("Ｃａｒｄ", 8),
            ("e\u0301", 1),
            ("か\u3099", 2),
            ("🚀", 2),
            ("a\u200bb", 2),
            ("–…“”", 4),
        ],
    )
    def test_is_what_a_terminal_gives(self, text: str, columns: int) -> None:
        assert width(text) == columns


class TestTable:
    @pytest.mark.parametrize("title", [LONG, JAPANESE, "短い", "e\u0301" * 200, "🚀" * 100, "x"])
    def test_is_no_wider_than_it_may_be_and_stands_in_columns(self, title: str) -> None:
        rows = [("sample-org/parcel-tracker#41", title, "pending", "5"), ("o/r#1", "短い", "flagged", "12")]
        lines = render(("pull request", "card", "status", "claims"), rows, widest=80).split("\n")
        assert all(width(line) <= 80 for line in lines)
        starts = {width(line[: line.index(word)]) for line, word in zip(lines[2:], ("pending", "flagged"), strict=True)}
        assert len(starts) == 1

    def test_cuts_the_widest_column_alone(self) -> None:
        table = render(("where", "what"), [("sample-org/parcel-tracker", LONG)], widest=60)
        assert "sample-org/parcel-tracker  A title" in table
        assert table.endswith("…")

    def test_is_as_narrow_as_its_cells(self) -> None:
        assert render(("a", "b"), [("one", "two")]) == "a    b\n───  ───\none  two"

    def test_puts_numbers_to_the_right(self) -> None:
        assert render(("n", "s"), [("7", "1.5"), ("12", "")]).split("\n")[2:] == [" 7  1.5", "12"]

    def test_has_one_line_a_row(self) -> None:
        told = "two\nlines\r\n\tand \x1b[31mred\u202e evil\x07"
        assert render(("what",), [(told,)]).split("\n")[2:] == ["two lines and [31mred evil"]

    def test_is_its_headings_without_rows(self) -> None:
        assert render(("a", "b"), []) == "a  b\n─  ─"

    def test_survives_less_room_than_columns(self) -> None:
        assert render(("wide", "wide"), [("text", "text")], widest=1).split("\n")[0] == "…  …"


class TestWrapping:
    @pytest.mark.parametrize("text", [LONG, JAPANESE])
    def test_keeps_lines_short_and_every_character(self, text: str) -> None:
        lines = wrap(text, 40)
        assert all(width(line) <= 42 for line in lines)  # a closing mark may hang over
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")

    def test_begins_no_line_with_a_closing_mark(self) -> None:
        assert not [line for line in wrap(JAPANESE, 41) if line[0] in "、。」"]

    def test_leaves_a_long_word_whole(self) -> None:
        assert wrap("see " + "x" * 50 + " there", 20) == ["see", "x" * 50, "there"]

    def test_of_nothing_is_an_empty_line(self) -> None:
        assert wrap(" \n ", 20) == [""]


class TestOneLine:
    def test_moves_no_cursor_and_turns_nothing_round(self) -> None:
        assert one_line("\x1b]8;;https://evil.example\x07a\u202eb\u2066c\u0000\x9bd") == "]8;;https://evil.exampleabcd"


class TestCardText:
    def test_says_everything_and_what_proves_it(self) -> None:
        proof = {"source": "body", "ref": "body", "quote": "p95 fell to 900 ms", "url": ""}
        card = {
            "title": "Made the report faster",
            "description": "Scans are read once.",
            "impact": "",
            "skills": [],
            "claims": [{"text": "The report is faster", "evidence": [proof]}],
            "flags": ["diff_truncated"],
            "status": "flagged",
            "repoFullName": "sample-org/depot",
            "prNumber": 7,
            "generatedBy": {"provider": "offline"},
        }
        assert render_card(card).split("\n") == [
            "Made the report faster",
            "  sample-org/depot#7 · flagged · flags: diff_truncated · by the offline writer",
            "",
            "  Scans are read once.",
            "  Impact: not measured in the pull request",
            "  Skills: none named",
            "",
            "  • The report is faster",
            "      body: “p95 fell to 900 ms”",
        ]
