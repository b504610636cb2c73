"""What nobody came back for: steps without a task, deliveries that were not taken, and who is served first."""

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Response
from google.cloud.firestore import DELETE_FIELD
from werkzeug.test import Client, TestResponse

from functions.reconciler import steps as reconciled
from functions.reconciler.redelivery import MOST_AT_ONCE, redeliver
from functions.reconciler.steps import PAGE, dispatch_due
from local.cloud_tasks import CreateFault
from local.github import faults
from shared.domain.pr_event import PrEvent
from shared.domain.step import FETCH, GRACE, Step
from shared.services import Services
from shared.store.collection import Collection
from shared.store.store import REDELIVERIES
from tests.deployment import Deployment
from tests.github_client import Clock
from tests.governance import Office
from tests.governed import put_run
from tests.steps import ADA, GENERATOR, PROCESSOR, TRACKER, Steps

MINUTE = timedelta(minutes=1)


@pytest.fixture
def steps(deployment: Deployment) -> Steps:
    return Steps(deployment)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(deployment: Deployment, clock: Clock) -> Services:
    return deployment.services(clock)


def wait(services: Services, name: str, *, installation: int = 1, **fields: Any) -> str:  # noqa: ANN401 -- an event's
    """Store an event that waits."""
    at = services.now()
    event = PrEvent(
        pr_event_id=name,
        event="pull_request",
        installation_id=installation,
        body_sha256="0",
        state=PrEvent.WAITING,
        stage=FETCH.name,
        received_at=at,
        updated_at=at,
        due_at=at + GRACE,
    )
    services.store.pr_events.commit(services.store.pr_events.create(replace(event, **fields)))
    return name


def dispatch(services: Services) -> int:
    return dispatch_due(services, until=services.now() + MINUTE)


