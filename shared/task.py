"""Task functions: only the queue may call, and the outcome of a step decides what the queue does next.

Finished, ignored, duplicate, or failed *and recorded* is 200; try later is 503 with `Retry-After`; a wrong token
is 401. A body that no retry can mend is logged and answered 200, or the queue would repeat it for days.
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from flask import Response, request

from shared.dispatch import queue
from shared.domain.errors import ConfigurationError, ConflictError, InvalidError, RetryLaterError, WorkLogError
from shared.domain.ids import is_id
from shared.domain.step import MAX_ATTEMPTS, STAGES, Step
from shared.logging import bind, bound, log, where
from shared.services import Services
from shared.store.collection import Collection, Stored
from shared.store.database import Write
from shared.web.app import App, services_of_request
from shared.web.body import parse

S = TypeVar("S", bound=Step)
Handler = Callable[[str, Services], str]
Job = Callable[[Services], str]
Beside: TypeAlias = Callable[[S, S], Sequence[Write]]
_UNEXPECTED_WAIT = 60.0
_BLAMELESS_WAIT = 30.0
# Longer waits are the reconciler's: the queue would spend its attempts on them.
_LONGEST_RETRY = 3600.0
_POISON = "poison"
_LOST = "workers_lost"
_SPENT = "attempts_spent"


@dataclass(frozen=True)
class Finish(Generic[S]):
    """What a stage achieved: the step's next state and the results that are written with it, or not at all."""

    step: S
    results: Sequence[Write] = field(default=())


class TaskApp(App):
    """An `App` for the task queue."""

    def __init__(self, function: str, *, needs: tuple[str, ...] = ()) -> None:
        super().__init__(function, needs=("tasks", *needs))

    def task(self, path: str) -> Callable[[Handler], Handler]:
        """Register the handler of a task: it takes the id in the body and returns its outcome in a word."""
        id_name = next(stage.id_name for stage in STAGES.values() if stage.path == path)

        def register(handler: Handler) -> Handler:
            def run(services: Services) -> str:
                subject_id = _subject_id(id_name)
                if subject_id is None:
                    return _POISON
                bind(step=subject_id)
                return handler(subject_id, services)

            self._add(path, run, _operation(handler, id_name))
            return handler

        return register

    def job(self, path: str) -> Callable[[Job], Job]:
        """Register the handler of what is called by the clock: it takes no id and returns its outcome in a word."""

        def register(handler: Job) -> Job:
            self._add(path, handler, _operation(handler))
            return handler

        return register

    def _add(self, path: str, run: Job, operation: Mapping[str, object]) -> None:
        def view() -> Response:
            services = services_of_request()
            services.task_sign_in.check(request.headers.get("Authorization"), function=self.name)
            return Response(json.dumps({"outcome": run(services)}), content_type="application/json")

        self.route("POST", path, operation)(view)


def perform(
    steps: Collection[S],
    step_id: str,
    work: Mapping[str, Callable[[S], Finish[S]]],
    services: Services,
    *,
    beside: Beside[S],
) -> str:
    """Claim the step, do the work of its stage, finish it under the fence; returns the outcome in a word.

    `beside` gives the writes that belong to a change of the step, from what it was to what it is: its entry in a
    ledger, the exception that a failure is. It is asked again whenever a commit has to be repeated. Raises
    `RetryLaterError` when the step is in other hands or its work has to wait.
    """
    stored = steps.get(step_id)
    if stored is None:
        log.error(_POISON, reason="no such document", document=step_id)
        return _POISON
    step, now = stored.value, services.now()
    bind(**step.told)  # what joins the lines of all functions that an event, a run or a job goes through
    if step.is_over or step.stage not in work:
        return "duplicate"
    if step.is_held(now) and step.lease_until:
        raise RetryLaterError("another worker holds it", after=(step.lease_until - now).total_seconds())
    held = _claim(steps, stored, beside, services)
    with bound(step=step_id, stage=step.stage, fence=held.value.fence):
        finish, error = _attempt(held.value, work[step.stage], services)
        try:
            outcome = _write(steps, held, finish, beside, services)
        except InvalidError as refused:  # results that can't be stored: no retry would make them smaller
            log.error("step_failed", reason=str(refused), code=refused.code)
            failed = held.value.ended(step.FAILED, at=services.now(), error=refused.code)
            outcome = _write(steps, held, Finish(failed), beside, services)
        except ConflictError as refused:  # a result that another write has come before: the work has to look again
            finish, error = _later(held.value, refused.code, after=_BLAMELESS_WAIT, services=services)
            outcome = _write(steps, held, finish, beside, services)
    if error is None or outcome != finish.step.WAITING:
        return outcome
    if error.after > _LONGEST_RETRY:
        return "postponed"
    raise error


