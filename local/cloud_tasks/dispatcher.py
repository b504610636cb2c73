"""When does a task leave its queue, and what is made of the answer?

One thread decides what starts, a bounded pool of others sends. All state is under the registry's lock.
"""

import heapq
import itertools
import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from local.cloud_tasks.connections import Call, Connections, NoReplyError, Reply, Request
from local.cloud_tasks.creation import MAX_AHEAD
from local.cloud_tasks.errors import DEADLINE_EXCEEDED, INTERNAL, RESOURCE_EXHAUSTED, UNAVAILABLE
from local.cloud_tasks.faults import Duplicate, Faults
from local.cloud_tasks.queues import RunningQueue
from local.cloud_tasks.registry import Registry
from local.cloud_tasks.tasks import Attempt, Outcome, Task
from local.cloud_tasks.tokens import TokenSigner


@dataclass(frozen=True)
class Delivery:
    """A request that a worker is to send for a task; a `copy` changes nothing in the queue."""

    queue: RunningQueue
    task: Task
    attempt: Attempt
    request: Request
    account: tuple[str, str] | None
    deadline: float  # seconds
    copy: bool = False
    then_again: bool = False


class Dispatcher:
    """Sends what is due, at most `workers` requests at once over all queues, until it is stopped."""

    def __init__(
        self, registry: Registry, *, faults: Faults, tokens: TokenSigner, workers: int, deadline_speed: float
    ) -> None:
        self._registry = registry
        self._changed = registry.changed
        self._faults = faults
        self._tokens = tokens
        self._workers = workers
        self._deadline_speed = deadline_speed
        self._connections = Connections()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="cloud-tasks-worker")
        self._thread = threading.Thread(target=self._run, name="cloud-tasks-scheduler", daemon=True)
        self._calls: set[Call] = set()
        self._copies: deque[Delivery] = deque()
        self._deadlines: list[tuple[float, int, Call]] = []
        self._numbers = itertools.count()
        self._stopped = False

    def start(self) -> None:
        """Begin to dispatch."""
        self._thread.start()

    def stop(self) -> None:
        """Start nothing more, cut off what is under way, and wait until every thread and socket is gone."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join()
        with self._changed:
            under_way = list(self._calls)
        for call in under_way:
            call.cut()
        self._pool.shutdown(cancel_futures=True)
        self._connections.close()

    def wait_until_idle(self, timeout: float) -> bool:
        """Whether, within so many real seconds, no task is scheduled, waiting or under way."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._is_idle(), timeout)
            return self._is_idle()

    def _is_idle(self) -> bool:
        return not self._calls and not self._copies and self._registry.is_empty()

    def _run(self) -> None:
        with self._changed:
            while not self._stopped:
                self._start_due()
                self._cut_overdue()
                self._changed.wait(self._pause())

    def _start_due(self) -> None:
        while self._copies:
            self._send(self._copies.popleft())
        while len(self._calls) < self._workers:
            now = self._registry.clock.now()
            queue = self._next_queue(now)
            if queue is None:
                return
            self._dispatch(queue, now)

    def _next_queue(self, now: float) -> RunningQueue | None:
        """Of the queues that may start a task, the one that has waited longest."""
        ready = [queue for queue in self._registry.queues.values() if _is_ready(queue, now)]
        return min(ready, key=lambda queue: queue.last_start, default=None)

    def _dispatch(self, queue: RunningQueue, now: float) -> None:
        task = queue.take(now)
        attempt = task.begin(now, self._registry.clock.wall())
        delivery = Delivery(queue, task, attempt, task.request(), task.account, task.deadline)
        duplicate = self._faults.draw_duplicate()
        if duplicate is not None:
            self._registry.counters.duplicated += 1
        self._send(replace(delivery, then_again=duplicate is Duplicate.AFTERWARDS))
        if duplicate is Duplicate.TOGETHER:
            self._send(self._copy(delivery))

    def _copy(self, delivery: Delivery) -> Delivery:
        attempt = Attempt(self._registry.clock.wall())
        delivery.task.duplicates.append(attempt)
        return replace(delivery, attempt=attempt, copy=True, then_again=False)

    def _send(self, delivery: Delivery) -> None:
        call = Call()
        self._calls.add(call)
        self._registry.counters.dispatched += 1
        ends = time.monotonic() + delivery.deadline / self._deadline_speed
        heapq.heappush(self._deadlines, (ends, next(self._numbers), call))
        self._pool.submit(self._deliver, delivery, call).add_done_callback(_surface)

    def _cut_overdue(self) -> None:
        while self._deadlines and self._deadlines[0][0] <= time.monotonic():
            heapq.heappop(self._deadlines)[2].cut()

    def _pause(self) -> float | None:
        """Real seconds until there is something to do; None if something has to happen first."""
        pauses = []
        if self._deadlines:
            pauses.append(self._deadlines[0][0] - time.monotonic())
        if len(self._calls) < self._workers:
            now = self._registry.clock.now()
            starts = [queue.next_start(now) for queue in self._registry.queues.values()]
            pauses += [self._registry.clock.real(start - now) for start in starts if start is not None]
        return max(0.0, min(pauses)) if pauses else None

    def _deliver(self, delivery: Delivery, call: Call) -> None:
        outcome = Outcome(INTERNAL.http, answered=False, detail="the emulator failed")
        try:
            outcome = self._attempt(delivery, call)
        finally:
            self._finish(delivery, call, outcome)

    def _attempt(self, delivery: Delivery, call: Call) -> Outcome:
        request = delivery.request
        if delivery.account is not None:
            request = request.with_token(self._tokens.mint_for(*delivery.account))
        try:
            reply = self._connections.send(request, call)
        except NoReplyError as error:
            if call.was_cut:
                detail = f"no answer within {delivery.deadline:g} s"
                return Outcome(DEADLINE_EXCEEDED.http, answered=False, detail=detail)
            return Outcome(UNAVAILABLE.http, answered=False, detail=str(error))
        return Outcome(reply.status, answered=True, retry_after=_retry_after(reply))

    def _finish(self, delivery: Delivery, call: Call, outcome: Outcome) -> None:
        with self._changed:
            self._calls.discard(call)
            if delivery.copy:
                delivery.attempt.end(outcome, self._registry.clock.wall())
            else:
                delivery.task.end(delivery.attempt, outcome, self._registry.clock.wall())
                self._registry.settle(delivery.queue, delivery.task, outcome)
            if delivery.then_again:
                self._copies.append(self._copy(delivery))
            self._changed.notify_all()


def _is_ready(queue: RunningQueue, now: float) -> bool:
    start = queue.next_start(now)
    return start is not None and start <= now


def _retry_after(reply: Reply) -> float:
    """Seconds that a handler asked for with 429 or 503; a date or nonsense asks for nothing."""
    said = (reply.retry_after or "").strip()
    if reply.status not in (RESOURCE_EXHAUSTED.http, UNAVAILABLE.http) or not (said.isascii() and said.isdigit()):
        return 0.0
    return min(float(said[:10]), MAX_AHEAD)


def _surface(future: Future[None]) -> None:
    """Let a failure of the emulator itself be logged instead of vanishing with its future."""
    if not future.cancelled():
        future.result()
