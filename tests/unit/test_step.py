"""A step is never lost and never in two hands: its transitions, without a store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.domain.pr_event import PrEvent
from shared.domain.step import FETCH, GENERATE, GRACE, MAX_ATTEMPTS, REFRESH, STAGES, Stage

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LEASE = timedelta(seconds=FETCH.lease)
SECOND = timedelta(seconds=1)


def waiting(stage: Stage = FETCH) -> PrEvent:
    return PrEvent(
        pr_event_id="e",
        event="pull_request",
        installation_id=1,
        body_sha256="0",
        state=PrEvent.WAITING,
        stage=stage.name,
        received_at=AT,
        updated_at=AT,
        due_at=AT + GRACE,
    )


class TestStages:
    @pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES.keys())
    def test_end_before_the_queue_gives_up_and_that_before_the_lease_ends(self, stage: Stage) -> None:
        assert 0 < stage.timeout < stage.dispatch_deadline < stage.lease

    @pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES.keys())
    def test_keep_to_what_cloud_tasks_allows(self, stage: Stage) -> None:
        assert 15 <= stage.dispatch_deadline <= 1800
        assert stage.lease <= 600

    def test_have_the_name_they_are_found_under(self) -> None:
        assert {name: stage.name for name, stage in STAGES.items()} == {name: name for name in STAGES}
        assert set(STAGES) >= {"fetch", "refresh", "generate"}

    @pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES.keys())
    def test_are_named_as_functions_in_the_cloud_are(self, stage: Stage) -> None:
        assert "_" not in stage.function
        assert stage.path.startswith("/api/tasks/")


class TestClaim:
    @pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES.keys())
    def test_holds_the_step_for_the_lease_of_its_stage(self, stage: Stage) -> None:
        claimed = waiting(stage).claimed("me", at=AT)
        assert (claimed.state, claimed.holder, claimed.fence, claimed.attempts) == ("processing", "me", 1, 1)
        assert claimed.lease_until == claimed.due_at == AT + timedelta(seconds=stage.lease)
        assert claimed.updated_at == AT

    def test_ends_at_the_very_second(self) -> None:
        claimed = waiting().claimed("me", at=AT)
        assert claimed.is_held(AT)
        assert claimed.is_held(AT + LEASE - SECOND)
        assert not claimed.is_held(AT + LEASE)

    def test_of_another_raises_the_fence_and_counts_an_attempt(self) -> None:
        second = waiting().claimed("me", at=AT).claimed("you", at=AT + LEASE)
        assert (second.holder, second.fence, second.attempts) == ("you", 2, 2)

    def test_leaves_the_epoch_alone(self) -> None:
        assert replace(waiting(), epoch=3).claimed("me", at=AT).epoch == 3

    def test_of_a_step_that_waits_is_nobodys(self) -> None:
        assert not waiting().is_held(AT)


class TestNextStage:
    def test_starts_afresh_but_for_fence_and_epoch(self) -> None:
        before = replace(waiting().claimed("me", at=AT), epoch=7, attempts=9, last_error="once")
        after = before.moved_to(GENERATE, at=AT + SECOND)
        assert (after.state, after.stage, after.epoch, after.attempts) == ("received", "generate", 8, 0)
        assert (after.holder, after.lease_until, after.last_error) == (None, None, None)
        assert after.fence == before.fence
        assert after.due_at == AT + SECOND + GRACE


class TestRedispatch:
    def test_takes_the_next_epoch_and_is_due_again_a_minute_later(self) -> None:
        again = waiting().redispatched(at=AT + 5 * GRACE)
        assert (again.state, again.stage, again.epoch, again.fence) == ("received", "fetch", 1, 0)
        assert again.due_at == AT + 6 * GRACE
        assert again.updated_at == AT + 5 * GRACE

    def test_leaves_more_time_each_time_that_nobody_comes(self) -> None:
        """A queue that stands still is not filled with tasks for the same step."""
        step, waits = waiting(), []
        for _ in range(7):
            step = step.redispatched(at=AT)
            assert step.due_at
            waits.append((step.due_at - AT) // GRACE)
        assert waits == [1, 2, 4, 8, 16, 16, 16]
        assert step.claimed("me", at=AT).postponed("no", after=0, at=AT).redispatched(at=AT).due_at == AT + GRACE


class TestRevival:
    def test_lets_a_failed_step_begin_again_where_it_failed(self) -> None:
        failed = replace(waiting(GENERATE), epoch=7).claimed("me", at=AT).ended("failed", at=AT, error="no")
        again = failed.revived(at=AT + GRACE)
        assert (again.state, again.stage, again.epoch, again.attempts) == ("received", "generate", 8, 0)
        assert (again.last_error, again.due_at, again.fence) == (None, AT + 2 * GRACE, 1)


class TestPostponement:
    @given(after=st.floats(min_value=0, max_value=86_400))
    def test_waits_as_long_as_was_asked_and_a_minute(self, after: float) -> None:
        later = waiting().claimed("me", at=AT).postponed("slow down", after=after, at=AT)
        assert (later.state, later.holder, later.lease_until) == ("received", None, None)
        assert later.due_at == AT + timedelta(seconds=after) + GRACE
        assert later.last_error == "slow down"

    def test_ends_as_a_failure_after_the_last_attempt(self) -> None:
        step = waiting()
        for _ in range(MAX_ATTEMPTS):
            assert step.state == PrEvent.WAITING
            step = step.claimed("me", at=AT).postponed("no", after=1, at=AT)
        assert (step.state, step.due_at, step.last_error) == ("failed", None, "no")
        assert step.is_over


class Life(RuleBasedStateMachine):
    """Any order of transitions that the store may write."""

    def __init__(self) -> None:
        super().__init__()
        self.step = waiting()
        self.now = AT
        self.fences = [0]
        self.epochs = [0]

    @rule(seconds=st.integers(0, 1000))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: not self.step.is_over and not self.step.is_held(self.now))
    @rule()
    def claim(self) -> None:
        self.step = self.step.claimed("me", at=self.now)
        assert self.step.fence > self.fences[-1]
        self.fences.append(self.step.fence)

    @precondition(lambda self: self.step.state == PrEvent.WAITING)
    @rule()
    def redispatch(self) -> None:
        self.step = self.step.redispatched(at=self.now)

    @precondition(lambda self: self.step.is_held(self.now))
    @rule(after=st.floats(min_value=0, max_value=1000))
    def postpone(self, after: float) -> None:
        self.step = self.step.postponed("later", after=after, at=self.now)

    @precondition(lambda self: self.step.is_held(self.now))
    @rule(stage=st.sampled_from([FETCH, GENERATE, REFRESH]))
    def move(self, stage: Stage) -> None:
        self.step = self.step.moved_to(stage, at=self.now)

    @precondition(lambda self: self.step.is_held(self.now))
    @rule(state=st.sampled_from(["done", "ignored", "failed"]))
    def end(self, state: str) -> None:
        self.step = self.step.ended(state, at=self.now)

    @invariant()
    def the_reconciler_sees_it_until_it_is_over(self) -> None:
        assert (self.step.due_at is None) == self.step.is_over

    @invariant()
    def its_epoch_never_falls(self) -> None:
        """A task's name is never used twice, whichever way a step goes through its stages."""
        self.epochs.append(self.step.epoch)
        assert self.epochs == sorted(self.epochs)

    @invariant()
    def somebody_holds_it_exactly_while_it_runs(self) -> None:
        runs = self.step.state == PrEvent.RUNNING
        assert (self.step.holder is not None) == (self.step.lease_until is not None) == runs

    @invariant()
    def its_fence_never_falls(self) -> None:
        assert self.step.fence == self.fences[-1] == max(self.fences)


TestLife = Life.TestCase
