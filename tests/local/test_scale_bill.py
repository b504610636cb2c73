"""Is the bill what the counted amounts and the price list come to, and can every cell of it be changed?"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from local.scale import counts, prices
from local.scale.__main__ import main
from local.scale.bill import bill, usage
from local.scale.cloud import Cloud
from local.scale.prices import Price

ONE = Price("a", 0.5, 100, "things", 1000, "https://a.sample.invalid", "2026-01-01", checked=True, note="")


def together(size: float, cloud: Cloud | None = None) -> float:
    return sum(line.dollars for line in bill(counts.read(), cloud or Cloud.read(), prices.read(), size))


class TestPrice:
    @pytest.mark.parametrize(("amount", "dollars"), [(0, 0), (999, 0), (1000, 0), (1100, 0.5), (2000, 5)])
    def test_is_for_what_is_not_free(self, amount: float, dollars: float) -> None:
        assert ONE.of(amount) == dollars

    def test_names_its_source_and_its_day(self) -> None:
        for price in prices.read().values():
            assert price.page.startswith("https://")
            assert len(price.date) == len("2026-01-01")
            assert price.price > 0


class TestBill:
    def test_has_a_price_for_everything_that_is_used_and_a_use_for_every_price(self) -> None:
        assert set(usage(counts.read(), Cloud.read(), 1000)) == set(prices.read())

    def test_counts_what_a_reader_would_count(self) -> None:
        """Writes: those of merges, of further people, of approvals, of reviews, and one for each idle minute."""
        stories, cloud, size = counts.read().stories, Cloud.read(), 1_000_000
        further = (stories["merge, 5 people"].total("writes") - stories["merge"].total("writes")) / 4
        expected = size * (
            stories["merge"].total("writes") * (1 - cloud["large"])
            + stories["large merge"].total("writes") * cloud["large"]
            + further * (cloud["people"] - 1)
            + stories["inbox and 20 approvals"].total("writes") / 20 * cloud["people"] * cloud["looked_at"]
            + stories["export"].total("writes") * cloud["exports"]
            + stories["review"].total("writes") * cloud["reviews"]
        )
        used = usage(counts.read(), cloud, size)
        assert used["firestore writes"] == pytest.approx(expected + 730 * 60 * stories["idle minute"].total("writes"))

    def test_grows_with_the_month_but_for_what_is_fixed(self) -> None:
        million, two, four = together(1e6), together(2e6), together(4e6)
        assert four - two == pytest.approx(2 * (two - million), rel=0.02)
        assert 20 < together(1) < 40

    @pytest.mark.parametrize(
        "cell",
        ["people", "large", "other_deliveries", "reviews", "thought_tokens", "model_seconds", "processor_factor"],
    )
    def test_grows_with_every_habit(self, cell: str) -> None:
        cloud = Cloud.read()
        assert together(1e6, cloud.having(**{cell: cloud[cell] * 2})) > together(1e6)

    def test_follows_another_price_list(self) -> None:
        found = dict(prices.read())
        found["firestore reads"] = replace(found["firestore reads"], price=1000.0)
        dearer = bill(counts.read(), Cloud.read(), found, 1e7)
        assert sum(line.dollars for line in dearer) > 10 * together(1e7)


class TestCommand:
    def test_prints_the_bill_for_any_month_and_price_list(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        found = json.loads(prices.FILE.read_text("utf-8"))
        for each in found:
            each["price"] = 0
        file = tmp_path / "prices.json"
        file.write_text(json.dumps(found), "utf-8")
        assert main(["--prices", str(file), "--per-month", "12345", "--set", "people=3"]) == 0
        printed = capsys.readouterr().out
        assert "| 12,345 |" in printed
        assert "| **together** | **0.00** |" in printed

    def test_marks_what_nobody_checked(self, capsys: pytest.CaptureFixture[str]) -> None:
        main([])
        printed = capsys.readouterr().out
        for price in prices.read().values():
            assert (f"{price.name} (not checked)" in printed) is not price.checked

    def test_refuses_a_cell_that_there_is_none(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--set", "peopel=3"]) == 2
        assert "peopel" in capsys.readouterr().err

    @pytest.mark.parametrize("wrong", [["--per-month", "0"], ["--per-month", "many"], ["--set", "people"]])
    def test_refuses_what_is_no_number(self, wrong: list[str]) -> None:
        with pytest.raises(SystemExit, match="2"):
            main(wrong)
