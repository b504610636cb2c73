"""Any history of intents, decisions, runs and passing time: no run executes without leave at that very instant.

A model in plain Python says what may run; it knows nothing of the store, of preconditions or of how a run is queued.
"""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from functions.agent_runner.chain import chained
from functions.agent_runner.publish import publish
from functions.agent_runner.run import review
from functions.agent_runs.schemas import NewRun
from functions.agent_runs.start import start_run
from functions.approvals.decide import Request, decide
from functions.intents.intents import state_intent
from functions.intents.schemas import NewIntent
from shared.auth import Actor
from shared.domain.errors import RetryLaterError, WorkLogError
from shared.domain.step import PUBLISH, REVIEW
from shared.services import Services
from shared.task import perform
from tests.chains import chain
from tests.deployment import Deployment
from tests.github_client import Clock
from tests.governance import HARMLESS, REPOSITORY, RISKY, Office, a_run
from tests.sizes import size
from tests.steps import ADA, Steps

pytestmark = [pytest.mark.long, pytest.mark.timeout(7200)]
HISTORIES, STEPS = size(15, long=500), size(30, long=50)
STATUSES = ("approved", "rejected", "sent_back")


@dataclass
class Known:
    """What the model knows of an intent: its owner, whether it needs leave, the decisions on it in their order."""

    owner: Actor
    low: bool
    decisions: list[tuple[str, str, Any]] = field(default_factory=list)
    changed: bool = False

    def allows(self, approval_id: str | None, at: Any) -> bool:  # noqa: ANN401 -- a time
        """Whether the approval is leave to run at that instant."""
        if self.changed:
            return False
        if approval_id is None:
            return self.low
        if not self.decisions:
            return False
        latest, status, valid_to = self.decisions[-1]
        return latest == approval_id and status == "approved" and at < valid_to


