"""Is the input for RenderCV YAML that every parser reads alike, and are its words free of RenderCV's and Typst's marks?

`RENDERCV`, where it names the command of RenderCV 2.3, lets it typeset the hostile words as well.
"""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from functions.assets.exports import Portfolio, Profile
from functions.assets.exports.rendercv import render
from functions.assets.exports.typst_words import header_words, words
from tests.cards import a_card
from tests.portfolios import HOME, HOSTILE, PAGE, hidden_characters, hostile_portfolio, portfolio
from tests.trials import not_tried

# What YAML 1.2 takes for a number where 1.1 takes it for text.
NUMBER = re.compile(r"[-+]?(0o[0-7]+|0x[0-9a-f]+|[0-9.]+([eE][-+]?[0-9]+)?)")
LINK = re.compile(r"\[([^\[\]]+)\]\((https://github\.com/[^()\s]+)\)")
every_hostile = pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE.keys())


def document(made: Portfolio) -> dict[str, Any]:
    """The document in a safe loader."""
    found: dict[str, Any] = yaml.safe_load(render(made).content)
    return found


def form(value: object) -> object:
    """A value with every text replaced by its type."""
    if isinstance(value, dict):
        return {name: form(item) for name, item in value.items()}
    return [form(item) for item in value] if isinstance(value, list) else type(value)


class TestHostileWords:
    @every_hostile
    def test_stay_text_of_their_place(self, said: str) -> None:
        found = document(hostile_portfolio(said))
        assert form(found) == form(document(hostile_portfolio("Plain words")))
        assert hidden_characters(render(hostile_portfolio(said)).content) == set()

    @every_hostile
    def test_are_quoted_where_another_yaml_would_take_them_for_a_number(self, said: str) -> None:
        for token in yaml.scan(render(hostile_portfolio(said)).content):
            if isinstance(token, yaml.ScalarToken) and token.plain:
                assert not NUMBER.fullmatch(token.value)

    @every_hostile
    def test_bring_no_tag_anchor_or_alias(self, said: str) -> None:
        kinds = {type(token) for token in yaml.scan(render(hostile_portfolio(said)).content)}
        assert not kinds & {yaml.TagToken, yaml.AnchorToken, yaml.AliasToken, yaml.DirectiveToken}

    @every_hostile
    def test_have_no_mark_of_typst_left(self, said: str) -> None:
        shown = words(said)
        assert not re.search(r"[\[\]`]|\\(?!\*)|(?<!\\)\*|\$\$|!!|<\S|://", shown)
        assert not re.search(r"\b(NAME|DATE|LOCATION|SUMMARY|HIGHLIGHTS|LABEL|DETAILS|TODAY)\b", shown)
        assert not re.match(r"([-+=/]+|\d+[.)]) ", shown)
        assert not re.search(r'[\[\]`\\*#$_"~@/]', header_words(said))
        assert len(header_words(said)) <= 60

    @every_hostile
    def test_leave_no_address_but_ours(self, said: str) -> None:
        made = document(hostile_portfolio(said))["cv"]
        assert made["website"] == PAGE
        for project in made["sections"]["Projects"]:
            for text in (project["name"], *project["highlights"]):
                assert [url for _, url in LINK.findall(text) if not url.startswith(HOME)] == []
                assert "](" not in LINK.sub("", text)


class TestWords:
    @pytest.mark.parametrize(
        ("said", "shown"),
        [
            ("a * b", r"a \* b"),
            ("list[str]", "list(str)"),
            ("C:\\temp", "C:∖temp"),
            ("--verbose", "‐‐verbose"),
            ("the DATE column", "the Date column"),
            ("1. first", "1.\u00a0first"),
            ("plain, with 50% & #41 (x)", "plain, with 50% & #41 (x)"),
        ],
    )
    def test_look_like_what_was_written(self, said: str, shown: str) -> None:
        assert words(said) == shown


class TestDocument:
    def test_has_the_sections_of_a_cv(self) -> None:
        cards = [a_card("ann", 1, hours=-24 * 60), a_card("ann", 2, skills=("Go", "Python"))]
        found = document(portfolio(cards))
        assert (found["cv"]["name"], found["cv"]["location"]) == ("Ada Sample", "Malmö")
        sections = found["cv"]["sections"]
        assert sections["Profile"] == ["**Engineer**", "Builds things."]
        assert sections["Skills"] == [
            {"label": "2 or 3 pull requests", "details": "Python (2)"},
            {"label": "1 pull request", "details": "Flask (1), Go (1)"},
        ]
        (project,) = sections["Projects"]
        assert project["name"] == f"[sample-org/parcel-tracker]({HOME})"
        assert (project["start_date"], project["end_date"]) == ("2025-12", "2026-03")
        assert project["highlights"][0].endswith(f"([#2]({HOME}/pull/2))")
        assert project["evidence"][0]["pull_request"] == f"{HOME}/pull/2"
        assert project["evidence"][0]["quotes"][0]["quote"] == "Track parcels by postcode"

    def test_has_a_name_where_none_is_given(self) -> None:
        assert document(portfolio([a_card("ann", 1)], profile=Profile()))["cv"]["name"] == "Résumé"


if not os.environ.get("RENDERCV"):
    not_tried("RenderCV on what is exported for it", "RENDERCV is not set; `make rendercv` installs it")


@pytest.mark.skipif(not os.environ.get("RENDERCV"), reason="the run's last lines say that it is not tried")
class TestRenderCV:
    """The real program takes the words and shows them on pages."""

    @pytest.fixture
    def packages(self, tmp_path: Path) -> dict[str, str]:
        """A stand-in for the one package of Typst's that its themes load from the internet."""
        folder = tmp_path / "typst/packages/preview/fontawesome/0.5.0"
        folder.mkdir(parents=True)
        about = '[package]\nname = "fontawesome"\nversion = "0.5.0"\nentrypoint = "lib.typ"\n'
        (folder / "typst.toml").write_text(about)
        (folder / "lib.typ").write_text('#let fa-icon(name, ..rest) = box(width: 0.6em)[#text(size: 0.8em, "•")]\n')
        return {**os.environ, "XDG_DATA_HOME": str(tmp_path)}

    @every_hostile
    def test_typesets_the_words(self, said: str, packages: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "cv.yaml").write_text(render(hostile_portfolio(said)).content, "utf-8")
        command = [os.environ["RENDERCV"], "render", "cv.yaml", "--output-folder-name", "out"]
        made = subprocess.run(
            command, cwd=tmp_path, env=packages, capture_output=True, text=True, timeout=100, check=False
        )
        assert made.returncode == 0, made.stdout[-2000:]
        assert list((tmp_path / "out").glob("*.pdf")), made.stdout[-2000:]
        assert "Your CV is rendered" in made.stdout
