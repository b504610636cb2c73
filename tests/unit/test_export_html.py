"""What does the exported page become in a parser that follows the HTML standard, and what does it let a browser do?"""

import base64
import hashlib
import re
from xml.etree.ElementTree import Element

import html5lib
import pytest

from functions.assets.exports import Portfolio, Profile
from functions.assets.exports.resume_html import render
from tests.cards import a_card
from tests.portfolios import HOME, HOSTILE, PAGE, hidden_characters, hostile_cards, hostile_portfolio, portfolio

ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "header", "section", "article", "h1", "h2", "h3", "p", "ul"),
    *("li", "a", "span", "strong", "em"),
}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "href"}
ALLOWED = re.compile(rf"{re.escape(HOME)}(/pull/\d+|/commit/[0-9a-f]{{40}})?|{re.escape(PAGE)}")
every_hostile = pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())


def parsed(made: Portfolio) -> Element:
    """The page's tree; the parser raises for whatever the standard calls an error."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    found: Element = parser.parse(render(made).content)
    return found


def form(page: Element) -> list[tuple[str, tuple[str, ...]]]:
    """The elements of a page with their classes, in their order."""
    return [(each.tag, (each.get("class", ""),)) for each in page.iter()]


class TestHostileWords:
    """Words stay words: no element, attribute or address of theirs is in the page."""

    @every_hostile
    def test_bring_no_element_and_no_attribute(self, words: str) -> None:
        for each in parsed(hostile_portfolio(words)).iter():
            assert each.tag in ELEMENTS
            assert set(each.attrib) <= ATTRIBUTES

    @every_hostile
    def test_bring_no_address(self, words: str) -> None:
        hrefs = [each.get("href") or "" for each in parsed(hostile_portfolio(words)).iter("a")]
        assert hrefs
        assert [href for href in hrefs if not ALLOWED.fullmatch(href)] == []

    @every_hostile
    def test_do_not_change_the_form(self, words: str) -> None:
        plain = form(parsed(hostile_portfolio("Plain words")))
        assert form(parsed(hostile_portfolio(words))) == plain

    @every_hostile
    def test_hide_nothing(self, words: str) -> None:
        assert hidden_characters(render(hostile_portfolio(words)).content) == set()

    def test_are_shown_as_they_are(self) -> None:
        words = '<b>& "x" </b> {{ 1 }}'
        assert words in "".join(parsed(portfolio(hostile_cards(words))).itertext())


class TestPage:
    def test_is_all_there_is(self) -> None:
        content = render(portfolio([a_card("ann", 41)])).content
        assert not re.search(r"<(script|img|link|iframe|object|svg|form)|@import|url\(|srcset|http:", content)
        assert set(re.findall(r"https://[^/\"<]+", content)) == {
            "https://github.com",
            "https://ada.sample.org",
        }

    def test_allows_its_own_style_by_its_hash_and_nothing_else(self) -> None:
        rendered = render(portfolio([a_card("ann", 41)]))
        page = parsed(portfolio([a_card("ann", 41)]))
        style = next(page.iter("style")).text or ""
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        own = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        said = [each.get("content") for each in page.iter("meta") if each.get("http-equiv")]
        assert said == [own]
        assert rendered.policy == f"{own}; frame-ancestors 'none'"

    def test_names_its_language(self) -> None:
        page = parsed(portfolio([a_card("ann", 41, title="配達を記録した", impact="追跡できる。")]))
        assert page.get("lang") == "ja"
        (item,) = [each for each in page.iter("li") if each.get("lang")]
        assert item.get("lang") == "ja"
        assert "配達を記録した。追跡できる。" in "".join(item.itertext())

    def test_does_without_a_profile(self) -> None:
        page = parsed(portfolio([a_card("ann", 41)], profile=Profile()))
        assert next(page.iter("h1")).text == "Résumé"
        assert next(page.iter("title")).text == "Résumé"