def _claim(steps: Collection[S], stored: Stored[S], beside: Beside[S], services: Services) -> Stored[S]:
    claimed = stored.value.claimed(secrets.token_hex(8), at=services.now())
    write = steps.replace(stored, claimed)
    try:
        return Stored(claimed, steps.commit(write, *beside(stored.value, claimed)))
    except ConflictError:
        again = steps.get(write.reference.id)
        if again is not None and again.value == claimed:  # ours: the answer was lost and the client wrote twice
            return again
        raise RetryLaterError("another worker was faster", after=5) from None


def _attempt(step: S, work: Callable[[S], Finish[S]], services: Services) -> tuple[Finish[S], RetryLaterError | None]:
    """The work's finish, or the one that its failure calls for together with what to tell the queue."""
    if step.attempts > MAX_ATTEMPTS:  # whoever claimed it came to no end, not even a failure
        log.error("step_failed", reason="every worker was lost", code=_LOST)
        return Finish(step.ended(step.FAILED, at=services.now(), error=_LOST)), None
    try:
        return work(step), None
    except RetryLaterError as error:
        return _later(step, str(error), after=error.after, services=services)
    except (ConflictError, ConfigurationError) as error:  # another write came between, or a setting is to be mended
        return _later(step, error.code, after=_BLAMELESS_WAIT, services=services, reason=str(error))
    except WorkLogError as error:
        log.error("step_failed", reason=str(error), code=error.code)
        return Finish(step.ended(step.FAILED, at=services.now(), error=error.code)), None
    except Exception as error:  # noqa: BLE001  # the adapter: a bug must not lose the step
        log.error("unexpected_error", **where(error))
        return _later(step, type(error).__name__, after=_UNEXPECTED_WAIT, services=services)


def _later(
    step: S, why: str, *, after: float, services: Services, reason: str = ""
) -> tuple[Finish[S], RetryLaterError]:
    """The step put off, or failed when it has been put off often enough, and what to tell the queue."""
    finish = Finish(step.postponed(why, after=after, at=services.now()))
    if finish.step.is_over:
        log.error("step_failed", reason=reason or why, code=_SPENT)
    else:
        log.warning("step_postponed", reason=reason or why, seconds=round(after))
    return finish, RetryLaterError(why, after=after)


def _write(steps: Collection[S], held: Stored[S], finish: Finish[S], beside: Beside[S], services: Services) -> str:
    """Commit the finish unless the step has passed to somebody else; the outcome in a word.

    Raises `ConflictError` when it is still ours and what is written with it does not fit, however often it is tried.
    """
    step, step_id = finish.step, steps.replace(held, finish.step).reference.id
    for last in (False, False, False, True):
        try:
            steps.commit(steps.replace(held, step), *finish.results, *beside(held.value, step))
            break
        except ConflictError:
            now = steps.get(step_id)
            if now is not None and now.value == step:
                break  # ours: the answer was lost and the client wrote twice
            if now is None or (now.value.fence, now.value.holder) != (held.value.fence, held.value.holder):
                log.warning("step_superseded")  # a late finisher with an old fence writes nothing
                return "superseded"
            if last:
                raise
            if now.value != held.value:
                held, step = now, finish.step.carrying(now.value)
    log.info("step_finished", state=step.state)
    if step.state == step.WAITING and step.attempts == 0:
        queue(step_id, step, services)
        return "continued"
    return step.state


def _subject_id(id_name: str) -> str | None:
    """The id in the task's body, or None for a body that no retry can mend."""
    try:
        body = parse(request.get_data(), content_type=request.mimetype)
        subject_id = body.get(id_name)
    except WorkLogError as error:
        log.error(_POISON, reason=str(error))
        return None
    if not isinstance(subject_id, str) or not is_id(subject_id) or len(body) > 1:
        log.error(_POISON, reason=f"not a body with {id_name}")
        return None
    return subject_id


def _operation(handler: Handler | Job, id_name: str | None = None) -> Mapping[str, object]:
    """The entry of a task, or of a job, in the OpenAPI document."""
    body: dict[str, object] = {"type": "object"}
    if id_name:
        body |= {"required": [id_name], "properties": {id_name: {"type": "string"}}}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    outcome = {"type": "object", "required": ["outcome"], "properties": {"outcome": {"type": "string"}}}
    return {
        "summary": (handler.__doc__ or "").splitlines()[0],
        "tags": ["tasks"],
        "security": [{"taskQueue": []}],
        "requestBody": {"required": id_name is not None, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {
                "description": "Finished, or nothing that a retry could change",
                "content": {"application/json": {"schema": outcome}},
            },
            "401": {"description": "Not the task queue's token", "content": problem},
            "413": {"description": "The body is too large", "content": problem},
            "503": {"description": "Not now; Retry-After says when", "content": problem},
        },
    }
