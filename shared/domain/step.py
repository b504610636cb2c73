"""Work that a queue drives and that survives a kill at any instant: its document is its own outbox row.

A step waits until it is due, is claimed under a lease with a fence that only grows, and then waits again, or
ends. Every method is a pure transition; writing it under a precondition is the store's part. Plain dataclasses,
because the webhook, whose cold start matters, loads this module and nothing heavier.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Self

MAX_ATTEMPTS = 40
GRACE = timedelta(seconds=60)
"""How long the reconciler leaves a step to its own task before it dispatches another one."""
_MOST_DOUBLINGS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """Where a stage runs: a queue of the same name as the function, which answers at `path`.

    `id_name` is the one member of a task's body: the id of the document.

    Seconds: the function's `timeout` < the queue's `dispatch_deadline` < the `lease`, so that a lease never ends
    while its holder may still write.
    """

    name: str
    function: str
    path: str
    id_name: str
    timeout: int
    dispatch_deadline: int
    lease: int


FETCH = Stage(
    name="fetch",
    function="pr-event-processor",
    path="/api/tasks/pr-event-processor",
    id_name="prEventId",
    timeout=120,
    dispatch_deadline=130,
    lease=180,
)
REFRESH = replace(FETCH, name="refresh")
BACKFILL = replace(FETCH, name="backfill")
REVIEW = Stage(
    name="review",
    function="agent-runner",
    path="/api/tasks/agent-runner",
    id_name="agentRunId",
    timeout=300,
    dispatch_deadline=310,
    lease=360,
)
PUBLISH = replace(REVIEW, name="publish")
GENERATE = Stage(
    name="generate",
    function="asset-generator",
    path="/api/tasks/asset-generator",
    id_name="prEventId",
    timeout=240,
    dispatch_deadline=250,
    lease=300,
)
FOLD = Stage(
    name="fold",
    function="reconciler",
    path="/api/tasks/audit-day",
    id_name="auditDay",
    timeout=60,
    dispatch_deadline=70,
    lease=90,
)
CREATE = Stage(
    name="create",
    function="provisioner",
    path="/api/tasks/provisioning",
    id_name="jobId",
    timeout=240,
    dispatch_deadline=250,
    lease=300,
)
INITIALIZE = replace(CREATE, name="initialize")
ERASE = Stage(
    name="erase",
    function="reconciler",
    path="/api/tasks/erasure",
    id_name="erasureId",
    timeout=60,
    dispatch_deadline=70,
    lease=120,
)
_ALL = (FETCH, REFRESH, BACKFILL, GENERATE, REVIEW, PUBLISH, CREATE, INITIALIZE, FOLD, ERASE)
STAGES = {stage.name: stage for stage in _ALL}


@dataclass(frozen=True, kw_only=True)
class Step:
    """The fields that every queue-driven document has.

    `epoch` counts dispatches and never goes back (a task's name is never used twice), `fence` counts claims,
    `holder` is the claim's own random name, `due_at` is when the reconciler may look at it: while it is claimed,
    the end of the lease; once it has ended, never. `redispatches` counts those since the last claim.
    """

    WAITING: ClassVar[str]
    RUNNING: ClassVar[str]
    FAILED: ClassVar[str] = "failed"
    BEGUN: ClassVar[str] = "created_at"
    """The field that its age is counted from."""
    TOLD: ClassVar[Mapping[str, str]] = {}
    """What every line of the log about it says beside its id: the name there, and the field."""

    state: str
    stage: str
    epoch: int = 0
    fence: int = 0
    holder: str | None = None
    lease_until: datetime | None = None
    due_at: datetime | None = None
    attempts: int = 0
    redispatches: int = 0
    last_error: str | None = None
    updated_at: datetime

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.state not in (self.WAITING, self.RUNNING)

    def age(self, at: datetime) -> timedelta:
        """How long ago somebody asked for it."""
        begun: datetime = getattr(self, self.BEGUN)
        return at - begun

    @property
    def told(self) -> Mapping[str, object]:
        """What every line of the log about it says beside its id."""
        return {name: getattr(self, field) for name, field in self.TOLD.items()}

    def is_held(self, at: datetime) -> bool:
        """Whether somebody's lease on it is still running."""
        return self.state == self.RUNNING and self.lease_until is not None and at < self.lease_until

    def claimed(self, holder: str, *, at: datetime) -> Self:
        """The step in the hands of `holder` until the lease of its stage ends."""
        until = at + timedelta(seconds=STAGES[self.stage].lease)
        return replace(
            self,
            state=self.RUNNING,
            fence=self.fence + 1,
            holder=holder,
            lease_until=until,
            due_at=until,
            attempts=self.attempts + 1,
            redispatches=0,
            updated_at=at,
        )

    def redispatched(self, *, at: datetime) -> Self:
        """The step under its next epoch, due again once that task has had its turn.

        Each time that nobody came for it the next turn is twice as long, so that a queue that stands still does not
        fill with tasks for the same step.
        """
        wait = GRACE * 2 ** min(self.redispatches, _MOST_DOUBLINGS)
        return replace(self, epoch=self.epoch + 1, redispatches=self.redispatches + 1, due_at=at + wait, updated_at=at)

    def moved_to(self, stage: Stage, *, at: datetime) -> Self:
        """The step waiting for its next stage, with a fresh count of attempts."""
        return replace(self.continued(at=at), stage=stage.name)

    def continued(self, *, at: datetime) -> Self:
        """The step waiting for more of its own stage, under the next task name, after some of it went well."""
        waiting = self._released(self.WAITING, at=at)
        return replace(waiting, epoch=self.epoch + 1, due_at=at + GRACE, attempts=0, last_error=None)

    def revived(self, *, at: datetime) -> Self:
        """A failed step waiting at the stage where it failed, because a person wants it tried again."""
        return self.continued(at=at)

    def postponed(self, error: str, *, after: float, at: datetime) -> Self:
        """The step waiting again after a failure that may pass; failed once it has been tried often enough."""
        if self.attempts >= MAX_ATTEMPTS:
            return self.ended(self.FAILED, at=at, error=error)
        due = at + timedelta(seconds=after) + GRACE
        return replace(self._released(self.WAITING, at=at), due_at=due, last_error=error)

    def ended(self, state: str, *, at: datetime, error: str | None = None) -> Self:
        """The step at rest in `state`."""
        return replace(self._released(state, at=at), due_at=None, last_error=error)

    def carrying(self, now: "Step") -> Self:
        """What this finish of a claim becomes where the document changed under it: `now` is still that claim.

        The reconciler may have dispatched it meanwhile, under a task name that is then used up.
        """
        return replace(self, epoch=max(self.epoch, now.epoch + 1))

    def _released(self, state: str, *, at: datetime) -> Self:
        return replace(self, state=state, holder=None, lease_until=None, updated_at=at)
