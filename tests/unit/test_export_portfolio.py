"""What every export has in common: the same cards give the same bytes, what was reverted is marked."""

import json
import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.assets.exports import RENDERERS, Portfolio
from functions.assets.exports.evidence import said
from shared.domain.asset_card import AssetCard, Claim, Evidence
from shared.domain.reversal import Reversal
from tests.cards import NOON, a_card
from tests.portfolios import HOME, portfolio

HERE = 2000000001
CARDS = [
    a_card("ann", number, hours=number % 3, status="edited", repository_id=HERE + number % 2) for number in range(6)
]
every_output = pytest.mark.parametrize("output", RENDERERS, ids="-".join)


def reverting(number: int, of: int) -> Reversal:
    """Pull request `number` that reverts another one, merged a day after noon."""
    return Reversal(
        reversal_id=str(number),
        repository_id=HERE,
        number=number,
        merge_commit_sha=f"{number:040}",
        merged_at=NOON + timedelta(days=1),
        targets=(f"{HERE}#{of}",),
    )


def rendered(made: Portfolio, output: tuple[str, str]) -> str:
    """The text of an output."""
    return RENDERERS[output](made).content  # type: ignore[index]  # a key of its own


@every_output
class TestBytes:
    @settings(deadline=None, max_examples=30)
    @given(order=st.permutations(CARDS))
    def test_do_not_depend_on_the_order(self, output: tuple[str, str], order: list[AssetCard]) -> None:
        assert rendered(portfolio(order), output) == rendered(portfolio(CARDS), output)

    def test_say_no_other_time_than_the_cards(self, output: tuple[str, str]) -> None:
        years = set(re.findall(r"\b20[0-9]{2}\b", rendered(portfolio(CARDS), output)))
        assert years == {"2026"}


@every_output
class TestReverted:
    def test_pull_requests_are_marked_and_others_are_not(self, output: tuple[str, str]) -> None:
        cards = [a_card("ann", 41, status="edited"), a_card("ann", 42, status="edited", merge_commit_sha="b" * 40)]
        content = rendered(portfolio(cards, reverting(50, of=41)), output)
        assert "reverted by #50" in content
        assert content.count("reverted by") == rendered_marks(output)

    def test_pull_requests_of_private_repositories_are_marked_without_a_number(self, output: tuple[str, str]) -> None:
        made = portfolio([a_card("ann", 41)], reverting(50, of=41), hidden=frozenset({HERE}))
        content = rendered(made, output)
        assert "reverted later" in content
        assert "#50" not in content
        assert "＃50" not in content


def rendered_marks(output: tuple[str, str]) -> int:
    """How often an output says so for one card: JSON in its highlight and in its evidence."""
    return 2 if output[1] == "json" else 1


class TestSkills:
    def test_do_not_count_what_was_reverted(self) -> None:
        cards = [a_card("ann", 41), a_card("ann", 42, skills=("Python",), merge_commit_sha="b" * 40)]
        skills = portfolio(cards, reverting(50, of=41)).skills
        assert [(each.name, each.count) for each in skills] == [("Python", 1)]
        assert json.loads(rendered(portfolio(cards[:1], reverting(50, of=41)), ("resume", "json")))["skills"] == []


class TestEvidence:
    """A highlight that is a quote says so; another one is given the quote that says most."""

    @pytest.mark.parametrize(
        ("quotes", "told"),
        [
            ([("title", "Track parcels"), ("body", "It is quick")], "its description says “It is quick”"),
            ([("title", "Track parcels"), ("commit", "Add x")], "its commit message says “Add x”"),
            ([("file", "src/x.py")], "its changes say “src/x.py”"),
            ([("title", "x"), ("body", "not MEASURED")], "quoted from its description"),
            ([("body", " \u200b ")], ""),
            ([], ""),
        ],
    )
    def test_is_chosen_by_its_place(self, quotes: list[tuple[str, str]], told: str) -> None:
        proofs = tuple(
            Evidence.model_validate({"source": source, "ref": "r", "quote": quote, "url": HOME})
            for source, quote in quotes
        )
        card = a_card("ann", 41, claims=(Claim(text="x", evidence=proofs),))
        (project,) = portfolio([card]).projects
        assert said(project.achievements[0]) == told

    def test_is_cut_where_it_is_long(self) -> None:
        quote = Evidence(source="body", ref="body", quote="word " * 200, url=HOME)
        (project,) = portfolio([a_card("ann", 41, claims=(Claim(text="x", evidence=(quote,)),))]).projects
        assert len(said(project.achievements[0])) < 300

    @pytest.mark.parametrize(
        "url",
        [
            *(
                "javascript:alert(1)",
                "https://evil.sample.invalid/",
                "http://github.com/sample-org/parcel-tracker/pull/1",
            ),
            *(
                "https://github.com/sample-org/another/pull/1",
                f"{HOME}.evil/pull/1",
                f"{HOME}/pull/1#(x)",
                f"{HOME}/\u202e",
            ),
        ],
    )
    def test_has_no_address_of_another_place(self, url: str) -> None:
        quote = Evidence(source="body", ref="body", quote="x", url=url)
        (project,) = portfolio([a_card("ann", 41, claims=(Claim(text="x", evidence=(quote,)),))]).projects
        proof = project.achievements[0].proof
        assert proof
        assert [each.url for each in proof.quotes] == [""]
