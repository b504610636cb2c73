"""Somebody who leaves, with everything that a person can have, beside somebody who stays; and what is left of them."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from functions.reconciler.erasure import erase
from shared.audit_days import fold, marked_days
from shared.domain.erasure import LAST_LOOK, Erasure, new_erasure
from shared.domain.exception_event import ExceptionEvent
from shared.domain.ids import derived_id
from shared.domain.pr_event import PrEvent
from shared.domain.repository import Repository
from shared.domain.step import ERASE, FETCH
from shared.domain.verification import Broken, first_broken
from shared.services import Services
from shared.store.chains import read_chain
from shared.store.store import PrSnapshot
from shared.task import perform
from tests.api import Person as Caller
from tests.cards import NOON, a_card, put
from tests.deployment import Deployment
from tests.governance import HARMLESS, RISKY, Office, Person
from tests.governed import put_exception, put_run
from tests.steps import ADA, REN

MAP = {"owner": "sample-org", "name": "parcel-map"}


@dataclass
class World:
    """A deployment in which one person leaves and another stays; `at` is its time, which a test moves."""

    deployment: Deployment
    leaver: str
    stayer: str
    at: datetime

    @cached_property
    def services(self) -> Services:
        """Services whose clock is the world's."""
        return self.deployment.services(now=lambda: self.at)

    @property
    def erasure_id(self) -> str:
        """The id of the leaver's erasure."""
        return derived_id("erasure", self.leaver)

    def begin(self) -> None:
        """Ask for the erasure, past the API."""
        asked = new_erasure(self.leaver, ADA, pseudonym="erased-sample", at=self.at)
        self.services.store.erasures.commit(self.services.store.erasures.create(asked))

    def look(self) -> str:
        """Do what the queue asks for once."""
        work = {ERASE.name: erase(self.services)}
        erasures = self.services.store.erasures
        return perform(erasures, self.erasure_id, work, self.services, beside=lambda _before, _after: ())

    def finish(self) -> None:
        """Look for the first time, when days are counted anew, and when nothing can come any more."""
        assert self.look() == Erasure.WAITING
        self.fold()
        self.at += LAST_LOOK + timedelta(seconds=1)
        assert self.look() == "done"

    def fold(self) -> None:
        """Count anew the days that are marked, as the reconciler has done every minute."""
        store = self.services.store
        for day in list(marked_days(store)):
            while fold(day, store, at=self.at):
                pass

    def erasure(self) -> Mapping[str, Any]:
        """The erasure as it is stored."""
        return self.deployment.documents("erasures")[self.erasure_id]

    def named(self) -> dict[str, str]:
        """Where the leaver's uid stands in the whole database: the path of each document, and what it says."""
        told = {path: json.dumps(fields, default=str) for path, fields in self.deployment.everything().items()}
        return {path: said for path, said in told.items() if self.leaver in said}

    def faults(self) -> list[Broken]:
        """What is wrong with the chains of all intents and cards."""
        database = self.services.store.database
        subjects = [f"{name}/{each}" for name in ("intents", "asset-cards") for each in self.deployment.documents(name)]
        return [fault for subject in subjects if (fault := first_broken(read_chain(database, subject)))]


def new_world(deployment: Deployment) -> World:
    """A world with two people and nothing else."""
    number = secrets.token_hex(4)
    return World(deployment, f"leaver-{number}", f"stayer-{number}", datetime.now(UTC))


def settle(world: World) -> None:
    """Give both people everything that a person can have."""
    office = Office(world.deployment)
    office.hold("agent-runner", "reconciler", "pr-event-processor")
    leaver = office.person(world.leaver, "approver", github_id=ADA)
    stayer = office.person(world.stayer, "approver", github_id=REN)
    for person in (leaver, stayer):
        assert person.post("repositories", "/api/repositories", MAP).status_code == 201
        put(world.deployment, *(a_card(person.uid, number) for number in (1, 2)))
    _edit_a_card(world)
    _govern(office, leaver, stayer)
    world.fold()
    _govern(office, stayer, leaver)
    _fail_events(world)


