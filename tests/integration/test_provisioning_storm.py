"""Many jobs at once under faults: every repository once and whole, nothing that is somebody else's touched."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from functions.provisioner.chain import chained
from functions.provisioner.stages import stages
from local.cloud import ORGANIZATION
from local.github import faults
from shared.clients.github import ProvisioningGitHub
from shared.domain.errors import RetryLaterError
from shared.services import Services
from shared.store.database import Database
from shared.task import perform
from tests.deployment import Deployment
from tests.governance import PROJECT
from tests.provisioning import CREATION, GIT, Workshop, clone, git, unhurried
from tests.sizes import size

JOBS = size(10, long=100)
FOREIGN = JOBS // 10
LOST, KILLED, TWICE, LATE = 0.3, 0.08, 0.3, 0.15
WORKERS = 4
MOST_ROUNDS = 40
pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]
T = TypeVar("T")


class Killed(BaseException):
    """The worker is gone: nothing of it runs any more, not even what would tidy up."""


class Lightning:
    """Kills a worker before an effect of its own or after it, with a probability; `struck` counts."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self.struck: dict[str, int] = {"before": 0, "after": 0}

    def around(self, effect: Callable[[], T]) -> T:
        """What the effect gives, unless the worker is killed."""
        self._strike("before")
        result = effect()
        self._strike("after")
        return result

    def _strike(self, when: str) -> None:
        if self._dice.random() < KILLED:
            self.struck[when] += 1
            raise Killed


class Struck:
    """Something whose every call is an effect."""

    def __init__(self, inner: Any, lightning: Lightning, *names: str) -> None:  # noqa: ANN401 -- any client
        self._inner, self._lightning, self._names = inner, lightning, names

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever it has
        found = getattr(self._inner, name)
        if name not in self._names:
            return found
        return lambda *given, **named: self._lightning.around(lambda: found(*given, **named))


# What changes something at GitHub.
CHANGES = ("create_repository", "create_tree", "create_commit", "advance_branch")


class StruckDatabase(Database):
    """A database whose every commit is an effect."""

    def __init__(self, inner: Database, lightning: Lightning) -> None:
        self.__dict__.update(inner.__dict__)
        self._lightning = lightning
        self._calm = inner

    def commit(self, writes: Any) -> Any:  # noqa: ANN401 -- as the database's own
        """Make all the writes, or be killed before or after."""
        return self._lightning.around(lambda: self._calm.commit(writes))


def struck(deployment: Deployment, lightning: Lightning, clock: Callable[[], Any]) -> Services:
    """The services of a worker that can be killed at each of its effects."""
    services = deployment.services(clock)
    client: ProvisioningGitHub = unhurried(services)
    services.__dict__["provisioning_github"] = Struck(client, lightning, *CHANGES)
    store = services.store
    database = StruckDatabase(store.database, lightning)
    services.__dict__["store"] = type(store)(database)
    return services


def work(services: Services, job_id: str) -> str:
    """What becomes of one call of the queue."""
    jobs = services.store.provisioning_jobs
    try:
        return perform(jobs, job_id, stages(services), services, beside=chained(services))
    except RetryLaterError:
        return "later"
    except Killed:
        return "killed"


def ask_for_all(workshop: Workshop) -> list[str]:
    """The jobs' ids, asked for and approved by so many people that nobody does it too often."""

    def one(number: int) -> str:
        owner = workshop.office.person(f"owner-{number}")
        under = workshop.approved(owner, PROJECT, by=f"approver-{number % 5}")
        return workshop.ask(owner, **under, repositoryName=f"seedlings-{number}")

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(one, range(JOBS)))


@contextmanager
def storm(workshop: Workshop) -> Iterator[None]:
    """GitHub creates and does not say so, is not ready, and does other things without saying so."""
    workshop.github.settling = 2
    lost = faults.done_but(faults.server_error(504))
    creation = workshop.github.faults.add(CREATION, lost, times=None, probability=LOST)
    content = workshop.github.faults.add(GIT, lost, times=None, probability=0.1)
    yield
    assert creation.fired
    assert content.fired


