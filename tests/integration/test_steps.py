"""Does a step survive whatever happens to its workers, and is its work done once?"""

import secrets
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias, cast

import pytest

from local.cloud_tasks import CreateFault
from shared.domain.errors import (
    ConfigurationError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RetryLaterError,
)
from shared.domain.pr_event import PrEvent
from shared.domain.step import FETCH, GENERATE, GRACE, MAX_ATTEMPTS
from shared.failures import failed_event
from shared.services import Services
from shared.store.collection import Collection, Stored
from shared.store.database import Write
from shared.store.store import PrSnapshot
from shared.task import Finish, perform
from tests.deployment import Deployment
from tests.github_client import Clock
from tests.steps import GENERATOR, Steps

Work: TypeAlias = Callable[[PrEvent], Finish[PrEvent]]
LEASE = timedelta(seconds=FETCH.lease)
CANARY = "a token and a payload"


class KilledError(BaseException):
    """What ends a worker on the spot: nothing of ours catches it."""


@pytest.fixture(scope="module")
def held(standing: Deployment) -> Steps:
    """The module's deployment with its queues held."""
    return Steps(standing)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(held: Steps, clock: Clock) -> Services:
    return held.deployment.services(clock)


@pytest.fixture
def event_id(services: Services) -> str:
    """A step that waits for its first claim."""
    return create(services)


def create(services: Services, **fields: Any) -> str:  # noqa: ANN401 -- fields of an event
    """Store a step of some merge; returns its id."""
    at = services.now()
    event = PrEvent(
        pr_event_id=secrets.token_hex(20),
        event="pull_request",
        installation_id=1,
        body_sha256="0",
        state=PrEvent.WAITING,
        stage=FETCH.name,
        received_at=at,
        updated_at=at,
        due_at=at + GRACE,
    )
    event = replace(event, **fields)
    services.store.pr_events.commit(services.store.pr_events.create(event))
    return event.pr_event_id


def stored(services: Services, event_id: str) -> PrEvent:
    found = services.store.pr_events.get(event_id)
    assert found is not None
    return found.value


def result(services: Services, event_id: str, content: bytes = b"result") -> Write:
    """Something that the work wants written."""
    snapshot = PrSnapshot(pr_event_id=event_id, content=content, expires_at=services.now())
    return services.store.pr_snapshots.create(snapshot)


def result_of(services: Services, event_id: str) -> bytes | None:
    found = services.store.pr_snapshots.get(event_id)
    return found.value.content if found else None


def run(services: Services, event_id: str, work: Work) -> str:
    """One task of the fetch stage."""
    return perform(services.store.pr_events, event_id, {FETCH.name: work}, services, beside=failed_event(services))


class Worker:
    """Work that counts how often it was done, and ends the step with a result."""

    def __init__(self, services: Services, meanwhile: Callable[[PrEvent], object] = lambda _: None) -> None:
        self.times = 0
        self._services = services
        self._meanwhile = meanwhile
        self._lock = threading.Lock()

    def __call__(self, event: PrEvent) -> Finish[PrEvent]:
        with self._lock:
            self.times += 1
        self._meanwhile(event)
        return Finish(event.done(at=self._services.now()), [result(self._services, event.pr_event_id)])


def raising(error: BaseException) -> Work:
    """Work that ends so."""

    def work(_: PrEvent) -> Finish[PrEvent]:
        raise error

    return work


def postponed(services: Services, event_id: str, work: Work) -> float:
    """How many seconds the queue is told to wait."""
    with pytest.raises(RetryLaterError) as later:
        run(services, event_id, work)
    return later.value.after


