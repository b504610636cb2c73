"""Which queues are there, what is in them, and what has happened so far?

Everything is under one lock, `changed`, which is notified of every change.
"""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from local.cloud_tasks.clock import Clock
from local.cloud_tasks.creation import make_task
from local.cloud_tasks.errors import ALREADY_EXISTS, FAILED_PRECONDITION, INVALID_ARGUMENT, NOT_FOUND, ApiError
from local.cloud_tasks.messages import (
    Message,
    QueueMessage,
    merge_queue,
    queue_message,
    queue_of,
    render,
    render_task,
    set_time,
)
from local.cloud_tasks.queues import RunningQueue
from local.cloud_tasks.settings import QUEUE_NAME, Queue, is_queue_name, queue_id
from local.cloud_tasks.tasks import Outcome, State, Task

QUEUE_TOMBSTONE = 7 * 24 * 3600.0  # seconds; https://cloud.google.com/tasks/docs/quotas

_KEPT = 10_000  # tasks that are over and still listed


@dataclass
class Counters:
    """What has happened: tasks, but for `refused` (calls of CreateTask) and `dispatched` (requests).

    Once nothing is left, created = succeeded + vanished + deleted; `retried` counts failures that were not the
    last, `duplicated` the deliveries that came twice.
    """

    created: int = 0
    refused: int = 0
    dispatched: int = 0
    succeeded: int = 0
    retried: int = 0
    vanished: int = 0
    deleted: int = 0
    duplicated: int = 0