class TestStorm:
    def test_leaves_every_repository_once_and_whole(self, workshop: Workshop, tmp_path: Path) -> None:
        job_ids = ask_for_all(workshop)
        taken = [f"{ORGANIZATION}/seedlings-{number}" for number in range(FOREIGN)]
        before = {name: dict(workshop.github.add_repository(name, private=True).document) for name in taken}
        lightning = Lightning(seed=11)
        with storm(workshop):
            self.drive(workshop, job_ids, lightning)
        assert all(lightning.struck.values()), lightning.struck
        self.check(workshop, job_ids, before, tmp_path)

    def drive(self, workshop: Workshop, job_ids: list[str], lightning: Lightning) -> None:
        """Dispatch what is not over, some of it twice at once, until nothing is left.

        Leases run out between two rounds, and now and then while their holders are at work: they finish late.
        """
        dice = random.Random(7)

        def call(number: int, job_id: str) -> None:
            if dice.random() < LATE:
                self.end_leases(workshop)
            work(workers[number % WORKERS], job_id)

        workers = [struck(workshop.deployment, lightning, workshop.clock) for _ in range(WORKERS)]
        for _ in range(MOST_ROUNDS):
            left = [job_id for job_id, job in workshop.jobs().items() if job["state"] in ("queued", "running")]
            if not left:
                return
            calls = [job_id for job_id in left for _ in range(2 if dice.random() < TWICE else 1)]
            dice.shuffle(calls)
            with ThreadPoolExecutor(WORKERS) as pool:
                list(pool.map(call, range(len(calls)), calls))
            self.end_leases(workshop)
        raise AssertionError(f"not ended: {left}")

    def end_leases(self, workshop: Workshop) -> None:
        """What a killed worker held is free again, as minutes later."""
        services = workshop.deployment.services(workshop.clock)
        jobs = services.store.provisioning_jobs
        for stored in jobs.find(("state", "==", "running"), limit=JOBS):
            reference = workshop.deployment.firestore.document("provisioning-jobs", stored.value.job_id)
            reference.update({"leaseUntil": services.now()})

    def check(self, workshop: Workshop, job_ids: list[str], before: dict[str, Any], folder: Path) -> None:
        """Nine in ten are there, once and whole, one event each; what others have is as it was."""
        jobs = workshop.jobs()
        assert set(jobs) == set(job_ids)
        ended = sorted((job["state"], job["lastError"]) for job in jobs.values())
        assert ended == [("completed", None)] * (JOBS - FOREIGN) + [("failed", "name_taken")] * FOREIGN
        completed = {job["repoFullName"]: job for job in jobs.values() if job["state"] == "completed"}
        assert workshop.repositories() == sorted(completed)
        assert set(workshop.events()) == {job["jobId"] for job in completed.values()}
        for name, document in before.items():
            found = workshop.github.world.repository(name)
            assert found is not None
            assert found.document == document
        files = {name: self.content(workshop, name, job, folder) for name, job in completed.items()}
        assert len({each.count("\n") for each in files.values()}) == 1
        for job in jobs.values():
            workshop.actions(job["intentId"])

    def content(self, workshop: Workshop, name: str, job: dict[str, Any], folder: Path) -> str:
        """The names and modes of the files of a repository that has our one commit on top of the first."""
        cloned = clone(workshop, name, folder / name.rpartition("/")[2])
        assert git(cloned, "rev-list", "--count", "HEAD") == "2"
        assert git(cloned, "rev-parse", "HEAD") == job["commitSha"]
        assert f"WorkLog-Job: {job['jobId']}" in git(cloned, "log", "-1", "--format=%B").splitlines()
        return git(cloned, "ls-tree", "-r", "HEAD", "--format=%(objectmode) %(path)")