def said(capsys: pytest.CaptureFixture[str], event: str) -> dict[str, Any]:
    """The last line of the log that tells of this event."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found: dict[str, Any] = [line for line in lines if line["message"] == event][-1]
    return found


def call(deployment: Deployment, **headers: str) -> TestResponse:
    """Call the reconciler as Cloud Scheduler does."""
    client = Client(deployment.function("reconciler").application)
    return client.post("/api/tasks/reconcile", json={}, headers={**deployment.task_bearer(), **headers})


class TestCaller:
    def test_is_the_task_account_alone(self, deployment: Deployment) -> None:
        for bearer in ({}, deployment.task_bearer(email="else@sample.invalid"), deployment.bearer("ada")):
            client = Client(deployment.function("reconciler").application)
            answer = client.post("/api/tasks/reconcile", json={}, headers={"X-CloudTasks-QueueName": "q", **bearer})
            assert answer.status_code == 401

    @pytest.mark.parametrize("body", [b"", b"{}", b"not json"])
    def test_may_send_any_body(self, deployment: Deployment, body: bytes) -> None:
        client = Client(deployment.function("reconciler").application)
        answer = client.post("/api/tasks/reconcile", data=body, headers=deployment.task_bearer())
        assert (answer.status_code, answer.get_json()) == (200, {"outcome": "reconciled"})


class TestStep:
    def test_whose_task_was_never_queued_becomes_a_card_by_itself(self, steps: Steps) -> None:
        """The queue is gone when the delivery comes; nobody but the reconciler knows of the event then."""
        deployment = steps.deployment
        steps.connect("ada", TRACKER, ADA)
        fault = deployment.tasks.faults.on_create(CreateFault(status=503, times=None))
        event_id = steps.merge(TRACKER, 41)
        assert fault.fired > 0
        assert steps.queued() == []
        deployment.tasks.faults.clear()
        steps.change(event_id, dueAt=deployment.services().now())
        assert call(deployment).status_code == 200
        assert steps.queued() == [(PROCESSOR, {"prEventId": event_id})]
        assert steps.run(event_id)["state"] == "done"
        assert set(steps.cards()) == {"ada"}

    def test_that_is_not_due_is_left_to_its_task(self, services: Services, steps: Steps) -> None:
        wait(services, "soon")
        assert (dispatch(services), steps.queued()) == (0, [])

    def test_tells_the_log_how_long_ago_the_oldest_was_asked_for(
        self, services: Services, clock: Clock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        wait(services, "older")
        clock.advance(minutes=20)
        wait(services, "younger")
        clock.advance(minutes=10)
        assert dispatch(services) == 2
        assert said(capsys, "steps_dispatched")["oldest_waiting_seconds"] == 30 * 60
        assert dispatch(services) == 0
        assert said(capsys, "steps_dispatched")["oldest_waiting_seconds"] == 0

    def test_tells_the_log_of_its_age_when_time_runs_out_too(
        self, services: Services, clock: Clock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        wait(services, "lost")
        clock.advance(minutes=30)
        assert dispatch_due(services, until=services.now()) == 1
        assert said(capsys, "steps_left_for_later")["oldest_waiting_seconds"] == 30 * 60

    def test_of_every_kind_says_when_it_was_asked_for(self, services: Services) -> None:
        for queued in services.store.queued:
            assert queued.kind.BEGUN in {field.name for field in dataclasses.fields(queued.kind)}

    def test_that_has_ended_is_left_alone(self, services: Services, clock: Clock) -> None:
        for state in ("done", "ignored", "failed"):
            wait(services, state, state=state, due_at=None)
        clock.advance(hours=24)
        assert dispatch(services) == 0

    def test_is_dispatched_under_a_name_that_was_never_used(
        self, services: Services, clock: Clock, steps: Steps
    ) -> None:
        wait(services, "lost")
        services.tasks.enqueue("fetch", "lost", epoch=0)
        for minutes in (1, 1, 2, 4):
            clock.advance(minutes=minutes, seconds=1)
            assert dispatch(services) == 1
        assert dispatch(services) == 0
        assert steps.queued() == [(PROCESSOR, {"prEventId": "lost"})] * 5

    def test_whose_worker_died_is_dispatched_when_its_lease_is_over(
        self, services: Services, clock: Clock, steps: Steps
    ) -> None:
        at = services.now()
        until = at + timedelta(seconds=FETCH.lease)
        held: dict[str, Any] = {
            "state": PrEvent.RUNNING,
            "holder": "dead",
            "lease_until": until,
            "due_at": until,
            "fence": 1,
        }
        wait(services, "held", **held)
        clock.advance(seconds=FETCH.lease - 60)
        assert dispatch(services) == 0
        clock.advance(seconds=60)
        assert dispatch(services) == 1
        assert steps.queued() == [(PROCESSOR, {"prEventId": "held"})]

    def test_goes_to_the_queue_of_its_stage(self, services: Services, clock: Clock, steps: Steps) -> None:
        wait(services, "fetched", stage="generate")
        clock.advance(minutes=2)
        dispatch(services)
        assert steps.queued() == [(GENERATOR, {"prEventId": "fetched"})]

    def test_put_off_for_longer_than_a_queue_waits_is_dispatched_then(
        self, services: Services, clock: Clock, steps: Steps
    ) -> None:
        wait(services, "tomorrow", due_at=services.now() + timedelta(hours=20), attempts=3)
        clock.advance(hours=19)
        assert dispatch(services) == 0
        clock.advance(hours=1)
        assert dispatch(services) == 1

    def test_waits_for_the_next_minute_when_the_queue_still_fails(
        self, services: Services, clock: Clock, steps: Steps
    ) -> None:
        wait(services, "stuck")
        clock.advance(minutes=2)
        fault = steps.deployment.tasks.faults.on_create(CreateFault(status=503, times=None))
        assert (dispatch(services), steps.queued()) == (1, [])
        assert fault.fired
        steps.deployment.tasks.faults.clear()
        clock.advance(minutes=1, seconds=1)
        assert (dispatch(services), len(steps.queued())) == (1, 1)


def test_every_collection_of_steps_is_looked_after(services: Services) -> None:
    collections = [each for each in vars(services.store).values() if isinstance(each, Collection)]
    steps = {each.path for each in collections if issubclass(each.kind, Step)}
    assert steps == {each.steps.path for each in services.store.queued}, "say in Store.queued whose steps these are"


class TestRun:
    def test_whose_task_was_lost_is_dispatched_to_its_own_queue(
        self, services: Services, clock: Clock, deployment: Deployment
    ) -> None:
        Office(deployment).hold()
        run_id = put_run(deployment, "ada", due_at=services.now())
        clock.advance(seconds=1)
        assert dispatch(services) == 1
        (task,) = deployment.tasks.tasks()
        assert task["name"].split("/")[5] == "agent-runner"
        after = services.store.agent_runs.get(run_id)
        assert after
        assert (after.value.state, after.value.epoch) == ("queued", 1)

    def test_is_no_other_run_for_having_been_dispatched_again(
        self, services: Services, clock: Clock, deployment: Deployment
    ) -> None:
        """What the queue does with it is not what was done: the ledger's digest stays true."""
        Office(deployment).hold()
        run_id = put_run(deployment, "ada", due_at=services.now())
        before = services.store.agent_runs.get(run_id)
        clock.advance(seconds=1)
        dispatch(services)
        after = services.store.agent_runs.get(run_id)
        assert before
        assert after
        assert after.value != before.value
        assert after.value.record() == before.value.record()


