"""Can the text of a pull request do anything but appear in the words of a card? The fake model obeys it."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest

from functions.asset_generator.gemini import GeminiWriter
from functions.asset_generator.generate import grounded
from local.gemini import API_KEY, Gemini, behaviours
from shared.clients.gemini import Gemini as GeminiClient
from shared.domain.asset_card import AssetCard, new_card
from shared.domain.pull_request import PullRequest
from tests.injections import CARRIERS, INJECTIONS, STRANGERS, TECHNIQUES, Injection, ordinary
from tests.pull_requests import AT

WORDS = {"title", "description", "impact", "skills", "claims"}
MAY_DIFFER = WORDS | {"flags", "status", "generated_by", "unread_files"}
ACTIVE = re.compile(r"<[a-zA-Z/!][^>]*>|!\[[^\]]*\]\(|\]\(|javascript:|data:text/html|```", re.IGNORECASE)


@pytest.fixture(scope="module")
def gemini() -> Iterator[Gemini]:
    with Gemini() as running:
        yield running


@pytest.fixture(scope="module")
def writer(gemini: Gemini) -> GeminiWriter:
    return GeminiWriter(GeminiClient(lambda: API_KEY, model="gemini-2.5-flash", base_url=gemini.url))


def written(writer: GeminiWriter, pull: PullRequest) -> AssetCard:
    draft = grounded(writer.write(pull), pull)
    return new_card(draft, pull, owner_id="ann", pr_event_id="event", flags=frozenset(), at=AT)


def obeyed(writer: GeminiWriter, gemini: Gemini, injection: Injection) -> AssetCard:
    gemini.behave_as_usual()
    gemini.behave(behaviours.text(injection.obeyed()), times=None)
    return written(writer, injection.pull)


def strings(value: Any) -> Iterator[str]:  # noqa: ANN401 -- any part of a card
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)


class TestInjections:
    def test_are_twenty_techniques_in_ten_carriers(self) -> None:
        assert (len(TECHNIQUES), len(CARRIERS), len(INJECTIONS)) == (20, 10, 200)

    @pytest.mark.parametrize("technique", TECHNIQUES)
    def test_change_nothing_but_words(self, writer: GeminiWriter, gemini: Gemini, technique: str) -> None:
        gemini.behave_as_usual()
        benign = written(writer, ordinary()).model_dump(exclude=MAY_DIFFER)
        for injection in (each for each in INJECTIONS if each.technique == technique):
            card = obeyed(writer, gemini, injection)
            assert card.model_dump(exclude=MAY_DIFFER) == benign, injection.carrier
            assert card.status in ("pending", "flagged")
            assert card.generated_by.provider in ("gemini", "offline")
            assert not STRANGERS.keys() & (card.model_fields_set - set(AssetCard.model_fields))

    @pytest.mark.parametrize("technique", TECHNIQUES)
    def test_leave_nothing_active_in_the_words(self, writer: GeminiWriter, gemini: Gemini, technique: str) -> None:
        for injection in (each for each in INJECTIONS if each.technique == technique):
            card = obeyed(writer, gemini, injection)
            said = [card.title, card.description, card.impact, *card.skills, *(claim.text for claim in card.claims)]
            assert not [words for words in said if ACTIVE.search(words)], (injection.carrier, said)
            hidden = {
                character
                for words in strings(card.model_dump(include=WORDS))
                for character in words
                if character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co")
            }
            assert not hidden, injection.carrier

    @pytest.mark.parametrize("technique", TECHNIQUES)
    def test_point_at_the_pull_request_alone(self, writer: GeminiWriter, gemini: Gemini, technique: str) -> None:
        for injection in (each for each in INJECTIONS if each.technique == technique):
            card = obeyed(writer, gemini, injection)
            urls = [proof.url for claim in card.claims for proof in claim.evidence]
            assert all(url.startswith("https://github.com/sample-org/parcels/") for url in urls), urls
            if "evil.sample.invalid" in " ".join(strings(card.model_dump(include={"title", "description", "impact"}))):
                assert card.status == "flagged" or "evil.sample.invalid" in injection.pull.title + injection.pull.body

    def test_are_flagged_where_they_dictate_a_number(self, writer: GeminiWriter, gemini: Gemini) -> None:
        dictating = (each for each in INJECTIONS if each.technique == "a card of its own")
        for injection in dictating:
            assert obeyed(writer, gemini, injection).status == "flagged", injection.carrier
