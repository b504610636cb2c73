"""One storm, from the first delivery until everything is at rest: what happens when, and what is counted?"""

import shutil
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import Client

from local.cloud import TASK_ACCOUNT
from local.functions import Gateway, load
from local.github import Sample
from local.identity.tokens import PROJECT
from local.server import Server
from local.storm.clock import FastClock, keep_time
from local.storm.cloud import StormCloud
from local.storm.findings import inspect, unfinished
from local.storm.fleet import Fleet
from local.storm.lightning import Lightning
from local.storm.merges import Telling, merges, tellings
from local.storm.plan import MINUTE, PATIENCE, Course, Plan
from local.storm.troubles import Troubles
from local.surroundings import meaning
from local.walk import Walk
from shared.services import Services

_SENDERS = 16
_START = 120.0  # real seconds within which all workers have to stand
_LOOK = 0.5  # real seconds
_FEW = 0.1  # of all events
_LONGER = 8 * MINUTE
_SCHEDULER_DEADLINE = 60.0


Say = Callable[[str], None]


def storm(plan: Plan, samples: Sequence[Sample], folder: Path, say: Say) -> Course:
    """Let it happen; the folder is for keys and logs."""
    shutil.rmtree(folder, ignore_errors=True)
    pulls = merges(samples, plan.deliveries, seed=plan.seed)
    cloud = StormCloud(pulls, state=folder / "state", speed=plan.speed, seed=plan.seed)
    fleet = Fleet(Lightning(seed=plan.seed, share=plan.kills), folder / "logs")
    with fleet, cloud.serving(fleet.url), meaning(cloud.variables):
        connections = _connect(cloud, pulls)
        say(f"{plan.deliveries} merges in {connections} connected repositories of people; the workers start …")
        with _Storm(plan, pulls, cloud, fleet, say=say) as course:
            return course.run()