class Registry:
    """Queues by name; raises ApiError as Google's API would."""

    def __init__(self, queues: Iterable[Queue], *, clock: Clock, tombstone: float, create_unknown_queues: bool) -> None:
        self.changed = threading.Condition()
        self.clock = clock
        self.counters = Counters()
        self.queues: dict[str, RunningQueue] = {}
        self._over: deque[Task] = deque(maxlen=_KEPT)
        self._deleted_queues: dict[str, float] = {}
        self._tombstone = tombstone
        self._create_unknown_queues = create_unknown_queues
        self._declared: dict[str, Queue] = {}
        for queue in queues:
            self._declared[queue_id(queue.name)] = queue
            self._open(queue)

    def create_queue(self, message: Message) -> dict[str, Any]:
        """Make a queue, unless one of its name exists, or did in the last week."""
        settings = queue_of(message)
        with self.changed:
            if settings.name in self.queues:
                raise ApiError(ALREADY_EXISTS, f"the queue {settings.name} exists")
            if self._was_deleted(settings.name):
                raise ApiError(FAILED_PRECONDITION, f"a queue named {settings.name} existed too recently")
            return self._show(self._open(settings))

    def update_queue(self, name: str, change: Message, mask: str) -> dict[str, Any]:
        """Change the masked settings, all for an empty mask; make the queue if there is none."""
        with self.changed:
            if name not in self.queues:
                change.name = name
                return self.create_queue(change)
            queue = self.queues[name]
            queue.set(merge_queue(queue.settings, change, mask), self.clock.now())
            self.changed.notify_all()
            return self._show(queue)

    def show_queue(self, name: str) -> dict[str, Any]:
        """A queue's settings and state."""
        with self.changed:
            return self._show(self.find(name))

    def list_queues(self, parent: str) -> list[dict[str, Any]]:
        """The queues of `projects/P/locations/L`, by name."""
        with self.changed:
            names = sorted(name for name in self.queues if name.startswith(f"{parent}/queues/"))
            return [self._show(self.queues[name]) for name in names]

    def delete_queue(self, name: str) -> None:
        """Delete a queue and its tasks."""
        with self.changed:
            self._empty(self.find(name))
            del self.queues[name]
            self._deleted_queues[name] = self.clock.now() + QUEUE_TOMBSTONE

    def pause(self, name: str, *, paused: bool) -> dict[str, Any]:
        """Let nothing start from a queue, or let it start again."""
        with self.changed:
            queue = self.find(name)
            queue.paused = paused
            self.changed.notify_all()
            return self._show(queue)

    def purge(self, name: str) -> dict[str, Any]:
        """Delete a queue's tasks; what is under way isn't stopped, but not tried again."""
        with self.changed:
            queue = self.find(name)
            self._empty(queue)
            queue.purged_at = self.clock.wall()
            return self._show(queue)

    def create_task(self, parent: str, request: Message) -> dict[str, Any]:
        """Take a task into a queue."""
        with self.changed:
            queue = self._find_or_open(parent)
            now, wall = self.clock.now(), self.clock.wall()
            task = make_task(request.task, queue.settings, now=now, wall=wall)
            queue.add(task, now)
            self.counters.created += 1
            self.changed.notify_all()
            return render_task(task.message, request.response_view)

    def count_refusal(self) -> None:
        """A call of CreateTask was answered with an error and made nothing."""
        with self.changed:
            self.counters.refused += 1

    def show_task(self, name: str, view: int) -> dict[str, Any]:
        """A task that is not over."""
        with self.changed:
            return render_task(self._task(name).message, view)

    def list_tasks(self, parent: str, view: int) -> list[dict[str, Any]]:
        """A queue's tasks that are not over, by name."""
        with self.changed:
            tasks = sorted(self.find(parent).tasks.items())
            return [render_task(task.message, view) for _, task in tasks]

    def delete_task(self, name: str) -> None:
        """Delete a task; if it is under way it isn't stopped, but not tried again."""
        with self.changed:
            self._delete(self.find(_queue_of(name)), self._task(name))
            self.changed.notify_all()

    def run_task(self, name: str, view: int) -> dict[str, Any]:
        """Dispatch a task now, whatever its time and the queue's limits."""
        with self.changed:
            task = self._task(name)
            self.find(_queue_of(name)).force(task)
            self.changed.notify_all()
            return render_task(task.message, view)

    def report(self) -> list[dict[str, Any]]:
        """Every task that is known, those that are over first, with its attempts."""
        with self.changed:
            present = [task for queue in self.queues.values() for task in queue.tasks.values()]
            return [task.report() for task in (*self._over, *present)]

    def is_empty(self) -> bool:
        """Whether no task is left to do."""
        with self.changed:
            return not any(queue.tasks for queue in self.queues.values())

    def count(self) -> Counters:
        """The counters as they stand now."""
        with self.changed:
            return replace(self.counters)

    def settle(self, queue: RunningQueue, task: Task, outcome: Outcome) -> None:
        """An attempt of a task has ended."""
        with self.changed:
            was_running = task.state is State.RUNNING
            queue.settle(task, outcome, now=self.clock.now(), wall=self.clock.wall())
            if not was_running:
                return
            if task.state is State.SCHEDULED:
                self.counters.retried += 1
                return
            self._bury(task)
            if task.state is State.SUCCEEDED:
                self.counters.succeeded += 1
            else:
                self.counters.vanished += 1

    def find(self, name: str) -> RunningQueue:
        """The queue of this name."""
        if not is_queue_name(name):
            raise ApiError(INVALID_ARGUMENT, f"{name!r} is not {QUEUE_NAME}")
        if name not in self.queues:
            raise ApiError(NOT_FOUND, f"the queue {name} doesn't exist")
        return self.queues[name]

    def _find_or_open(self, name: str) -> RunningQueue:
        may_open = self._create_unknown_queues and not self._was_deleted(name) and is_queue_name(name)
        if name in self.queues or not may_open:
            return self.find(name)
        declared = self._declared.get(queue_id(name))
        return self._open(replace(declared, name=name) if declared is not None else Queue(name=name))

    def _open(self, settings: Queue) -> RunningQueue:
        queue = RunningQueue(settings, self.clock.now(), tombstone=self._tombstone)
        self.queues[settings.name] = queue
        return queue

    def _task(self, name: str) -> Task:
        return self.find(_queue_of(name)).find(name, self.clock.now())

    def _was_deleted(self, name: str) -> bool:
        return self._deleted_queues.get(name, 0.0) > self.clock.now()

    def _empty(self, queue: RunningQueue) -> None:
        for task in list(queue.tasks.values()):
            self._delete(queue, task)
        self.changed.notify_all()

    def _delete(self, queue: RunningQueue, task: Task) -> None:
        queue.remove(task, State.DELETED, self.clock.now())
        self._bury(task)
        self.counters.deleted += 1

    def _bury(self, task: Task) -> None:
        task.message.http_request.ClearField("body")
        self._over.append(task)

    def _show(self, queue: RunningQueue) -> dict[str, Any]:
        message = queue_message(queue.settings)
        message.state = QueueMessage.State.PAUSED if queue.paused else QueueMessage.State.RUNNING
        if queue.purged_at is not None:
            set_time(message.purge_time, queue.purged_at)
        return render(message)


def _queue_of(task_name: str) -> str:
    return task_name.partition("/tasks/")[0]