class TestStrangers:
    """Steps that another version of WorkLog, or a hand, has left: they hold up nobody else's."""

    @pytest.mark.parametrize("count", [1, PAGE + 1])
    def test_that_can_not_be_read_are_passed_by(
        self, services: Services, clock: Clock, steps: Steps, capsys: pytest.CaptureFixture[str], count: int
    ) -> None:
        for number in range(count):
            wait(services, f"a{number}")
            steps.deployment.firestore.document("pr-events", f"a{number}").update({"receivedAt": DELETE_FIELD})
        clock.advance(seconds=1)
        wait(services, "sound", installation=2)
        clock.advance(minutes=2)
        assert dispatch(services) == 1
        assert [body["prEventId"] for _, body in steps.queued()] == ["sound"]
        assert capsys.readouterr().out.count("document_unreadable") >= count

    def test_of_an_unknown_stage_wait(self, services: Services, clock: Clock, steps: Steps) -> None:
        wait(services, "strange", stage="hereafter")
        wait(services, "sound")
        clock.advance(minutes=2)
        assert dispatch(services) == 1
        assert [body["prEventId"] for _, body in steps.queued()] == ["sound"]
        stored = services.store.pr_events.get("strange")
        assert stored
        assert stored.value.due_at
        assert stored.value.due_at > clock()