class _Storm:
    def __init__(self, plan: Plan, pulls: Sequence[Sample], cloud: StormCloud, fleet: Fleet, *, say: Say) -> None:
        self._plan = plan
        self._pulls = pulls
        self._cloud = cloud
        self._fleet = fleet
        self._lightning = fleet.lightning
        self._say = say
        self._troubles = Troubles(cloud, share=plan.errors)
        self._clock = FastClock(time.time(), plan.speed)
        self._stopping = threading.Event()
        self._database = Client(project=PROJECT, credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]
        self._told_at: dict[int, float] = {}
        self._reconciled = 0
        self._scheduler = threading.Thread(target=self._reconcile_each_minute, name="Cloud Scheduler", daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        if self._scheduler.ident:
            self._scheduler.join()
        self._database.close()  # type: ignore[no-untyped-call]

    def run(self) -> Course:
        """The whole course of it."""
        began = time.monotonic()
        keep_time(self._cloud.github.clock, self._clock, self._stopping)
        self._fleet.start(self._cloud.variables, self._clock)
        self._await_workers()
        self._troubles.begin()
        first = self._clock.now()
        self._scheduler.start()
        told = tellings(self._plan.deliveries, seed=self._plan.seed, over=self._plan.over)
        with ThreadPoolExecutor(_SENDERS) as senders:
            sending = [senders.submit(self._tell, each, first) for each in told]
            try:
                if self._plan.outage:
                    self._outage(first)
                for each in sending:
                    each.result()
                if not self._plan.outage:
                    self._rage()
            except BaseException:
                self._stopping.set()  # or the pool would wait for deliveries that are still to come
                raise
        left = self._heal()
        healed = self._clock.now()
        settled = self._settle(healed)
        lengths = {"stormed": healed - first, "settled": settled, "real": time.monotonic() - began}
        return self._course(len(told), left, **lengths)

    def _await_workers(self) -> None:
        until = time.monotonic() + _START
        while not self._fleet.is_ready:
            if time.monotonic() > until:
                raise TimeoutError("the workers do not start: see their logs")
            time.sleep(_LOOK)

    def _tell(self, telling: Telling, first: float) -> None:
        """One delivery, as GitHub makes it: once, whatever the answer."""
        if self._clock.wait_until(first + telling.after, self._stopping):
            self._told_at.setdefault(telling.merge, self._clock.now())
            self._cloud.github.hooks.deliver("pull_request", self._pulls[telling.merge].webhook, guid=telling.guid)

    def _outage(self, first: float) -> None:
        plan = self._plan
        self._clock.wait_until(first + plan.outage_from, self._stopping)
        self._say(f"GitHub and the model are away for {plan.outage / MINUTE:.0f} minutes …")
        self._troubles.cut_off()
        self._clock.wait_until(first + plan.outage_from + plan.outage, self._stopping)

    def _rage(self) -> None:
        """Go on until nearly everything has come through the storm itself, but not for ever."""
        until = self._clock.now() + _LONGER
        few = self._plan.deliveries * _FEW
        while unfinished(self._database, self._plan.deliveries) > few and self._clock.now() < until:
            time.sleep(_LOOK)

    def _heal(self) -> int:
        """Let all trouble end; returns how many events are still on their way."""
        self._troubles.end()
        self._lightning.end()
        left = unfinished(self._database, self._plan.deliveries)
        self._say(f"the storm is over, {left} of {self._plan.deliveries} events are still on their way …")
        return left

    def _settle(self, healed: float) -> float:
        """Wait until every event is at rest and the queues are empty, or patience ends; seconds that it took."""
        while self._clock.now() < healed + PATIENCE:
            if not unfinished(self._database, self._plan.deliveries):
                break
            time.sleep(_LOOK)
        settled = self._clock.now() - healed
        left = (PATIENCE - settled) / self._plan.speed
        self._cloud.tasks_are_idle(left)
        return settled

    def _reconcile_each_minute(self) -> None:
        """As Cloud Scheduler: every minute, by the account of the tasks, never twice at a time."""
        due = self._clock.now()
        with requests.Session() as session:
            session.trust_env = False  # no proxy leads to loopback
            while self._clock.wait_until(due, self._stopping):
                try:
                    answer = session.post(
                        f"{self._fleet.url}/api/tasks/reconcile",
                        json={},
                        headers={"Authorization": f"Bearer {self._token()}"},
                        timeout=_SCHEDULER_DEADLINE,
                    )
                    self._reconciled += answer.ok
                except requests.RequestException:
                    self._say("the reconciler did not answer in time")
                due = max(due + MINUTE, self._clock.now())

    def _token(self) -> str:
        return self._cloud.tasks.tokens.mint_for(TASK_ACCOUNT, self._fleet.url)

    def _course(self, sent: int, left: int, **lengths: float) -> Course:
        cloud = self._cloud
        deliveries = cloud.github.hooks.deliveries()
        return Course(
            plan=self._plan,
            findings=inspect(self._database, self._pulls),
            sent=sent,
            failed_deliveries=sum(1 for each in deliveries if each.failed),
            redeliveries=sum(1 for each in deliveries if each.redelivery),
            told_at=self._told_at,
            model_calls=len(cloud.gemini.requests_bytes()) - self._troubles.model_refusals,
            model_refusals=self._troubles.model_refusals,
            tally=self._lightning.tally,
            troubles=dict(self._troubles.fired),
            started=self._fleet.lives,
            reconciled=self._reconciled,
            left=left,
            **lengths,
        )


def _connect(cloud: StormCloud, pulls: Sequence[Sample]) -> int:
    """Every author connects their repositories through the API; returns how many connections there are."""
    with Server(Gateway({"repositories": load("repositories", cloud.variables)})) as api:

        def connect(installation_id: int) -> int:
            walk = Walk(
                api=api.url,
                secret=cloud.secret,
                app_id=int(cloud.variables["GITHUB_APP_ID"]),
                state=cloud.state,
                services=Services(cloud.variables),
            )
            try:
                return walk.connect([each for each in pulls if each.installation_id == installation_id])
            finally:
                walk.close()

        installations = sorted({each.installation_id for each in pulls})
        with ThreadPoolExecutor(len(installations)) as people:
            return sum(people.map(connect, installations))
