"""Does docs/scale.md say what the command prints?"""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from local.scale import counts, prices, turns
from local.scale.__main__ import SEED, SIZES, still
from local.scale.arrivals import merges
from local.scale.cloud import Cloud
from local.scale.day import Day
from local.scale.fullness import fullness
from local.scale.page import filled
from local.scale.picture import svg
from local.scale.tables import table
from tests.sizes import size

PAGE = Path("docs/scale.md")
RENEW = "renew it: .venv/bin/python -m local.scale --write"


class TestPage:
    def test_holds_the_tables_of_the_command(self) -> None:
        page = PAGE.read_text("utf-8")
        assert filled(page, still(counts.read(), Cloud.read(), prices.read(), SIZES)) == page, RENEW

    @pytest.mark.long
    def test_holds_the_simulated_days(self) -> None:
        some = turns.read()[: size(1, long=99)]
        found = list(turns.courses(counts.read(), Cloud.read(), max(SIZES), seed=SEED, turns=some))
        page = PAGE.read_text("utf-8")
        assert [row for row in turns.courses_table(found).splitlines() if row not in page] == [], RENEW

    def test_holds_how_full_each_limit_is(self) -> None:
        cloud = Cloud.read()
        day, found = merges(cloud, max(SIZES), seed=SEED), []
        for turn in turns.read():
            cloud = cloud.having(**turn.cells)
            found.append(turns.Course(turn, Day(len(day)), fullness(counts.read(), cloud, day)))
        assert turns.limits_table(found) in PAGE.read_text("utf-8"), RENEW

    def test_has_no_block_that_the_command_does_not_write(self) -> None:
        named = re.findall(r"<!-- (\w+): written by", PAGE.read_text("utf-8"))
        assert set(named) == {*still(counts.read(), Cloud.read(), prices.read(), SIZES), "day", "limits"}

    def test_shows_the_picture_that_is_there(self) -> None:
        (picture,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", PAGE.read_text("utf-8"))
        ET.parse(PAGE.parent / picture)

    def test_names_no_setting_that_the_turns_do_not_have(self) -> None:
        cells = set(Cloud.read().cells)
        assert all(set(turn.cells) <= cells for turn in turns.read())


class TestFilled:
    def test_refuses_a_block_that_has_no_place(self) -> None:
        with pytest.raises(KeyError, match="bill"):
            filled("# A page", {"bill": "…"})

    def test_puts_in_what_holds_backslashes_as_it_is(self) -> None:
        page = "<!-- a: written by python -m local.scale --write -->\n\nold\n\n<!-- end of a -->"
        assert "\n\\1 \\g<0>\n" in filled(page, {"a": "\\1 \\g<0>"})


class TestTable:
    def test_has_a_line_for_each_row(self) -> None:
        assert table(["a", "b"], [["1", "2"]]).splitlines() == ["| a | b |", "|---|---:|", "| 1 | 2 |"]


class TestPicture:
    def test_draws_a_line_for_each_turn_within_its_frame(self) -> None:
        found = list(turns.courses(counts.read(), Cloud.read(), 50_000, seed=1, turns=turns.read()))
        root = ET.fromstring(svg(found, "A <day> & night"))
        lines = [each for each in root.iter() if each.tag.endswith("polyline")]
        assert len(lines) == len(turns.read())
        numbers = [float(number) for line in lines for number in re.split("[ ,]", line.attrib["points"])]
        assert 0 <= min(numbers) <= max(numbers) <= 880

    def test_says_what_it_shows_to_those_who_do_not_see_it(self) -> None:
        assert ET.fromstring(svg([], "A day")).attrib["aria-label"] == "A day"
