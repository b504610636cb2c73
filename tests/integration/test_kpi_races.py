"""KPIs while others write, fold and die between any two calls of the database: exact before, meanwhile and after."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta
from itertools import count
from typing import Any, Literal

import pytest
from werkzeug.test import Client

from functions.audit.kpi import summary
from functions.audit.schemas import KpiQuery
from functions.reconciler.days import fold_day, queue_marked
from shared import audit_days
from shared.auth import AUDITOR, Actor
from shared.domain.agent_run import EVIDENCE
from shared.domain.audit_day import day_of, mark
from shared.domain.errors import RetryLaterError
from shared.services import Services
from shared.store.codec import to_fields
from shared.store.database import Database
from shared.store.intents import IntentChange
from shared.store.store import Store
from tests.cards import NOON
from tests.deployment import Deployment
from tests.governance import Office
from tests.governed import put_event, put_run
from tests.sizes import LONG, size

RACERS = 32
OWNERS = size(12, long=90)
DAY = day_of(NOON)
AUDITING = Actor("zoe", None, frozenset({AUDITOR}))
Meanwhile = Literal["a change", "a fold", "a change and a fold", "a fold and a change"]
MEANWHILE: tuple[Meanwhile, ...] = ("a change", "a change and a fold", "a fold and a change", "a fold")
STEP = size(2, long=1)
FOLDED = MEANWHILE[: size(2, long=4)]
pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


class Killed(BaseException):
    """The process ends there: nothing catches it."""


class Interrupted(Database):
    """A database that calls somebody before each of its calls, and after a commit, with the number of the place."""

    def __init__(self, database: Database, interrupt: Callable[[int], None]) -> None:
        super().__init__(database._client)  # noqa: SLF001  # of the one that it stands for
        self._interrupt = interrupt
        self.places = 0

    def read_all(self, references: Sequence[Any]) -> list[Any]:
        self._pass()
        return super().read_all(references)

    def run(self, query: Any) -> list[Any]:  # noqa: ANN401  # the client is untyped here
        self._pass()
        return super().run(query)

    def total(self, query: Any) -> int:  # noqa: ANN401
        self._pass()
        return super().total(query)

    def commit(self, writes: Any) -> Any:  # noqa: ANN401
        self._pass()
        made = super().commit(writes)
        self._pass()
        return made

    def _pass(self) -> None:
        self.places += 1
        self._interrupt(self.places)


class World:
    """A deployment in which runs of two people come to be on one day, and events on the next."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.services = deployment.services(lambda: NOON + timedelta(days=6))
        self._numbers = count()

    def change(self, owner: str = "ben") -> None:
        """Something happens: every third run lacks evidence, every second event its address."""
        number = next(self._numbers)
        if number % 5 == 4:  # now and then
            address = "" if number % 2 else "https://github.com/sample-org/new-service"
            put_event(self.deployment, owner, number, hours=24, resource_url=address)
        else:
            kinds = [] if number % 3 == 0 else list(EVIDENCE)
            put_run(self.deployment, owner, number, state="completed", evidence=kinds)

    def fold(self, services: Services | None = None) -> None:
        """Fold every day that is marked, as one that may find another at it."""
        for day in sorted({each["day"] for each in self.deployment.documents("audit-marks").values()}):
            with suppress(RetryLaterError):
                fold_day(day, services or self.services)

    def happens(self, what: Meanwhile) -> None:
        """Let it happen."""
        for each in what.split(" and "):
            self.fold() if each == "a fold" else self.change()

    def told(self, actor: Actor = AUDITING, services: Services | None = None) -> dict[str, int]:
        """What KPIs count."""
        answer = summary(KpiQuery(), actor=actor, services=services or self.services)
        return answer.counts.model_dump(by_alias=True)

    def there(self, owner: str | None = None) -> dict[str, int]:
        """The oracle: the same counts in plain lines over the plain documents."""
        found, days = Counter[str](), defaultdict[date, list[bool]](list)
        for name, all_, linked in (
            ("agent-runs", "runs", "linkedRuns"),
            ("provisioning_events", "provisioningEvents", "linkedProvisioningEvents"),
        ):
            for each in self.deployment.documents(name).values():
                if owner in (None, each["ownerId"]):
                    whole = (
                        bool(each["resourceUrl"]) if "resourceUrl" in each else set(EVIDENCE) <= set(each["evidence"])
                    )
                    found.update({all_: 1, linked: int(whole)})
                    days[each["createdAt"].date()].append(whole)
        clean = sum(map(all, days.values()))
        return {"approved": 0, "rejected": 0, **found, "activeDays": len(days), "cleanDays": clean}

    def check(self, place: int = 0) -> None:
        """Everybody and each person are told what is there."""
        for uid in ("ann", "ben"):
            assert self.told(Actor(uid, None, frozenset())) == self.there(uid), (uid, place)
        assert self.told() == self.there(), place

    def interrupted(self, interrupt: Callable[[int], None]) -> tuple[Services, Interrupted]:
        """Services of somebody who is interrupted."""
        services = self.deployment.services(self.services.now)
        database = Interrupted(services.store.database, interrupt)
        services.store = Store(database)
        return services, database