def _edit_a_card(world: World) -> None:
    card = a_card(world.leaver, 1)
    caller = Caller(world.deployment, world.leaver, ADA)
    answer = caller.put(f"/api/assets/{card.asset_card_id}/edit", {"title": "In my own words"})
    assert answer.status_code == 200, answer.text


def _govern(office: Office, owner: Person, approver: Person) -> None:
    """An intent that somebody else approves and one without need, a run of each, a refusal, evidence."""
    risky, harmless = owner.state(RISKY)["intentId"], owner.state(HARMLESS)["intentId"]
    assert owner.start(risky, runId="refused").status_code == 400
    owner.decide(risky)
    approval_id = approver.decide(risky)["approvalId"]
    for intent_id, more in ((risky, {"approvalId": approval_id}), (harmless, {})):
        answer = owner.start(intent_id, runId=f"of-{intent_id}", **more)
        assert answer.status_code == 201, answer.text
        run_id = answer.get_json()["agentRunId"]
        assert office.run_queued(run_id).status_code == 200
        assert office.deployment.documents("agent-runs")[run_id]["state"] in ("completed", "failed")
    linked = {"linkedType": "intent", "linkedId": harmless, "kind": "ticket", "hash": "0" * 64}
    assert owner.post("evidences", "/api/evidences", linked).status_code == 201


def _fail_events(world: World) -> None:
    """Events that the leaver asked for, one that they authored, and the exceptions of some."""
    store = world.services.store
    for number, owner_id, author_id in ((1, world.leaver, ADA), (2, world.stayer, REN), (3, None, ADA)):
        event = an_event(event_id(world, number), owner_id=owner_id, author_id=author_id)
        owners = (owner_id,) if owner_id else (world.leaver, world.stayer)
        exception = ExceptionEvent(
            exception_id=derived_id("exception of a world", world.leaver, number),
            type="event_failed",
            owner_ids=owners,
            actor_id="task:pr-events",
            subject=f"pr-events/{event.pr_event_id}",
            reason="unavailable",
            created_at=NOON,
            retried_by=world.leaver if number == 2 else None,
        )
        store.pr_events.commit(store.pr_events.create(event), store.exceptions.create(exception))


def settle_a_little(world: World) -> None:
    """Give the leaver one of each kind of thing that an erasure treats in a way of its own, and the stayer a card."""
    store = world.services.store
    put(world.deployment, a_card(world.leaver), a_card(world.stayer))
    put_run(world.deployment, world.leaver, state="failed")
    put_exception(world.deployment, world.leaver)
    asked = an_event(event_id(world, 1), owner_id=world.leaver)
    shared = an_event(event_id(world, 3))
    snapshot = PrSnapshot(pr_event_id=shared.pr_event_id, content=b"{}", expires_at=world.at)
    connection = Repository(
        repository_id=derived_id("repository of a world", world.leaver),
        owner_id=world.leaver,
        full_name="sample-org/parcel-map",
        name_key="sample-org/parcel-map",
        account_key="sample-org",
        connection_status="connected",
        created_at=NOON,
        updated_at=NOON,
    )
    events = [store.pr_events.create(each) for each in (asked, shared)]
    store.pr_events.commit(*events, store.pr_snapshots.create(snapshot), store.repositories.create(connection))


def event_id(world: World, number: int) -> str:
    """The id of one of the world's events: the leaver asked for the first, the stayer for the second, nobody for 3."""
    return derived_id("event of a world", world.leaver, number)


def an_event(pr_event_id: str, **fields: Any) -> PrEvent:  # noqa: ANN401 -- any fields of an event
    """A merge that Ada authored, and that has failed."""
    event = PrEvent(
        pr_event_id=pr_event_id,
        event="pull_request",
        installation_id=1,
        body_sha256="0" * 64,
        state=PrEvent.FAILED,
        stage=FETCH.name,
        author_id=ADA,
        author_login="ada-sample",
        author_type="User",
        received_at=NOON,
        updated_at=NOON,
    )
    return replace(event, **fields)