class TestLateFinisher:
    """A worker outlives its lease: the queue has given the step to another one meanwhile."""

    @pytest.mark.parametrize("ends", ["with a result", "with a delay", "with a bug", "for good"])
    def test_writes_nothing_after_another_has_finished(
        self, services: Services, clock: Clock, event_id: str, ends: str
    ) -> None:
        other = Worker(services)

        def late(event: PrEvent) -> Finish[PrEvent]:
            clock.advance(seconds=FETCH.lease)
            assert run(services, event_id, other) == "done"
            errors: dict[str, Exception] = {
                "with a delay": RetryLaterError("x"),
                "with a bug": ValueError(),
                "for good": InvalidError("x"),
            }
            if ends in errors:
                raise errors[ends]
            return Finish(event.ended("failed", at=clock()), [result(services, f"{event_id}-late", b"late")])

        assert run(services, event_id, late) == "superseded"
        after = stored(services, event_id)
        assert (after.state, after.fence, after.last_error) == ("done", 2, None)
        assert (result_of(services, event_id), result_of(services, f"{event_id}-late")) == (b"result", None)

    def test_writes_nothing_while_another_is_at_work(self, services: Services, clock: Clock, event_id: str) -> None:
        seen: list[str] = []

        def late(event: PrEvent) -> Finish[PrEvent]:
            clock.advance(seconds=FETCH.lease)

            def second(newer: PrEvent) -> Finish[PrEvent]:
                seen.append(run_out(event))
                return Finish(newer.done(at=clock()), [result(services, event_id)])

            assert run(services, event_id, second) == "done"
            return Finish(event.done(at=clock()), [result(services, f"{event_id}-late")])

        def run_out(event: PrEvent) -> str:
            """The first worker's finish, written while the second holds the step."""
            before = stored(services, event_id)
            write = services.store.pr_events.replace(Stored(event, event.updated_at), event.done(at=clock()))
            with pytest.raises(ConflictError):
                services.store.pr_events.commit(write, result(services, f"{event_id}-early"))
            assert stored(services, event_id) == before
            return "refused"

        assert run(services, event_id, late) == "superseded"
        assert seen == ["refused"]
        assert result_of(services, f"{event_id}-late") is None
        assert result_of(services, f"{event_id}-early") is None

    def test_writes_nothing_after_the_step_was_put_back(self, services: Services, clock: Clock, event_id: str) -> None:
        """Not even when state, stage and lease look as if nobody had come between."""

        def late(event: PrEvent) -> Finish[PrEvent]:
            clock.advance(seconds=FETCH.lease)
            postponed(services, event_id, raising(RetryLaterError("x")))
            return Finish(event.done(at=clock()), [result(services, event_id)])

        assert run(services, event_id, late) == "superseded"
        after = stored(services, event_id)
        assert (after.state, after.fence) == ("received", 2)
        assert result_of(services, event_id) is None


class TestTwoWorkers:
    @pytest.mark.parametrize("workers", [2, 16])
    def test_at_once_do_the_work_once(self, services: Services, event_id: str, workers: int) -> None:
        services.store.pr_events.get(event_id)  # the client is made once, not by each thread
        barrier = threading.Barrier(workers)
        worker = Worker(services)

        def task(_: int) -> str:
            barrier.wait(10)
            try:
                return run(services, event_id, worker)
            except RetryLaterError as later:
                return "later" if 0 < later.after <= FETCH.lease else f"later by {later.after} seconds"

        with ThreadPoolExecutor(workers) as pool:
            outcomes = list(pool.map(task, range(workers)))
        assert worker.times == 1
        assert outcomes.count("done") == 1
        assert set(outcomes) <= {"done", "later", "duplicate"}
        assert stored(services, event_id).fence == 1
        assert run(services, event_id, worker) == "duplicate"

    def test_one_after_the_other_let_the_second_wait_for_the_rest_of_the_lease(
        self, services: Services, clock: Clock, event_id: str
    ) -> None:
        def first(event: PrEvent) -> Finish[PrEvent]:
            clock.advance(seconds=100)
            assert postponed(services, event_id, raising(AssertionError("not to be done"))) == pytest.approx(
                FETCH.lease - 100, abs=5
            )
            return Finish(event.done(at=clock()))

        assert run(services, event_id, first) == "done"


