"""When does an approval hold? Only the latest, only an approval, only for what it was given for, before its end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.approval import LONGEST, Policy, decide, refusal
from shared.domain.errors import ForbiddenError, InvalidError
from shared.domain.intent import Content, DecisionStatus, Intent, Kind, new_intent
from shared.domain.risk import Risk, RiskLevel

NOW = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


def an_intent(level: RiskLevel = "High", *, kind: Kind = "review", goal: str = "Look at the login") -> Intent:
    content = Content(kind=kind, goal=goal, constraints="{}", success="Findings", pr_meta='{"prNumber":1}')
    risk = Risk(level=level, score=50, factors=(), policy_version="1")
    return new_intent(content, risk, intent_id="i", owner_id="ada", at=NOW)


def approve(
    intent: Intent,
    *,
    by: str = "bo",
    status: DecisionStatus = "approved",
    days: float | None = 30,
    **more: Any,  # noqa: ANN401 -- what `decide` takes
) -> Intent:
    """The intent after this decision; its approval is called `a` and the number of the decision."""
    seq = intent.decision.seq + 1 if intent.decision else 1
    valid_to = None if days is None else NOW + days * DAY
    wanted: dict[str, Any] = {"policy": "record", "at": NOW, "valid_to": valid_to, **more}
    return intent.decided(decide(intent, status, approval_id=f"a{seq}", actor_id=by, **wanted))


def code(intent: Intent, approval_id: str | None, *, at: datetime = NOW, policy: Policy = "record") -> str | None:
    refused = refusal(intent, approval_id, policy=policy, at=at)
    return refused.code if refused else None


class TestNeed:
    @pytest.mark.parametrize("level", ["Med", "High"])
    def test_is_there_for_every_risk_but_the_lowest(self, level: RiskLevel) -> None:
        intent = an_intent(level)
        assert (intent.requires_approval, intent.awaiting_approval) == (True, True)
        assert code(intent, None) == "approval_required"

    def test_is_not_there_for_a_low_one(self) -> None:
        intent = an_intent("Low")
        assert (intent.requires_approval, intent.awaiting_approval) == (False, False)
        assert code(intent, None) is None

    def test_is_always_there_for_a_project(self) -> None:
        assert an_intent("Low", kind="project").requires_approval

    def test_of_none_lets_no_wrong_one_pass(self) -> None:
        """A Low intent runs without approval; one that is named has to hold all the same."""
        assert code(an_intent("Low"), "made-up") == "approval_replaced"
        assert code(approve(an_intent("Low"), days=1), "a1", at=NOW + DAY) == "approval_expired"


class TestApproval:
    def test_holds_for_what_it_was_given_for(self) -> None:
        assert code(approve(an_intent()), "a1") is None

    @pytest.mark.parametrize("status", ["rejected", "sent_back"])
    def test_that_is_none_does_not_hold(self, status: DecisionStatus) -> None:
        assert code(approve(an_intent(), status=status), "a1") == "not_approved"

    def test_ends_at_the_instant_that_it_names(self) -> None:
        intent = approve(an_intent(), days=1)
        assert code(intent, "a1", at=NOW + DAY - INSTANT) is None
        assert code(intent, "a1", at=NOW + DAY) == "approval_expired"

    @pytest.mark.parametrize("later", ["approved", "rejected", "sent_back"])
    def test_is_replaced_by_any_later_decision(self, later: DecisionStatus) -> None:
        intent = approve(approve(an_intent()), status=later)
        assert code(intent, "a1") == "approval_replaced"
        assert code(intent, "a2") == (None if later == "approved" else "not_approved")

    def test_of_something_else_is_none(self) -> None:
        assert code(approve(an_intent()), "a9") == "approval_replaced"

    @pytest.mark.parametrize("tampered", ["goal", "constraints", "success", "pr_meta", "kind", "supersedes"])
    def test_does_not_unlock_a_changed_intent(self, tampered: str) -> None:
        """Whoever can write the store changes the intent after it was approved."""
        other = {"constraints": '{"a":1}', "pr_meta": None, "kind": "project"}.get(tampered, "something else")
        intent = approve(an_intent()).model_copy(update={tampered: other})
        assert code(intent, "a1") == "intent_changed"

    def test_does_not_unlock_an_intent_whose_digest_was_changed_with_it(self) -> None:
        intent = approve(an_intent()).model_copy(update={"goal": "something else"})
        intent = intent.model_copy(update={"intent_digest": intent.digest()})
        assert code(intent, "a1") == "intent_changed"

    def test_is_no_way_round_a_content_that_changed_where_none_is_needed(self) -> None:
        assert code(an_intent("Low").model_copy(update={"goal": "another"}), None) == "intent_changed"


class TestOnesOwnApproval:
    def test_is_recorded_as_such(self) -> None:
        intent = approve(an_intent(), by="ada")
        assert intent.decision
        assert intent.decision.self_approved
        assert code(intent, "a1") is None

    def test_is_nobodys_where_the_policy_is_enforced(self) -> None:
        with pytest.raises(ForbiddenError):
            approve(an_intent(), by="ada", policy="enforce")

    def test_does_not_hold_once_the_policy_is_enforced(self) -> None:
        assert code(approve(an_intent(), by="ada"), "a1", policy="enforce") == "self_approved"
        assert code(approve(an_intent(), by="bo"), "a1", policy="enforce") is None

    @pytest.mark.parametrize("status", ["rejected", "sent_back"])
    def test_is_not_what_a_refusal_of_ones_own_is(self, status: DecisionStatus) -> None:
        intent = approve(an_intent(), by="ada", status=status, policy="enforce")
        assert intent.decision
        assert not intent.decision.self_approved


class TestValidity:
    @pytest.mark.parametrize("valid_to", [NOW, NOW - INSTANT, NOW - 400 * DAY, NOW + LONGEST + INSTANT])
    def test_that_is_over_or_too_long_is_refused(self, valid_to: datetime) -> None:
        with pytest.raises(InvalidError) as refused:
            approve(an_intent(), valid_to=valid_to)
        assert [name for name, _ in refused.value.fields] == ["validTo"]

    @pytest.mark.parametrize("valid_to", [NOW + INSTANT, NOW + LONGEST])
    def test_within_ninety_days_is_taken(self, valid_to: datetime) -> None:
        assert code(approve(an_intent(), valid_to=valid_to), "a1") is None

    def test_is_named_by_every_approval(self) -> None:
        with pytest.raises(InvalidError):
            approve(an_intent(), days=None)

    def test_may_be_left_out_of_a_refusal(self) -> None:
        assert code(approve(an_intent(), status="rejected", days=None), "a1") == "not_approved"


class TestDecision:
    def test_takes_the_intent_out_of_the_inbox_whatever_it_is(self) -> None:
        for status in ("approved", "rejected", "sent_back"):
            assert not approve(an_intent(), status=status).awaiting_approval

    def test_is_refused_on_an_intent_that_was_changed(self) -> None:
        with pytest.raises(InvalidError) as refused:
            approve(an_intent().model_copy(update={"goal": "another"}))
        assert refused.value.code == "intent_changed"

    @given(st.lists(st.sampled_from(["approved", "rejected", "sent_back"]), min_size=1, max_size=8))
    def test_counts_up_and_only_the_last_one_may_hold(self, statuses: list[DecisionStatus]) -> None:
        intent = an_intent()
        for status in statuses:
            intent = approve(intent, status=status)
        holding = [f"a{number}" for number in range(1, 10) if code(intent, f"a{number}") is None]
        assert holding == ([f"a{len(statuses)}"] if statuses[-1] == "approved" else [])


class TestContent:
    def test_has_one_digest_however_it_is_written(self) -> None:
        one = an_intent().model_copy(update={"constraints": '{"a":1,"b":[true,null]}'})
        other = an_intent().model_copy(update={"constraints": '{ "b": [true, null], "a": 1.0 }'})
        assert one.digest() == other.digest()

    def test_has_another_digest_for_a_goal_that_swaps_places_with_its_success(self) -> None:
        one = an_intent(goal="x").model_copy(update={"success": "y"})
        other = an_intent(goal="y").model_copy(update={"success": "x"})
        assert one.digest() != other.digest()