class Histories(RuleBasedStateMachine):
    """People state, decide, start; time passes; the queue calls whenever it likes, and more than once."""

    intents = Bundle("intents")
    approvals = Bundle("approvals")
    runs = Bundle("runs")

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self.steps, self.deployment = steps, steps.deployment
        self.clock = Clock()
        self.services: Services = steps.deployment.services(self.clock)
        vars(self.services)["github"] = steps.deployment.services().github  # GitHub's own time does not move
        self.ada = Actor(f"ada-{secrets.token_hex(6)}", ADA, frozenset())
        self.cy = Actor(f"cy-{secrets.token_hex(6)}", ADA, frozenset({"breakGlass"}))
        self.bo = Actor(f"bo-{secrets.token_hex(6)}", None, frozenset({"approver"}))
        self.known: dict[str, Known] = {}
        self.started: dict[tuple[str, str], tuple[str, str]] = {}
        self.refusals: dict[str, int] = {self.ada.id: 0, self.cy.id: 0}

    @initialize()
    def connect(self) -> None:
        for person in (self.ada, self.cy):
            self.steps.connect(person.id, REPOSITORY, ADA)

    @rule(target=intents, low=st.booleans(), breaks=st.booleans())
    def state(self, low: bool, breaks: bool) -> str:  # noqa: FBT001 -- drawn
        owner = self.cy if breaks else self.ada
        said = NewIntent.model_validate(HARMLESS if low else RISKY).content()
        intent = state_intent(said, actor=owner, services=self.services)
        assert intent.requires_approval == (not low)
        self.known[intent.intent_id] = Known(owner, low)
        return intent.intent_id

    @rule(
        target=approvals,
        intent_id=intents,
        status=st.sampled_from(STATUSES),
        own=st.booleans(),
        hours=st.integers(1, 24 * 90),
    )
    def decide(self, intent_id: str, status: Any, own: bool, hours: int) -> Any:  # noqa: ANN401, FBT001
        known, valid_to = self.known[intent_id], self.clock() + timedelta(hours=hours)
        actor = known.owner if own else self.bo
        try:
            made = decide(Request(intent_id, status, {}, valid_to), actor=actor, services=self.services)
        except WorkLogError:
            assert known.changed
            return multiple()
        assert not known.changed
        known.decisions.append((made.approval_id, status, made.valid_to))
        return made.approval_id

    @rule(hours=st.integers(0, 24 * 50))
    def time_passes(self, hours: int) -> None:
        self.clock.advance(hours=hours, minutes=2)

    @rule(intent_id=intents, back=st.booleans())
    def somebody_writes_into_the_store(self, intent_id: str, back: bool) -> None:  # noqa: FBT001
        self.deployment.firestore.document("intents", intent_id).update({"goal": f"something else {back}"})
        self.known[intent_id].changed = True

    @rule(
        target=runs,
        intent_id=intents,
        approval_id=st.none() | approvals,
        run_id=st.sampled_from(["one", "two", "three"]),
        breaks=st.booleans(),
        publish=st.booleans(),
    )
    def start(self, intent_id: str, approval_id: str | None, run_id: str, breaks: bool, publish: bool) -> Any:  # noqa: ANN401, FBT001
        known = self.known[intent_id]
        body = {**a_run(self.deployment.github), "intentId": intent_id, "runId": run_id, "publish": publish}
        body |= {"approvalId": approval_id} if approval_id else {}
        body |= {"breakGlass": {"reason": "now"}} if breaks else {}
        asked, key = NewRun.model_validate(body), (known.owner.id, run_id)
        before = self.exceptions(known.owner)
        at = self.clock()
        try:
            run, is_new = start_run(asked, actor=known.owner, services=self.services)
        except WorkLogError as error:
            allowed = known.allows(approval_id, at) and not breaks
            self.refused(error, key, known, before, allowed=allowed)
            return multiple()
        if is_new:
            assert key not in self.started
            glass = breaks and "breakGlass" in known.owner.roles and not known.changed
            assert glass or known.allows(approval_id, at)
            assert self.exceptions(known.owner) - before == (1 if glass else 0)
            self.started[key] = (run.agent_run_id, run.request_digest)
        else:
            assert self.started[key] == (run.agent_run_id, run.request_digest), "a replay is the same run"
        return run.agent_run_id

    @rule(run_id=runs, times=st.integers(1, 2))
    def the_queue_calls(self, run_id: str, times: int) -> None:
        for _ in range(times):
            self.call(run_id)

    def call(self, run_id: str) -> None:
        before = self.services.store.agent_runs.get(run_id)
        assert before
        known, at = self.known[before.value.intent_id], self.clock()
        work = {REVIEW.name: review(self.services), PUBLISH.name: publish(self.services)}
        try:
            perform(self.services.store.agent_runs, run_id, work, self.services, beside=chained(self.services))
        except RetryLaterError:
            return
        after = self.services.store.agent_runs.get(run_id)
        assert after
        went_on = (after.value.state, after.value.stage) != (before.value.state, before.value.stage)
        if went_on and after.value.state != "failed":
            glass = before.value.break_glass_reason is not None
            allowed = known.allows(before.value.approval_id, at)
            assert allowed or (glass and not known.changed), "it ran without leave"
        if went_on and after.value.state == "failed":
            assert after.value.last_error == "approval_invalid"

    def refused(self, error: WorkLogError, key: tuple[str, str], known: Known, before: int, *, allowed: bool) -> None:
        """A refusal is in the inbox, unless it is of an approval that is not there for this person, or of a name."""
        assert not allowed or error.code == "idempotency_mismatch"
        written = self.exceptions(known.owner) - before
        if error.code in ("not_found", "idempotency_mismatch"):
            assert written == 0
            assert error.code == "not_found" or key in self.started
        else:
            assert written == 1

    def exceptions(self, owner: Actor) -> int:
        """How many exceptions of theirs there are."""
        mine = ("ownerIds", "array_contains", owner.id)
        return len(self.services.store.exceptions.find(mine, limit=1000))

    @invariant()
    def there_is_one_run_for_each_name(self) -> None:
        for person in (self.ada, self.cy):
            there = self.services.store.agent_runs.find(("ownerId", "==", person.id), limit=100)
            assert len(there) == sum(1 for owner, _ in self.started if owner == person.id)

    def teardown(self) -> None:
        for intent_id, known in self.known.items():
            if not known.changed:
                chain(self.deployment, "intents", intent_id)


def test_no_run_executes_without_leave(standing: Deployment) -> None:
    steps = Steps(standing)
    Office(standing).hold()
    run_state_machine_as_test(
        lambda: Histories(steps),  # type: ignore[arg-type]  # any callable that makes one will do
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