class TestClaim:
    def test_is_written_before_the_work_begins(self, services: Services, event_id: str) -> None:
        def work(event: PrEvent) -> Finish[PrEvent]:
            now = stored(services, event_id)
            assert now == event
            assert (now.state, now.fence, now.attempts) == ("processing", 1, 1)
            assert now.lease_until == now.due_at == now.updated_at + LEASE
            return Finish(event.done(at=services.now()))

        assert run(services, event_id, work) == "done"

    def test_carries_a_name_of_its_own(self, services: Services) -> None:
        names: set[str | None] = set()
        for _ in range(3):
            run(services, create(services), Worker(services, lambda event: names.add(event.holder)))
        assert len(names - {None}) == 3

    @pytest.mark.parametrize("end", ["done", "ignored", "failed"])
    def test_of_a_step_that_is_over_is_a_duplicate(self, services: Services, end: str) -> None:
        event_id = create(services, state=end, due_at=None)
        before = stored(services, event_id)
        worker = Worker(services)
        assert run(services, event_id, worker) == "duplicate"
        assert (worker.times, stored(services, event_id)) == (0, before)

    @pytest.mark.parametrize("stage", ["generate", "refresh"])
    def test_of_a_step_in_another_stage_is_a_duplicate(self, services: Services, stage: str) -> None:
        event_id = create(services, stage=stage)
        before = stored(services, event_id)
        assert run(services, event_id, Worker(services)) == "duplicate"
        assert stored(services, event_id) == before

    def test_of_a_step_that_is_not_there_is_poison(
        self, services: Services, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(services, "nothing", Worker(services)) == "poison"
        assert '"message": "poison"' in capsys.readouterr().out

    def test_holds_after_an_answer_that_was_lost(self, services: Services, event_id: str) -> None:
        """The client has written twice, and was told that its own claim stands in its way."""
        worker = Worker(services)
        events = cast("Collection[PrEvent]", LostAnswers(services.store.pr_events, lost={1}))
        assert perform(events, event_id, {FETCH.name: worker}, services, beside=failed_event(services)) == "done"
        assert worker.times == 1


class LostAnswers:
    """A collection whose commits, counted from 1, are made and then answered with a conflict."""

    def __init__(self, inner: Collection[PrEvent], lost: set[int]) -> None:
        self._inner = inner
        self._lost = lost
        self._commits = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever a collection has
        return getattr(self._inner, name)

    def commit(self, *writes: Write) -> datetime:
        self._commits += 1
        at = self._inner.commit(*writes)
        if self._commits in self._lost:
            raise ConflictError("changed meanwhile")
        return at


class TestCrash:
    """A worker is killed: its step is nobody else's before the lease ends, and somebody's after."""

    def test_in_the_work_is_overcome_after_the_lease(self, services: Services, clock: Clock, event_id: str) -> None:
        with pytest.raises(KilledError):
            run(services, event_id, raising(KilledError()))
        assert stored(services, event_id).state == "processing"
        worker = Worker(services)
        for _ in range(3):
            assert 0 < postponed(services, event_id, worker) <= FETCH.lease
        clock.advance(seconds=FETCH.lease)
        assert run(services, event_id, worker) == "done"
        assert (worker.times, stored(services, event_id).fence) == (1, 2)

    def test_is_overcome_within_ten_minutes(self) -> None:
        assert max(FETCH.lease, GENERATE.lease) <= 600

    @pytest.mark.parametrize("left", [timedelta(microseconds=1), timedelta(seconds=100)])
    def test_lets_nobody_in_before_the_very_end_of_the_lease(
        self, services: Services, clock: Clock, event_id: str, left: timedelta
    ) -> None:
        with pytest.raises(KilledError):
            run(services, event_id, raising(KilledError()))
        end = stored(services, event_id).lease_until
        assert end is not None
        at_once = services_at(services, end - left)
        assert 0 < postponed(at_once, event_id, Worker(at_once)) <= left.total_seconds()
        at_the_end = services_at(services, end)
        assert run(at_the_end, event_id, Worker(at_the_end)) == "done"

    def test_between_two_commits_leaves_the_step_to_be_found(self, services: Services, event_id: str) -> None:
        """Claimed in the store, and the worker never knew: nothing but the lease holds it."""
        claimed = stored(services, event_id).claimed("somebody", at=services.now() - LEASE)
        found = services.store.pr_events.get(event_id)
        assert found is not None
        services.store.pr_events.commit(services.store.pr_events.replace(found, claimed))
        assert run(services, event_id, Worker(services)) == "done"

    def test_after_the_last_commit_costs_no_second_work(self, services: Services, event_id: str) -> None:
        worker = Worker(services)
        events = cast("Collection[PrEvent]", KilledAfter(services.store.pr_events, commit=2))
        with pytest.raises(KilledError):
            perform(events, event_id, {FETCH.name: worker}, services, beside=failed_event(services))
        assert run(services, event_id, worker) == "duplicate"
        assert (worker.times, result_of(services, event_id)) == (1, b"result")

    def test_after_each_claim_ends_in_failure_and_not_in_a_circle(
        self, services: Services, clock: Clock, event_id: str
    ) -> None:
        """As of a pull request whose snapshot takes all of the memory, each time."""
        killed = 0
        for _ in range(MAX_ATTEMPTS + 1):
            try:
                outcome = run(services, event_id, raising(KilledError()))
            except KilledError:
                killed += 1
                clock.advance(seconds=FETCH.lease)
        assert (killed, outcome) == (MAX_ATTEMPTS, "failed")
        after = stored(services, event_id)
        assert (after.state, after.due_at, after.lease_until) == ("failed", None, None)
        assert after.last_error


class KilledAfter(LostAnswers):
    """A collection whose worker is killed after a commit, counted from 1."""

    def __init__(self, inner: Collection[PrEvent], *, commit: int) -> None:
        super().__init__(inner, {commit})

    def commit(self, *writes: Write) -> datetime:
        try:
            return super().commit(*writes)
        except ConflictError:
            raise KilledError from None


def services_at(services: Services, moment: datetime) -> Services:
    """The same services at a standstill of time."""
    other = Services(services._environment.values, now=lambda: moment)  # noqa: SLF001 -- the variables it was made of
    other.__dict__["store"] = services.store
    return other


class TestFailure:
    def test_that_may_pass_is_told_to_the_queue_and_kept(self, services: Services, clock: Clock, event_id: str) -> None:
        assert postponed(services, event_id, raising(RetryLaterError("GitHub's limit", after=77))) == 77
        after = stored(services, event_id)
        assert (after.state, after.stage, after.last_error) == ("received", "fetch", "GitHub's limit")
        assert (after.attempts, after.holder, after.lease_until) == (1, None, None)
        assert after.due_at is not None
        assert after.due_at > clock() + timedelta(seconds=77)
        assert run(services, event_id, Worker(services)) == "done"

    def test_that_lasts_for_hours_is_left_to_the_reconciler(self, services: Services, event_id: str) -> None:
        """The queue would spend its attempts on it."""
        assert run(services, event_id, raising(RetryLaterError("the budget", after=7 * 3600))) == "postponed"
        after = stored(services, event_id)
        assert after.state == "received"
        assert after.due_at is not None
        assert after.due_at > services.now() + timedelta(hours=7)

    @pytest.mark.parametrize("error", [ValueError(CANARY), KeyError(CANARY), RecursionError(CANARY), OSError(CANARY)])
    def test_that_nobody_foresaw_keeps_its_name_and_not_its_words(
        self, services: Services, event_id: str, error: Exception, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert postponed(services, event_id, raising(error)) == 60
        after = stored(services, event_id)
        assert (after.state, after.last_error) == ("received", type(error).__name__)
        output = capsys.readouterr()
        assert '"unexpected_error"' in output.out
        assert type(error).__name__ in output.out
        assert CANARY not in output.out + output.err
        assert run(services, event_id, Worker(services)) == "done"

    @pytest.mark.parametrize("error", [ConflictError("x"), ConfigurationError("x")], ids=["conflict", "configuration"])
    def test_that_is_no_fault_of_the_step_may_pass(self, services: Services, event_id: str, error: Exception) -> None:
        """Somebody else's write came between, or an operator has yet to mend a setting."""
        assert postponed(services, event_id, raising(error)) > 0
        assert stored(services, event_id).state == "received"
        assert run(services, event_id, Worker(services)) == "done"

    @pytest.mark.parametrize(
        ("error", "code"),
        [(NotFoundError("x"), "not_found"), (InvalidError("x", code="odd"), "odd"), (ForbiddenError("x"), "forbidden")],
    )
    def test_that_is_final_is_recorded_and_over(
        self, services: Services, event_id: str, error: Exception, code: str
    ) -> None:
        assert run(services, event_id, raising(error)) == "failed"
        after = stored(services, event_id)
        assert (after.state, after.last_error, after.due_at) == ("failed", code, None)
        worker = Worker(services)
        assert run(services, event_id, worker) == "duplicate"
        assert worker.times == 0

    @pytest.mark.parametrize("error", [RetryLaterError("still limited", after=1), ValueError(CANARY)], ids=["", "bug"])
    def test_that_never_passes_comes_to_an_end(
        self,
        services: Services,
        clock: Clock,
        event_id: str,
        error: Exception,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        for attempt in range(1, MAX_ATTEMPTS):
            postponed(services, event_id, raising(error))
            assert stored(services, event_id).attempts == attempt
            clock.advance(seconds=120)
        assert '"step_failed"' not in capsys.readouterr().out
        assert run(services, event_id, raising(error)) == "failed"
        assert '"step_failed"' in capsys.readouterr().out
        after = stored(services, event_id)
        assert (after.state, after.attempts, after.due_at) == ("failed", MAX_ATTEMPTS, None)
        assert after.last_error in ("still limited", "ValueError")

    def test_of_any_length_can_be_kept(self, services: Services, event_id: str) -> None:
        run(services, event_id, raising(RetryLaterError("x", after=24 * 3600.0)))
        assert stored(services, event_id).state == "received"


class TestResults:
    def test_are_written_with_the_finish_or_not_at_all(self, services: Services, event_id: str) -> None:
        """One of them is there already: neither the others nor the finish are written, and the step goes on."""
        services.store.pr_snapshots.commit(result(services, event_id, b"older"))

        def work(event: PrEvent) -> Finish[PrEvent]:
            writes = [result(services, f"{event_id}-other"), result(services, event_id)]
            return Finish(event.done(at=services.now()), writes)

        assert postponed(services, event_id, work) > 0
        assert (result_of(services, event_id), result_of(services, f"{event_id}-other")) == (b"older", None)
        after = stored(services, event_id)
        assert (after.state, after.last_error, after.lease_until) == ("received", "conflict", None)

    def test_that_can_not_be_stored_end_the_step(
        self, services: Services, event_id: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """No retry would make them smaller."""

        def work(event: PrEvent) -> Finish[PrEvent]:
            writes = [result(services, f"{event_id}-other"), result(services, event_id, b"x" * 1_100_000)]
            return Finish(event.done(at=services.now()), writes)

        assert run(services, event_id, work) == "failed"
        assert '"step_failed"' in capsys.readouterr().out
        assert (stored(services, event_id).state, stored(services, event_id).last_error) == ("failed", "not_storable")
        assert result_of(services, f"{event_id}-other") is None

    def test_survive_an_answer_that_was_lost(self, services: Services, event_id: str) -> None:
        worker = Worker(services)
        events = cast("Collection[PrEvent]", LostAnswers(services.store.pr_events, lost={2}))
        assert perform(events, event_id, {FETCH.name: worker}, services, beside=failed_event(services)) == "done"
        assert (worker.times, result_of(services, event_id)) == (1, b"result")


class TestNextStage:
    @pytest.fixture(autouse=True)
    def _heal(self, held: Steps) -> Iterator[None]:
        yield
        held.deployment.tasks.faults.clear()

    def go_on(self, services: Services) -> Work:
        return lambda event: Finish(event.moved_to(GENERATE, at=services.now()))

    def test_is_queued_with_the_id_alone(self, held: Steps, services: Services, event_id: str) -> None:
        assert run(services, event_id, self.go_on(services)) == "continued"
        assert (GENERATOR, {"prEventId": event_id}) in held.queued()

    def test_begins_anew(self, services: Services, event_id: str) -> None:
        postponed(services, event_id, raising(RetryLaterError("x")))
        run(services, event_id, self.go_on(services))
        after = stored(services, event_id)
        assert (after.state, after.stage, after.attempts, after.epoch) == ("received", "generate", 0, 1)
        assert (after.last_error, after.lease_until, after.holder) == (None, None, None)
        assert after.due_at is not None
        assert after.due_at > services.now()

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_waits_for_the_reconciler_when_the_queue_fails(
        self, held: Steps, services: Services, event_id: str, status: int
    ) -> None:
        fault = held.deployment.tasks.faults.on_create(CreateFault(status=status, times=None))
        assert run(services, event_id, self.go_on(services)) == "continued"
        assert fault.fired > 0
        after = stored(services, event_id)
        assert (after.state, after.stage) == ("received", "generate")
        assert after.due_at is not None
        assert after.due_at <= services.now() + timedelta(minutes=2)
        assert (GENERATOR, {"prEventId": event_id}) not in held.queued()

    def test_is_queued_once_when_the_queue_s_answer_was_lost(
        self, held: Steps, services: Services, event_id: str
    ) -> None:
        held.deployment.tasks.faults.on_create(CreateFault(status=503, applied=True))
        assert run(services, event_id, self.go_on(services)) == "continued"
        assert held.queued().count((GENERATOR, {"prEventId": event_id})) == 1
