"""Every decision says what else was considered, and when to look at it again."""

import re
from pathlib import Path

import pytest

DECISIONS = sorted(Path("docs/decisions").glob("*.md"))


@pytest.mark.parametrize("file", DECISIONS, ids=lambda each: each.stem)
class TestDecision:
    def test_has_its_number_and_its_day(self, file: Path) -> None:
        text = file.read_text("utf-8")
        assert text.startswith(f"# {int(file.stem[:4])}. ")
        assert re.match(r"# .+\n\n20\d\d-\d\d-\d\d\n", text)

    def test_names_what_else_was_considered(self, file: Path) -> None:
        assert re.search(r"\bconsidered\b|\bnot taken\b", file.read_text("utf-8"), re.IGNORECASE)

    def test_says_when_to_revisit_it(self, file: Path) -> None:
        assert re.search(r"\brevisit", file.read_text("utf-8"), re.IGNORECASE)


def test_have_a_number_each() -> None:
    numbers = [file.stem[:4] for file in DECISIONS]
    assert len(set(numbers)) == len(numbers) > 10
