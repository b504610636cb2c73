"""Which tasks does CreateTask take, and how are they completed?

The rules are those of https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks.
"""

import re
import secrets

from local.cloud_tasks import targets
from local.cloud_tasks.errors import INVALID_ARGUMENT, UNIMPLEMENTED, ApiError
from local.cloud_tasks.messages import Message, TaskMessage, retry_of, seconds_of, set_seconds
from local.cloud_tasks.settings import Queue
from local.cloud_tasks.tasks import METHODS, Task

MAX_TASK_BYTES = 100_000  # the reference says 100 kB, the quotas 1 MB: the stricter one
MAX_AHEAD = 30 * 24 * 3600.0  # seconds; https://cloud.google.com/tasks/docs/quotas

_DEADLINES = (15.0, 1800.0)  # seconds
_DEADLINE = 600.0
_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,500}")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def make_task(given: Message, queue: Queue, *, now: float, wall: float) -> Task:
    """A task of this queue as a caller gave it, due `now` or later; raises ApiError for what Google refuses."""
    message = TaskMessage.pb()(name=given.name or f"{queue.name}/tasks/{secrets.randbits(63)}")
    message.http_request.CopyFrom(given.http_request)
    try:
        _require_kind(given)
        _require_name(message.name, queue.name)
        _complete_request(message.http_request)
        ahead = _seconds_ahead(given, wall)
        set_seconds(message.dispatch_deadline, _deadline_of(given))
    except ValueError as error:
        raise ApiError(INVALID_ARGUMENT, str(error)) from error
    message.create_time.FromSeconds(int(wall))
    task = Task(message, due=now + ahead, created=now)
    task.wait(task.due, wall + ahead)
    if given.HasField("retry_config"):
        message.retry_config.CopyFrom(given.retry_config)
        task.retry = retry_of(given.retry_config, queue)
    if message.ByteSize() > MAX_TASK_BYTES:
        raise ApiError(INVALID_ARGUMENT, f"a task is at most {MAX_TASK_BYTES} bytes, not {message.ByteSize()}")
    return task


def _require_kind(given: Message) -> None:
    if given.HasField("app_engine_http_request"):
        raise ApiError(UNIMPLEMENTED, "the local cloud has no App Engine")
    if not given.HasField("http_request"):
        raise ValueError("task.httpRequest is required")
    if given.http_request.HasField("oauth_token"):
        raise ApiError(UNIMPLEMENTED, "the local cloud has no oauthToken, only oidcToken")


def _require_name(name: str, queue: str) -> None:
    parent, _, task_id = name.partition("/tasks/")
    if parent != queue:
        raise ValueError(f"task.name {name!r} is not in the queue {queue!r}")
    if not _TASK_ID.fullmatch(task_id):
        raise ValueError("a task's id is 1 to 500 letters, numbers, hyphens and underscores")


def _complete_request(sent: Message) -> None:
    targets.parse_target(sent.url)
    targets.require_headers(sent.headers)
    sent.http_method = sent.http_method or 1
    if sent.http_method not in METHODS:
        raise ValueError(f"httpRequest.httpMethod {sent.http_method} is unknown")
    if sent.body and METHODS[sent.http_method] not in _WITH_BODY:
        raise ValueError("httpRequest.body goes with POST, PUT and PATCH only")
    if sent.HasField("oidc_token") and not sent.oidc_token.service_account_email:
        raise ValueError("httpRequest.oidcToken.serviceAccountEmail is required")
    sent.headers["User-Agent"] = targets.USER_AGENT


def _seconds_ahead(given: Message, wall: float) -> float:
    if not given.HasField("schedule_time"):
        return 0.0
    ahead = float(given.schedule_time.ToMicroseconds()) / 1e6 - wall
    if ahead > MAX_AHEAD:
        raise ValueError("task.scheduleTime is more than 30 days ahead")
    return max(0.0, ahead)


def _deadline_of(given: Message) -> float:
    if not given.HasField("dispatch_deadline"):
        return _DEADLINE
    deadline = seconds_of(given.dispatch_deadline)
    shortest, longest = _DEADLINES
    if not shortest <= deadline <= longest:
        raise ValueError("task.dispatchDeadline is 15 seconds to 30 minutes")
    return deadline
