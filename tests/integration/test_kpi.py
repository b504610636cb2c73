"""KPIs: what they say is what a recount says, at every moment and over every period; folded days cost a read each."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from functions.audit.kpi import summary
from functions.audit.schemas import KpiQuery
from functions.reconciler.days import fold_day, queue_marked
from shared.auth import AUDITOR, Actor
from shared.domain.agent_run import EVIDENCE
from shared.domain.approval import Approval
from shared.domain.audit_day import day_of
from shared.domain.errors import RetryLaterError
from shared.services import Services
from shared.store.database import Database
from shared.store.intents import IntentChange
from shared.store.store import Store
from tests.cards import NOON
from tests.deployment import Deployment
from tests.github_client import Clock
from tests.governance import HARMLESS, Office
from tests.governed import an_intent, put_intent, put_run
from tests.sizes import size

HISTORIES = size(6, long=200)
DAY = timedelta(days=1)
EVERYBODY = Actor("zoe", None, frozenset({AUDITOR}))
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(deployment: Deployment) -> Services:
    return deployment.services(lambda: NOON + 6 * DAY)


class Counting(Database):
    """A database that counts the documents that it reads; the least that a query costs is one."""

    def __init__(self, database: Database) -> None:
        super().__init__(database._client)  # noqa: SLF001  # of the one that it stands for
        self.reads = 0

    def read_all(self, references: Sequence[Any]) -> list[Any]:
        self.reads += len(references)
        return super().read_all(references)

    def run(self, query: Any) -> list[Any]:  # noqa: ANN401  # the client is untyped here
        found = super().run(query)
        self.reads += max(1, len(found))
        return found

    def total(self, query: Any) -> int:  # noqa: ANN401
        self.reads += 1
        return super().total(query)


def kpi(services: Services, actor: Actor = EVERYBODY, **query: str) -> dict[str, Any]:
    return summary(KpiQuery.model_validate(query), actor=actor, services=services).model_dump(by_alias=True)


def fold_all(services: Services) -> None:
    for day in {each["day"] for each in documents(services, "audit-marks")}:
        assert fold_day(day, services) == "folded"


def documents(services: Services, name: str) -> list[dict[str, Any]]:
    return [each.to_dict() or {} for each in services.store.database.collection(name).stream()]


def recount(services: Services, owner: str | None, begin: datetime, end: datetime) -> dict[str, float]:
    """The oracle, in plain lines over the plain documents of runs and approvals."""
    intents = {each["intentId"] for each in documents(services, "intents")}
    days: dict[Any, list[bool]] = {}
    for run in documents(services, "agent-runs"):
        if begin <= run["createdAt"] < end and owner in (None, run["ownerId"]):
            whole = run["state"] != "completed" or set(EVIDENCE) <= set(run["evidence"])
            days.setdefault(run["createdAt"].date(), []).append(whole and run["intentId"] in intents)
    decided = [
        each["status"]
        for each in documents(services, "approvals")
        if begin <= each["decidedAt"] < end and owner in (None, each["ownerId"])
    ]
    yes, no = decided.count("approved"), decided.count("rejected")
    linked = [whole for day in days.values() for whole in day]
    return {
        "linkRate": sum(linked) / len(linked) if linked else 1,
        "approvalRate": yes / (yes + no) if yes + no else 1,
        "auditSuccessRate": sum(map(all, days.values())) / len(days) if days else 1,
    }


def decide(deployment: Deployment, owner: str, number: int, status: Any, at: datetime) -> None:  # noqa: ANN401
    """Store a decision on an intent of its own."""
    store = deployment.services().store
    stored = store.intents.get(put_intent(deployment, an_intent(owner, 5000 + number)))
    assert stored
    approval = Approval(
        approval_id=f"a{number}",
        intent_id=stored.value.intent_id,
        owner_id=owner,
        seq=1,
        status=status,
        intent_digest=stored.value.intent_digest,
        template_version="1",
        template_answers="{}",
        decided_by="bo",
        decided_at=at,
    )
    change = IntentChange(store, stored, stored.value, actor="bo", at=at)
    store.intents.commit(*change.create("approve", store.approvals, approval).writes())


def attach(deployment: Deployment, run_id: str) -> None:
    """Attach all the evidence that a run lacks, days later."""
    store = deployment.services().store
    run = store.agent_runs.get(run_id)
    assert run
    stored = store.intents.get(run.value.intent_id)
    assert stored
    known = run.value.with_evidence(*EVIDENCE)
    change = IntentChange(store, stored, stored.value, actor="ann", at=NOON + 5 * DAY)
    store.intents.commit(*change.run("evidence", known, store.agent_runs.replace(run, known)).writes())


def history(deployment: Deployment, random: Random) -> Iterator[None]:
    """A change at a time: runs and decisions of two people over five days, and evidence that comes late."""
    runs: list[str] = []
    for number in range(12):
        owner, hours = random.choice(["ann", "ben"]), random.randrange(120)
        match random.choice(["run", "run", "decision", "evidence"]):
            case "decision":
                status = random.choice(["approved", "rejected", "sent_back"])
                decide(deployment, owner, number, status, NOON + timedelta(hours=hours))
            case "evidence" if runs:
                attach(deployment, random.choice(runs))
            case _:
                state = random.choice(["completed", "completed", "failed", "queued"])
                kinds = list(EVIDENCE)[: random.choice([2, 4, 4])]
                runs.append(put_run(deployment, owner, number, hours=hours, state=state, evidence=kinds))
        yield


class TestHistories:
    @pytest.mark.parametrize("seed", range(HISTORIES))
    def test_are_what_a_recount_says_after_every_change(
        self, deployment: Deployment, services: Services, seed: int
    ) -> None:
        random = Random(seed)
        for _ in history(deployment, random):
            if random.random() < 0.3:
                fold_all(services)
            owner = random.choice([None, "ann", "ben"])
            begin = NOON + timedelta(hours=random.randrange(-30, 100))
            end = begin + timedelta(hours=random.randrange(1, 150))
            actor = EVERYBODY if owner is None else Actor(owner, None, frozenset())
            told = kpi(services, actor, **{"from": begin.isoformat(), "to": end.isoformat()})
            found = recount(services, owner, begin, end)
            assert {name: told[name] for name in found} == found

    def test_have_a_series_that_adds_up(self, deployment: Deployment, services: Services) -> None:
        for _ in history(deployment, Random(7)):
            pass
        fold_all(services)
        told = kpi(services, series="day")
        assert len(told["series"]) == 30
        assert [each["day"] for each in told["series"]] == sorted(each["day"] for each in told["series"])
        for name in ("runs", "linkedRuns", "approved", "rejected"):
            assert sum(each["counts"][name] for each in told["series"]) == told["counts"][name]
        assert told["counts"]["runs"] > 0


class TestReads:
    @pytest.mark.parametrize("runs", [3, 40])
    @pytest.mark.parametrize("whose", ["everybody's", "own"])
    def test_are_one_for_each_day_once_days_are_folded(
        self, deployment: Deployment, services: Services, runs: int, whose: str
    ) -> None:
        for number in range(runs):
            put_run(deployment, "ann", number, hours=number % 100)
        fold_all(services)
        counting = Counting(services.store.database)
        services.store = Store(counting)
        actor = EVERYBODY if whose == "everybody's" else Actor("ann", None, frozenset())
        told = kpi(services, actor, **{"from": "2026-01-01T00:00:00Z"})
        days = (services.now().date() - datetime(2026, 1, 1, tzinfo=UTC).date()).days + 1
        assert told["counts"]["runs"] == runs
        assert counting.reads <= days + 1


class TestFolding:
    def test_leaves_no_mark_and_a_summary_for_each_owner_and_for_all(
        self, deployment: Deployment, services: Services
    ) -> None:
        for number, owner in enumerate(["ann", "ben", "ben"]):
            put_run(deployment, owner, number)
        assert len(documents(services, "audit-marks")) == 3
        fold_all(services)
        days = {each["ownerId"]: each["runs"] for each in documents(services, "audit-days")}
        assert (documents(services, "audit-marks"), days) == ([], {"": 3, "ann": 1, "ben": 2})

    def test_by_many_at_once_counts_everything_once(self, deployment: Deployment, services: Services) -> None:
        for number in range(20):
            put_run(deployment, f"owner-{number % 5}", number)
        day = day_of(NOON)

        def fold(_: int) -> None:
            with suppress(RetryLaterError):
                fold_day(day, services)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(fold, range(8)))
        fold_all(services)
        days = {each["ownerId"]: each["runs"] for each in documents(services, "audit-days")}
        assert days == {"": 20, **{f"owner-{number}": 4 for number in range(5)}}

    def test_while_others_write_ends_with_all_of_it(self, deployment: Deployment, services: Services) -> None:
        def write(number: int) -> None:
            put_run(deployment, "ann", number)
            with suppress(RetryLaterError):
                fold_day(day_of(NOON), services)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(24)))
        fold_all(services)
        days = {each["ownerId"]: each["runs"] for each in documents(services, "audit-days")}
        assert days == {"": 24, "ann": 24}

    def test_is_done_by_a_task_that_is_named_by_day_and_minute(self, deployment: Deployment, clock: Clock) -> None:
        services = deployment.services(clock)
        Office(deployment).hold("reconciler")
        put_run(deployment, "ann", hours=0)
        put_run(deployment, "ann", 2, hours=48)
        assert (queue_marked(services), queue_marked(services)) == (2, 2)
        assert deployment.tasks.counters.created == 2
        clock.advance(minutes=1)
        queue_marked(services)
        assert deployment.tasks.counters.created == 4

    @pytest.mark.parametrize("day", ["2026-13-01", "yesterday", "9999-12-31", "2026-11-22"])
    def test_of_a_day_without_marks_or_of_none_writes_nothing(
        self, deployment: Deployment, services: Services, day: str
    ) -> None:
        client = Client(deployment.function("reconciler").application)
        answer = client.post("/api/tasks/audit-day", json={"auditDay": day}, headers=deployment.task_bearer())
        assert answer.status_code == 200
        assert documents(services, "audit-days") == []


class TestSummary:
    def ask(self, office: Office, *roles: str, **query: str) -> TestResponse:
        return office.person("ann", *roles).get("audit", "/api/kpi/summary", **query)

    def test_of_nothing_is_one(self, deployment: Deployment) -> None:
        told = self.ask(Office(deployment)).get_json()
        assert (told["linkRate"], told["approvalRate"], told["auditSuccessRate"]) == (1, 1, 1)
        assert told["counts"] == dict.fromkeys(told["counts"], 0)

    def test_is_of_ones_own_acts_for_whoever_is_no_auditor(self, deployment: Deployment) -> None:
        office = Office(deployment)
        office.hold()
        office.person("ben").start(office.person("ben").state(HARMLESS)["intentId"])
        assert self.ask(office).get_json()["counts"]["runs"] == 0
        assert self.ask(office, "approver").get_json()["counts"]["runs"] == 0
        everybody = self.ask(office, "auditor").get_json()
        assert (everybody["counts"]["runs"], everybody["whose"]) == (1, "everybody")

    @pytest.mark.parametrize(
        "query",
        [
            {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
            {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
            {"from": "2025-01-01T00:00:00Z", "to": "2026-01-03T00:00:00Z"},
            {"from": "2026-01-01"},
            {"from": "2026-01-01T00:00:00"},
            {"to": "0001-01-01T00:00:00Z"},
            {"to": "now"},
            {"series": "hour"},
            {"scope": "a/b"},
        ],
    )
    def test_of_what_is_no_period_is_refused(self, deployment: Deployment, query: dict[str, str]) -> None:
        assert self.ask(Office(deployment), **query).status_code == 400

    @pytest.mark.parametrize("query", [{"from": "9998-12-31T00:00:00Z", "to": "9999-12-31T00:00:00Z"}, {}])
    def test_ends_today_at_the_latest(self, deployment: Deployment, query: dict[str, str]) -> None:
        told = self.ask(Office(deployment), **query, series="day").get_json()
        assert len(told["series"]) == (0 if query else 30)