class TestBacklog:
    def test_is_dispatched_whole_however_long(self, services: Services, clock: Clock, steps: Steps) -> None:
        for number in range(PAGE + 30):
            wait(services, f"e{number}", installation=number % 3)
        clock.advance(minutes=2)
        assert dispatch(services) == PAGE + 30
        assert len({body["prEventId"] for _, body in steps.queued()}) == PAGE + 30

    def test_of_one_installation_keeps_no_other_waiting(
        self, services: Services, clock: Clock, steps: Steps, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Time runs out after some of it: each installation has had its share by then."""
        for number in range(PAGE):
            wait(services, f"big{number:04}", installation=1)
        clock.advance(seconds=1)
        for installation in range(2, 7):
            wait(services, f"small{installation}", installation=installation)
        clock.advance(minutes=2)
        left = iter(range(6 * reconciled.SHARE))
        frozen = services.now()
        services.now = lambda: frozen if next(left, None) is not None else frozen + MINUTE
        dispatch_due(services, until=frozen + MINUTE)
        counted = Counter(body["prEventId"][:3] for _, body in steps.queued())
        assert counted["sma"] == 5
        assert counted["big"] < PAGE / 2

    def test_comes_to_another_installation_first_each_minute(self, services: Services) -> None:
        orders = {tuple(reconciled._in_turn([1, 2, 3, 4], services.now() + n * MINUTE)) for n in range(30)}  # noqa: SLF001  # the rule itself
        assert len({order[0] for order in orders}) == 4


class TestDeliveries:
    @pytest.fixture
    def lost(self, steps: Steps) -> Iterator[Steps]:
        """A webhook that was away while pull requests were merged."""
        steps.connect("ada", TRACKER, ADA)
        yield steps
        steps.github.hooks.wait()

    def lose(self, steps: Steps, number: int = 41) -> None:
        url, steps.github.hooks.url = steps.github.hooks.url, "http://127.0.0.1:9"
        steps.github.deliver_pull(TRACKER, number)
        steps.github.hooks.url = url

    def test_that_were_not_taken_become_events_once(self, lost: Steps) -> None:
        self.lose(lost)
        assert lost.events() == {}
        services = lost.deployment.services()
        assert redeliver(services, until=services.now() + MINUTE) == 1
        assert lost.github.hooks.wait()
        (event,) = lost.events().values()
        assert (event["prNumber"], event["state"]) == (41, "received")
        for _ in range(3):
            assert redeliver(services, until=services.now() + MINUTE) == 0

    def test_that_fail_again_are_repeated_after_a_while(self, lost: Steps, clock: Clock) -> None:
        services = lost.deployment.services(clock)
        url, lost.github.hooks.url = lost.github.hooks.url, "http://127.0.0.1:9"
        lost.github.deliver_pull(TRACKER, 41)
        assert redeliver(services, until=services.now() + MINUTE) == 1
        assert lost.github.hooks.wait()
        assert redeliver(services, until=services.now() + MINUTE) == 0
        lost.github.hooks.url = url
        clock.advance(minutes=6)
        lost.github.clock.advance(360)
        assert redeliver(services, until=services.now() + MINUTE) == 1
        assert lost.github.hooks.wait()
        assert len(lost.events()) == 1

    def test_are_not_forgotten_when_github_takes_no_call(self, lost: Steps) -> None:
        self.lose(lost)
        services = lost.deployment.services()
        lost.github.faults.add("POST /app/hook/deliveries/*/attempts", faults.server_error(503))
        assert redeliver(services, until=services.now() + MINUTE) == 0
        assert redeliver(services, until=services.now() + MINUTE) == 1

    def test_are_not_forgotten_when_github_does_not_know_the_app(self, lost: Steps, clock: Clock) -> None:
        """A clock that is wrong, or a key: nothing of it is the delivery's fault."""
        self.lose(lost)
        services = lost.deployment.services(clock)
        lost.github.faults.add("POST /app/hook/deliveries/*/attempts", faults.refusal(401, "Bad credentials"))
        assert redeliver(services, until=services.now() + MINUTE) == 0
        assert redeliver(services, until=services.now() + MINUTE) == 1

    def test_that_github_no_longer_has_are_dealt_with(self, lost: Steps) -> None:
        self.lose(lost)
        services = lost.deployment.services()
        lost.github.faults.add("POST /app/hook/deliveries/*/attempts", faults.refusal(404, "Not Found"))
        assert [redeliver(services, until=services.now() + MINUTE) for _ in range(2)] == [1, 0]

    def test_are_read_page_by_page_over_several_turns(self, lost: Steps) -> None:
        """As after a long outage: more of them than are repeated in one turn."""
        payload = {"zen": "Keep it logically awesome."}
        count = MOST_AT_ONCE + 45
        for _ in range(count):
            lost.github.hooks.lose("ping", payload)
        services = lost.deployment.services()
        turns = [redeliver(services, until=services.now() + MINUTE) for _ in range(4)]
        assert turns == [MOST_AT_ONCE, 45, 0, 0]

    def test_do_not_keep_steps_from_being_dispatched(self, lost: Steps) -> None:
        """GitHub is down: the other half of the work is done all the same."""
        services = lost.deployment.services()
        wait(services, "due", due_at=services.now())
        lost.github.faults.add("GET /app/hook/deliveries", faults.server_error(500), times=None)
        assert call(lost.deployment).status_code == 200
        assert (PROCESSOR, {"prEventId": "due"}) in lost.queued()

    def test_are_remembered_as_the_faster_of_two_turns_saw_them(self, lost: Steps) -> None:
        self.lose(lost)
        services, kept = lost.deployment.services(), lost.deployment.firestore.document("reconciliations", REDELIVERIES)
        redeliver(services, until=services.now() + MINUTE)
        times = []

        def be_faster(proceed: faults.Proceed) -> Response:
            redeliver(services, until=services.now() + MINUTE)
            times.append(kept.get().update_time)
            return proceed()

        lost.github.faults.add("GET /app/hook/deliveries", be_faster)
        redeliver(services, until=services.now() + MINUTE)
        assert [kept.get().update_time] == times

    def test_are_remembered_in_one_document(self, lost: Steps) -> None:
        self.lose(lost)
        services = lost.deployment.services()
        redeliver(services, until=services.now() + MINUTE)
        assert set(lost.deployment.documents("reconciliations")) == {REDELIVERIES}
