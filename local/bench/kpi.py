"""What KPIs cost: documents for each day once days are folded, whatever the runs; and what it costs to fold one.

The function's own code, in this process, past a wire that counts.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import timedelta
from io import StringIO

from functions.audit.kpi import summary
from functions.audit.schemas import KpiQuery
from functions.reconciler.days import fold_day
from local.bench.audit_seed import BEGIN, PERIOD, seed
from local.bench.cores import BenchError
from local.bench.documents import Count, GrpcWire
from local.bench.figures import Amount, Figure
from local.cloud import LOCATION, TASK_ACCOUNT
from local.firestore import FirestoreEmulator
from local.surroundings import meaning
from shared.audit_days import marked_days
from shared.auth import AUDITOR, Actor
from shared.domain.audit_day import day_of, mark
from shared.services import Services

SIZES = (1_000, 10_000)
DAYS = (30, 365)
_OWNER = Actor("owner", None, frozenset())
_AUDITOR = Actor("auditor", None, frozenset({AUDITOR}))
_NOW = BEGIN + PERIOD
_TIMES = 5


def figures() -> list[Figure]:
    """After so many runs within thirty days: what a month and a year cost an auditor and an owner."""
    with FirestoreEmulator() as firestore, redirect_stdout(StringIO()):  # the logs of every fold
        return [figure for runs in SIZES for figure in _of(runs, firestore.host)]


def _of(runs: int, host: str) -> Iterator[Figure]:
    count, said = Count(), f"{runs:,} runs"
    with _services(host, count) as services:
        seed(services.store.database._client, runs)  # noqa: SLF001  # it writes as no function does
        marks = [mark(_OWNER.id, day_of(BEGIN + timedelta(days=day)), of=str(day)) for day in range(PERIOD.days)]
        services.store.audit_marks.commit(*map(services.store.audit_marks.create, marks))
        yield Amount(
            name=f"30 days, {said}, none of them folded", unit="reads", ours=[_cost(30, runs, services, count)[0]]
        )
        days = list(marked_days(services.store))
        count.clear()
        for day in days:
            fold_day(day, services)
        each = count.reads / len(days)
        yield Amount(name=f"folding a day of {runs // len(days):,} runs", unit="reads", ours=[each])
        for length in DAYS:
            for actor in (_AUDITOR, _OWNER):
                name = f"{length} days, {said}, {actor.id}"
                told = [_cost(length, runs, services, count, actor) for _ in range(_TIMES)]
                yield Amount(name=name, unit="reads", ours=[reads for reads, _ in told], at_most=length + 1)
                yield Amount(name=name, unit="ms", ours=[seconds * 1000 for _, seconds in told])


def _cost(days: int, runs: int, services: Services, count: Count, actor: Actor = _AUDITOR) -> tuple[int, float]:
    """The documents that the KPIs of so many days read, and the seconds that they take."""
    from_ = (_NOW - timedelta(days=days)).isoformat()
    count.clear()
    began = time.monotonic()
    told = summary(KpiQuery.model_validate({"from": from_}), actor=actor, services=services)
    seconds = time.monotonic() - began
    if told.counts.runs != runs:
        raise BenchError(f"KPIs tell of {told.counts.runs} runs, where there are {runs}")
    return count.reads, seconds


@contextmanager
def _services(host: str, count: Count) -> Iterator[Services]:
    """Services at the end of the thirty days, whose database is past the wire."""
    with GrpcWire(host, count) as wire:
        variables = {
            "GOOGLE_CLOUD_PROJECT": f"bench-{secrets.token_hex(4)}",
            "FIRESTORE_EMULATOR_HOST": wire.host,
            "TASKS_LOCATION": LOCATION,
            "TASKS_URL": "http://127.0.0.1:1",
            "TASKS_SERVICE_ACCOUNT": TASK_ACCOUNT,
        }
        with meaning(variables):
            yield Services(variables, now=lambda: _NOW)
