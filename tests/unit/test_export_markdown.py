"""What do the Markdown exports become in a CommonMark parser with GitHub's tables, struck text and bare addresses?"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from functions.assets.exports import Portfolio, Rendered, readme, resume_markdown
from functions.assets.exports.markdown import link, text
from tests.cards import a_card
from tests.portfolios import HOME, HOSTILE, PAGE, hidden_characters, hostile_portfolio, portfolio

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# What GitHub makes a link of without any mark.
BARE = re.compile(r"//[^\s/]|\bwww\.\S|@\S")
PROSE = {"text", "text_special"}
BLOCKS = {"html_block", "html_inline", "image", "fence", "code_block", "table_open", "blockquote_open"}
OTHERS = {"ordered_list_open", "hr", "s_open", "em_open"}
Renderer = Callable[[Portfolio], Rendered]
RENDERERS: list[Renderer] = [readme.render, resume_markdown.render]
ALLOWED = re.compile(rf"{re.escape(HOME)}(/pull/\d+|/commit/[0-9a-f]{{40}})?|{re.escape(PAGE)}")
FORM = ("heading_open", "list_item_open", "bullet_list_open", "paragraph_open", "link_open", "hardbreak")
renderers = pytest.mark.parametrize("render", RENDERERS, ids=["readme", "resume"])


def tokens(markdown: str) -> Iterator[Token]:
    """Every token, those inside of others too."""
    for token in PARSER.parse(markdown):
        yield token
        yield from token.children or ()


def shown(markdown: str) -> str:
    """What a reader sees."""
    return " ".join(token.content for token in tokens(markdown) if token.type in PROSE | {"code_inline"})


def has_bare_address(markdown: str) -> bool:
    """Whether there is text, code apart, that GitHub makes a link of."""
    return any(BARE.search(token.content) for token in tokens(markdown) if token.type in PROSE)


def form(markdown: str) -> Counter[str]:
    """How many there are of each part of its structure."""
    return Counter(token.type for token in tokens(markdown) if token.type in FORM)


@renderers
class TestHostileWords:
    """Whatever a card says, it is text: the marks are ours, and so is every address."""

    @pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
    def test_are_text(self, render: Renderer, words: str) -> None:
        content = render(hostile_portfolio(words)).content
        found = list(tokens(content))
        kinds = {token.type for token in found}
        assert not kinds & (BLOCKS | OTHERS)
        assert not has_bare_address(content)
        hrefs = [str(token.attrs["href"]) for token in found if token.type == "link_open"]
        assert hrefs
        assert [href for href in hrefs if not ALLOWED.fullmatch(href)] == []

    @pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
    def test_do_not_change_the_form(self, render: Renderer, words: str) -> None:
        assert form(render(hostile_portfolio(words)).content) == form(render(hostile_portfolio("Plain words")).content)

    @pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
    def test_hide_nothing(self, render: Renderer, words: str) -> None:
        assert hidden_characters(render(hostile_portfolio(words)).content) == set()


class TestText:
    @settings(deadline=None)
    @given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
    def test_is_one_paragraph_of_text_whatever_it_says(self, words: str) -> None:
        markdown = f"- {text(words)}"
        assert not has_bare_address(markdown)
        kinds = {token.type for token in tokens(markdown)}
        assert kinds <= {
            *("bullet_list_open", "list_item_open", "paragraph_open", "inline", "text", "text_special", "code_inline"),
            *("paragraph_close", "list_item_close", "bullet_list_close"),
        }

    @pytest.mark.parametrize(
        "words",
        [
            "a * b _c_ d",
            "1. first",
            "50% of $5 & more",
            "C:\\temp\\x",
            "x[0] = y",
            "p < 0.05",
            "# a",
            "a ~~ b",
            "100|200",
        ],
    )
    def test_shows_what_was_written(self, words: str) -> None:
        assert shown(text(words)).replace(" ", "") == words.replace(" ", "")

    def test_keeps_code_between_ticks(self) -> None:
        assert [token.content for token in tokens(text("calls `x_y()` once")) if token.type == "code_inline"] == [
            "x_y()"
        ]


class TestLinks:
    def test_quote_anything_in_their_titles(self) -> None:
        for words in HOSTILE.values():
            found = [token for token in tokens(link("#1", HOME, words)) if token.type == "link_open"]
            assert [token.attrs["href"] for token in found] == [HOME], words
            assert found[0].attrs["title"]

    def test_are_their_label_without_an_address(self) -> None:
        assert link("name", "") == "name"


class TestReadme:
    def test_goes_by_repository_and_year_newest_first(self) -> None:
        other: dict[str, Any] = {"repository_id": 7, "repo_full_name": "sample-org/docs-site"}
        cards = [
            a_card("ann", 1, hours=-24 * 365, title="Oldest", status="edited"),
            a_card("ann", 2, hours=1, title="Newest", status="edited"),
            a_card("ann", 3, hours=0, title="Between", status="edited", **other),
            a_card("ann", 4, hours=-1, title="Older", status="edited"),
        ]
        lines = readme.render(portfolio(cards)).content.splitlines()
        told = [re.sub(r"[#-]+ |\*\*$|\*\* .*|\*\*|\(.*", "", line) for line in lines if line[:1] in ("#", "-")]
        assert told == [
            *("Ada Sample", "Selected work"),
            *("[sample-org/parcel-tracker]", "2026", "Newest.", "Older.", "2025", "Oldest."),
            *("[sample-org/docs-site]", "Between."),
        ]

    def test_links_the_pull_request_with_its_quote_and_the_commit(self) -> None:
        content = readme.render(portfolio([a_card("ann", 41, status="edited")])).content
        assert f'[#41]({HOME}/pull/41 "“Track parcels by postcode”")' in content
        assert f"[`aaaaaaa`]({HOME}/commit/{'a' * 40})" in content
        assert "`Python` `Flask`" in content


class TestResume:
    def test_says_which_place_it_quotes(self) -> None:
        content = resume_markdown.render(portfolio([a_card("ann", 41, status="edited")])).content
        assert "its title says “Track parcels by postcode”" in content

    def test_says_so_where_it_is_a_quote_itself(self) -> None:
        card = a_card("ann", 41, status="edited", impact="Track parcels by postcode.")
        assert "quoted from its title" in resume_markdown.render(portfolio([card])).content

    def test_counts_its_skills(self) -> None:
        cards = [a_card("ann", 1, status="edited"), a_card("ann", 2, status="edited", skills=("python", "Go"))]
        content = resume_markdown.render(portfolio(cards)).content
        assert "**python** (2), **Flask** (1), **Go** (1)" in content
