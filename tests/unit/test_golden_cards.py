"""Are the cards still those that somebody read and would approve? `make golden` renews them; read what changed."""

import json

from tests import golden
from tests.trials import trials


class TestOwnSamples:
    def test_give_the_golden_cards(self) -> None:
        assert golden.own_cards() == golden.OWN.read_text("utf-8"), "read the cards, then: make golden"


class TestGivenPullRequests:
    def test_give_the_golden_cards(self) -> None:
        given = trials("the given pull requests' cards against their digests")
        if given is None:
            return
        kept = json.loads(golden.GIVEN.read_text("utf-8"))
        assert golden.given_cards(given / "prs") == kept, "read the cards, then: make golden TRIALS=..."

    def test_are_claimed_by_more_than_their_titles(self) -> None:
        kept = json.loads(golden.GIVEN.read_text("utf-8")).values()
        claims, beyond = (sum(card[name] for card in kept) for name in ("claims", "claimsBeyondTheTitle"))
        assert claims >= 2 * len([card for card in kept if card["claims"]])
        assert beyond * 2 >= claims, f"{beyond} of {claims} claims quote more than a title"
