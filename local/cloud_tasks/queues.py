"""Which tasks does one queue hold, and which of them may start now?

Times are seconds of the queue's clock.
"""

import heapq
from collections import deque
from dataclasses import dataclass

from local.cloud_tasks.errors import ALREADY_EXISTS, NOT_FOUND, ApiError
from local.cloud_tasks.settings import Queue
from local.cloud_tasks.tasks import Outcome, State, Task


class TokenBucket:
    """Lets `rate` things a second pass, and up to `burst` at once after a pause."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._filled_at = now

    def next_pass(self, now: float) -> float:
        """When the next thing may pass, `now` or later."""
        self._fill(now)
        return now if self._tokens >= 1 else now + (1 - self._tokens) / self._rate

    def take(self, now: float) -> None:
        """Let one pass."""
        self._fill(now)
        self._tokens -= 1

    def _fill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now


@dataclass(frozen=True)
class Waiting:
    """A task's place in the line; it is stale once the task has another ticket."""

    due: float
    ticket: int
    task: Task

    def __lt__(self, other: "Waiting") -> bool:
        return (self.due, self.ticket) < (other.due, other.ticket)


class RunningQueue:
    """A queue's tasks by name, the names that may not be used yet, and who is next. Not thread-safe."""

    def __init__(self, settings: Queue, now: float, *, tombstone: float) -> None:
        self.tasks: dict[str, Task] = {}
        self.paused = False
        self.purged_at: float | None = None  # real seconds since 1970
        self.running = 0
        self.last_start = 0.0
        self._tombstone = tombstone
        self._used_names: dict[str, float] = {}
        self._line: list[Waiting] = []
        self._forced: deque[Task] = deque()
        self._tickets = 0
        self.set(settings, now)

    def set(self, settings: Queue, now: float) -> None:
        """Take other settings; they hold for what starts from now on."""
        self.settings = settings
        self._bucket = TokenBucket(settings.max_dispatches_per_second, settings.max_burst, now)

    def add(self, task: Task, now: float) -> None:
        """Take a task in; raises ApiError while its name is used, or was lately."""
        self._forget_names(now)
        if task.name in self.tasks or task.name in self._used_names:
            raise ApiError(ALREADY_EXISTS, f"a task of this name exists, or did lately: {task.name}")
        self.tasks[task.name] = task
        self.line_up(task)

    def find(self, name: str, now: float) -> Task:
        """The task of this name; raises ApiError for none."""
        self._forget_names(now)
        if name in self.tasks:
            return self.tasks[name]
        lately = ", though one with this name did lately" if name in self._used_names else ""
        raise ApiError(NOT_FOUND, f"the task {name} doesn't exist{lately}")

    def remove(self, task: Task, state: State, now: float) -> None:
        """Let go of a task for good; its name stays used for a while."""
        task.state = state
        task.ticket = 0
        del self.tasks[task.name]
        self._used_names[task.name] = now + self._tombstone

    def line_up(self, task: Task) -> None:
        """Let a scheduled task start when it is due."""
        self._tickets += 1
        task.ticket = self._tickets
        heapq.heappush(self._line, Waiting(task.due, task.ticket, task))

    def force(self, task: Task) -> None:
        """Let a scheduled task start at once, whatever the limits."""
        if task.state is State.SCHEDULED and task.ticket:
            task.ticket = 0
            self._forced.append(task)

    def next_start(self, now: float) -> float | None:
        """When the next task may start; None if something has to happen first."""
        self._drop_stale()
        if self._forced:
            return now
        if not self._line or self.paused or self.running >= self.settings.max_concurrent:
            return None
        return max(self._line[0].due, self._bucket.next_pass(now))

    def take(self, now: float) -> Task:
        """The task that `next_start` meant; it counts as running until `settle`."""
        if self._forced:
            task = self._forced.popleft()
        else:
            self._bucket.take(now)
            task = heapq.heappop(self._line).task
        task.ticket = 0
        self.running += 1
        self.last_start = now
        return task

    def settle(self, task: Task, outcome: Outcome, *, now: float, wall: float) -> None:
        """An attempt has ended: let the task go, or line it up for the next one."""
        self.running -= 1
        if task.state is not State.RUNNING:
            return
        retry = task.retry or self.settings
        attempts = len(task.attempts)
        if outcome.succeeded:
            self.remove(task, State.SUCCEEDED, now)
        elif retry.gives_up(attempts, now - task.first_tried, now - task.created):
            self.remove(task, State.VANISHED, now)
        else:
            delay = max(retry.delay(attempts), outcome.retry_after)
            task.wait(now + delay, wall + delay)
            self.line_up(task)

    def _drop_stale(self) -> None:
        while self._line and self._line[0].ticket != self._line[0].task.ticket:
            heapq.heappop(self._line)
        while self._forced and self._forced[0].state is not State.SCHEDULED:
            self._forced.popleft()

    def _forget_names(self, now: float) -> None:
        while self._used_names:
            name, until = next(iter(self._used_names.items()))
            if until > now:
                return
            del self._used_names[name]
