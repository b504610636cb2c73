"""Is the exported résumé what JSON Resume 1.3.1 asks for, and does it prove what it says?"""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker  # type: ignore[import-untyped]  # has no types

from functions.assets.exports import Portfolio, Profile
from functions.assets.exports.resume_json import render
from tests.cards import NOON, a_card
from tests.portfolios import HOME, HOSTILE, PROFILE, hidden_characters, hostile_portfolio, portfolio

# The official schema as npm's @jsonresume/schema 1.3.1 has it; its licence stands beside it.
SCHEMA = json.loads(Path("tests/data/jsonresume-1.3.1/schema.json").read_text("utf-8"))
VALIDATOR = Draft7Validator(SCHEMA, format_checker=FormatChecker())


def resume(made: Portfolio) -> dict[str, Any]:
    """The résumé, which keeps to the schema."""
    found: dict[str, Any] = json.loads(render(made).content)
    VALIDATOR.validate(found)
    return found


def form(value: object) -> object:
    """A value with every text replaced by its type; a quote's address may be left out."""
    if isinstance(value, dict):
        return {name: form(item) for name, item in value.items() if not (name == "url" and "quote" in value)}
    return [form(item) for item in value] if isinstance(value, list) else type(value)


class TestSchema:
    def test_is_the_official_one(self) -> None:
        Draft7Validator.check_schema(SCHEMA)
        assert set(SCHEMA["properties"]) > {"basics", "work", "projects", "skills", "meta"}

    def test_refuses_what_is_no_resume(self) -> None:
        assert not VALIDATOR.is_valid({"projects": [{"startDate": "yesterday"}]})


class TestHostileWords:
    @pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
    def test_leave_a_resume(self, words: str) -> None:
        made = hostile_portfolio(words)
        assert form(resume(made)) == form(resume(hostile_portfolio("Plain words")))
        assert hidden_characters(render(made).content) == set()

    @pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
    def test_do_nothing_where_a_theme_takes_them_for_markup(self, words: str) -> None:
        for project in resume(hostile_portfolio(words))["projects"]:
            for shown in (*project["highlights"], *project["keywords"], project["name"]):
                assert "](" not in shown
                assert "<script" not in shown
                assert "<img" not in shown
                assert "javascript:alert" not in shown.lower()


class TestResume:
    def test_says_who_it_is_about(self) -> None:
        assert resume(portfolio([a_card("ann", 41)]))["basics"] == {
            "name": PROFILE.name,
            "label": PROFILE.label,
            "url": PROFILE.url,
            "summary": PROFILE.summary,
            "location": {"city": PROFILE.location},
        }
        assert resume(portfolio([a_card("ann", 41)], profile=Profile()))["basics"] == {}

    def test_has_a_project_for_each_repository(self) -> None:
        other: dict[str, Any] = {"repository_id": 7, "repo_full_name": "sample-org/docs-site"}
        cards = [a_card("ann", 1, hours=-24), a_card("ann", 2, hours=48), a_card("ann", 3, **other)]
        first, second = resume(portfolio(cards))["projects"]
        assert (first["name"], first["url"]) == ("sample-org/parcel-tracker", HOME)
        assert (first["startDate"], first["endDate"]) == ("2026-02-28", "2026-03-03")
        assert first["roles"] == ["Contributor"]
        assert first["keywords"] == ["Python", "Flask"]
        assert (second["name"], len(second["highlights"])) == ("sample-org/docs-site", 1)

    def test_proves_each_highlight(self) -> None:
        (project,) = resume(portfolio([a_card("ann", 41, status="edited", flags=("authorship_unverified",))]))[
            "projects"
        ]
        assert project["highlights"] == ["Tracks parcels by postcode. Not measured."]
        assert project["evidence"] == [
            {
                "mergedAt": "2026-03-01",
                "pullRequest": {"number": 41, "url": f"{HOME}/pull/41"},
                "mergeCommit": {"sha": "a" * 40, "url": f"{HOME}/commit/{'a' * 40}"},
                "quotes": [
                    {
                        "claim": "Parcels are tracked by postcode",
                        "source": "title",
                        "ref": "title",
                        "quote": "Track parcels by postcode",
                        "url": f"{HOME}/pull/41",
                    }
                ],
                "flags": ["authorship_unverified"],
                "wordsBy": "person",
            }
        ]

    def test_takes_the_first_sentence_where_no_impact_is_measured(self) -> None:
        card = a_card("ann", 41, impact="", description="Finds parcels at once. Bug fix: 2 files.")
        (project,) = resume(portfolio([card]))["projects"]
        assert project["highlights"] == ["Tracks parcels by postcode. Finds parcels at once."]

    @pytest.mark.parametrize(
        ("count", "level"),
        [
            (1, "once (1 merged pull request)"),
            (2, "repeated (2 merged pull requests)"),
            (3, "repeated (3 merged pull requests)"),
            (4, "regular (4 merged pull requests)"),
            (9, "regular (9 merged pull requests)"),
            (10, "extensive (10 merged pull requests)"),
        ],
    )
    def test_derives_levels_from_counts_and_says_so(self, count: int, level: str) -> None:
        found = resume(portfolio([a_card("ann", number, skills=("Go", "go")) for number in range(1, count + 1)]))
        assert found["skills"] == [{"name": "Go", "level": level}]
        assert "once from 1 on, repeated from 2 on" in found["meta"]["worklog"]["skillLevels"]

    def test_was_modified_when_its_newest_card_was(self) -> None:
        cards = [a_card("ann", 1, updated_at=NOON.replace(year=2027)), a_card("ann", 2, hours=9)]
        assert resume(portfolio(cards))["meta"]["lastModified"] == "2027-03-01T12:00:00Z"