@pytest.fixture
def world(deployment: Deployment) -> World:
    """Both people have something of each kind, folded."""
    found = World(deployment)
    for number in range(10):
        found.change("ann" if number % 5 < 2 or number == 9 else "ben")
    found.fold()
    found.check()
    return found


def every_place(act: Callable[[int], Interrupted], *, step: int = 1) -> int:
    """Do it with an interruption at the first place, at the next, and so on; returns how many there were."""
    for place in count(1, step):
        if place > act(place).places:
            return place - 1
    raise AssertionError("it never ends")


class TestAnswer:
    @pytest.mark.parametrize("meanwhile", MEANWHILE)
    def test_is_of_before_or_after_what_comes_between_any_two_of_its_reads(
        self, world: World, meanwhile: Meanwhile
    ) -> None:
        def ask(place: int) -> Interrupted:
            world.fold()
            world.change("ann")  # is not folded: her day is counted anew, and ben's taken as it is folded
            before = world.there()
            services, database = world.interrupted(lambda passed: world.happens(meanwhile) if passed == place else None)
            told = world.told(services=services)
            assert told in (before, world.there()), place
            assert place > 1 or told == world.there()
            assert world.told() == world.there()
            return database

        assert every_place(ask) >= 6  # marks, days, runs, their intents, events, decisions

    def test_lies_between_what_was_done_before_it_was_asked_and_what_was_begun(self, world: World) -> None:
        """Thirty-two write at once, have the day folded by a task that comes twice, and ask."""
        Office(world.deployment).hold("reconciler")
        client = Client(world.deployment.function("reconciler").application)
        first = world.there()["runs"]
        begun, done = list[int](), list[int]()

        def write(number: int) -> set[int]:
            begun.append(number)
            put_run(world.deployment, f"racer-{number % 4}", 5000 + number, state="completed", evidence=list(EVIDENCE))
            done.append(number)
            least = first + len(done)
            told = world.told()["runs"]
            assert least <= told <= first + len(begun)
            sent = {"json": {"auditDay": DAY}, "headers": world.deployment.task_bearer()}
            return {client.post("/api/tasks/audit-day", **sent).status_code for _ in range(2)}

        with ThreadPoolExecutor(RACERS) as pool:
            answered = set[int]().union(*pool.map(write, range(RACERS)))
        assert answered <= {200, 503}
        assert world.told() == world.there()
        world.fold()
        days = {
            (each["ownerId"], each["day"]): each["runs"] for each in world.deployment.documents("audit-days").values()
        }
        assert world.deployment.documents("audit-marks") == {}
        assert days["", DAY] == first + RACERS == world.told()["runs"]
        assert [days[f"racer-{number}", DAY] for number in range(4)] == [RACERS // 4] * 4


class TestFold:
    @pytest.mark.parametrize("meanwhile", FOLDED)
    def test_loses_and_doubles_nothing_that_comes_between_any_two_of_its_calls(
        self, world: World, meanwhile: Meanwhile
    ) -> None:
        def fold(place: int) -> Interrupted:
            for owner in ("ann", "ben"):
                world.change(owner)
            services, database = world.interrupted(lambda passed: world.happens(meanwhile) if passed == place else None)
            world.fold(services)
            world.check(place)
            world.fold()
            assert world.deployment.documents("audit-marks") == {}
            assert world.told() == world.there(), place
            return database

        assert every_place(fold) >= 8  # marks, days, two counts, a commit

    def test_that_is_killed_anywhere_is_as_if_it_had_not_been_or_were_over(self, world: World) -> None:
        def fold(place: int) -> Interrupted:
            world.change("ann")
            world.change("ben")

            def kill(passed: int) -> None:
                if passed == place:
                    raise Killed

            services, database = world.interrupted(kill)
            with suppress(Killed):
                world.fold(services)
            world.check(place)
            world.fold()
            assert world.deployment.documents("audit-marks") == {}
            assert world.told() == world.there(), place
            return database

        assert every_place(fold, step=STEP) >= 8

    def test_of_more_than_a_commit_takes_is_done_in_several(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if not LONG:
            monkeypatch.setattr(audit_days, "_MOST_OWNERS", 4)
            monkeypatch.setattr(audit_days, "_MOST_MARKS", 55)
        run = next(iter(world.deployment.documents("agent-runs").values()))
        client, batch = world.deployment.firestore, world.deployment.firestore.batch()
        for number in range(OWNERS):
            copied = {**run, "agentRunId": f"copy-{number}", "ownerId": f"owner-{number}"}
            batch.set(client.document("agent-runs", f"copy-{number}"), copied)
        batch.commit()
        batch = client.batch()
        for number in range(5 * OWNERS):
            made = mark(f"owner-{number % OWNERS}", DAY, of=f"{number}")
            batch.set(client.document("audit-marks", made.audit_mark_id), to_fields(made))
        batch.commit()
        assert world.told() == world.there()
        world.fold()
        assert world.deployment.documents("audit-marks") == {}
        assert len(world.deployment.documents("audit-days")) >= OWNERS
        assert world.told() == world.there()


class TestMarks:
    def test_wait_for_the_next_minute_where_nothing_can_be_queued(self, world: World) -> None:
        class Refusing:
            def enqueue(self, *_: object, **__: object) -> None:
                raise RetryLaterError("the queue does not answer")

        Office(world.deployment).hold("reconciler")
        world.change()
        down = world.deployment.services(world.services.now)
        down.tasks = Refusing()  # type: ignore[assignment]  # what can be queued in it is all that is asked for
        assert queue_marked(down) == 0
        world.check()
        assert queue_marked(world.services) == 1

    def test_of_late_evidence_are_of_the_day_on_which_the_run_began(self, world: World) -> None:
        run_id = put_run(world.deployment, "ann", 7000, state="completed", evidence=[])
        world.fold()
        store = world.services.store
        run = store.agent_runs.get(run_id)
        assert run
        stored = store.intents.get(run.value.intent_id)
        assert stored
        whole = run.value.with_evidence(*EVIDENCE)
        change = IntentChange(store, stored, stored.value, actor="ann", at=NOON + timedelta(days=5))
        store.intents.commit(*change.run("evidence", whole, store.agent_runs.replace(run, whole)).writes())
        marks = {(each["ownerId"], each["day"]) for each in world.deployment.documents("audit-marks").values()}
        assert marks == {("ann", DAY)}
        world.check()
        world.fold()
        world.check()
