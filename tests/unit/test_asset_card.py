"""Which way may a card go from each of its states, and what does it take along?"""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from shared.domain.asset_card import AssetCard, CardText, Draft, GeneratedBy, card_id, new_card
from shared.domain.errors import InvalidStateError
from tests.cards import NOON, a_card
from tests.pull_requests import pull_request

LATER = NOON + timedelta(days=1)
STATES = ("pending", "flagged", "approved", "edited", "rejected")
# Where each act leads from each state; None where it is refused.
APPROVED = dict(zip(STATES, ("approved", "approved", "approved", "edited", None), strict=True))
REJECTED = dict(zip(STATES, ("rejected", "rejected", None, None, "rejected"), strict=True))
EDITED = dict(zip(STATES, ("edited", "edited", "edited", "edited", None), strict=True))
REWRITTEN = dict(zip(STATES, ("flagged", "flagged", None, None, None), strict=True))
ACTS: dict[str, tuple[Any, dict[str, str | None]]] = {
    "approve": (lambda card: card.approved(at=LATER), APPROVED),
    "reject": (lambda card: card.rejected(at=LATER), REJECTED),
    "edit": (lambda card: card.edited({"title": "Mine"}, at=LATER), EDITED),
    "rewrite": (lambda card: card.rewritten(a_card("ann", status="flagged", updated_at=LATER)), REWRITTEN),
}
OTHER_WRITER = GeneratedBy(provider="gemini", model="a-model", prompt_version="2", tokens=12)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("act", ACTS)
class TestEveryAct:
    def test_leads_where_it_may_or_nowhere(self, act: str, state: str) -> None:
        go, ways = ACTS[act]
        card = a_card("ann", status=state)
        if ways[state] is None:
            with pytest.raises(InvalidStateError, match=f"can't {act} a card that is {state}"):
                go(card)
        else:
            assert go(card).status == ways[state]

    def test_leaves_the_card_before_it_as_it_was(self, act: str, state: str) -> None:
        go, ways = ACTS[act]
        card = a_card("ann", status=state)
        if ways[state] is not None:
            go(card)
        assert card == a_card("ann", status=state)

    def test_changes_nothing_the_second_time(self, act: str, state: str) -> None:
        go, ways = ACTS[act]
        if act == "rewrite" or ways[state] is None:
            return
        once = go(a_card("ann", status=state))
        assert go(once) is once

    def test_touches_neither_owner_nor_origin(self, act: str, state: str) -> None:
        go, ways = ACTS[act]
        if ways[state] is None:
            return
        kept = {"asset_card_id", "owner_id", "pr_event_id", "pr_url", "pr_number", "merged_at", "created_at", "ledger"}
        card = a_card("ann", status=state)
        after = go(card)
        assert {name: getattr(after, name) for name in kept} == {name: getattr(card, name) for name in kept}


class TestApproving:
    @pytest.mark.parametrize("state", ["approved", "edited"])
    def test_is_itself_in_the_library(self, state: str) -> None:
        card = a_card("ann", status=state)
        assert card.approved(at=LATER) is card

    def test_keeps_the_flags_and_the_revision(self) -> None:
        card = a_card("ann", status="flagged", flags=("ungrounded_claim",)).approved(at=LATER)
        assert (card.flags, card.revision, card.updated_at) == (("ungrounded_claim",), 1, LATER)


class TestEditing:
    def test_counts_a_revision_for_new_words_alone(self) -> None:
        card = a_card("ann").edited({"title": "Mine"}, at=LATER)
        again = card.edited({"title": "Mine"}, at=LATER + timedelta(days=1))
        assert (card.revision, again) == (2, card)
        assert again.edited({"title": "Mine", "impact": "Other"}, at=LATER).revision == 3

    def test_counts_one_for_a_generated_text_that_its_owner_repeats(self) -> None:
        card = a_card("ann")
        edited = card.edited({"title": card.title}, at=LATER)
        assert (edited.status, edited.revision) == ("edited", 2)

    def test_leaves_the_rest_alone(self) -> None:
        before = a_card("ann")
        after = before.edited({"skills": ("Go",)}, at=LATER)
        changed = {name for name in AssetCard.model_fields if getattr(before, name) != getattr(after, name)}
        assert changed == {"skills", "status", "revision", "updated_at"}


class TestRewriting:
    def test_takes_words_flags_and_writer(self) -> None:
        other = a_card("ann", title="Anew", flags=("diff_truncated",), status="flagged", generated_by=OTHER_WRITER)
        after = a_card("ann").rewritten(other)
        assert (after.title, after.flags, after.generated_by) == ("Anew", ("diff_truncated",), OTHER_WRITER)
        assert (after.status, after.revision) == ("flagged", 2)

    def test_never_takes_a_persons_words(self) -> None:
        card = a_card("ann").edited({"title": "Mine"}, at=LATER)
        with pytest.raises(InvalidStateError):
            card.rewritten(a_card("ann", title="Anew"))


class TestNewCard:
    @staticmethod
    def made(*, draft_flags: frozenset[Any] = frozenset(), flags: frozenset[Any] = frozenset()) -> AssetCard:
        draft = Draft(text=CardText(title="a", description="b"), generated_by=OTHER_WRITER, flags=draft_flags)
        return new_card(draft, pull_request(), owner_id="ann", pr_event_id="event", flags=flags, at=NOON)

    def test_waits_for_a_decision(self) -> None:
        card = self.made()
        assert (card.status, card.flags, card.revision, card.ledger.count) == ("pending", (), 1, 0)

    def test_is_flagged_by_its_draft_and_by_its_credit(self) -> None:
        flags = frozenset({"authorship_unverified"})
        card = self.made(draft_flags=frozenset({"ungrounded_number", "diff_truncated"}), flags=flags)
        assert card.status == "flagged"
        assert card.flags == ("authorship_unverified", "diff_truncated", "ungrounded_number")

    def test_is_the_same_for_the_same_merge(self) -> None:
        assert self.made().asset_card_id == card_id("ann", pull_request(title="Another", number=5))

    @pytest.mark.parametrize(
        "changes", [{"number": 6}, {"repository_id": 7002}, {"merge_commit_sha": "5" * 40}], ids=str
    )
    def test_is_another_for_another_merge(self, changes: dict[str, Any]) -> None:
        assert card_id("ann", pull_request()) != card_id("ann", pull_request(**changes))
        assert card_id("ann", pull_request()) != card_id("ben", pull_request())


class TestCard:
    def test_can_not_be_changed_in_place(self) -> None:
        with pytest.raises(ValidationError):
            a_card("ann").status = "approved"  # type: ignore[misc]  # that is the point

    @pytest.mark.parametrize("status", ["", "Pending", "expired", None, 1], ids=repr)
    def test_has_one_of_its_states(self, status: object) -> None:
        with pytest.raises(ValidationError):
            a_card("ann", status=status)

    def test_has_times_with_a_zone(self) -> None:
        with pytest.raises(ValidationError, match="a time needs its zone"):
            a_card("ann", merged_at=datetime(2026, 3, 1))  # noqa: DTZ001  # the fault in question

    def test_keeps_times_in_utc_and_to_the_microsecond(self) -> None:
        tokyo = timezone(timedelta(hours=9))
        card = a_card("ann", merged_at=datetime(2026, 3, 1, 21, 0, 0, 123456, tzinfo=tokyo))
        assert card.merged_at == datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
        assert card.merged_at.tzinfo is UTC
