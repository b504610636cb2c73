"""How does the API's JSON become Google's messages, and what is malformed?

Google's own message classes do the reading, so that names, enumerations, durations and times are taken as the real
API takes them (https://protobuf.dev/programming-guides/json/).
"""

import json
import re
from typing import Any

from google.cloud import tasks_v2
from google.protobuf import field_mask_pb2, json_format  # type: ignore[import-untyped]  # ships no types

from local.cloud_tasks.errors import INVALID_ARGUMENT, UNIMPLEMENTED, ApiError
from local.cloud_tasks.settings import Queue, Retry

Message = Any  # one of Google's message classes, which ship no types

CreateTask = tasks_v2.CreateTaskRequest
GetTask = tasks_v2.GetTaskRequest
ListTasks = tasks_v2.ListTasksRequest
ListQueues = tasks_v2.ListQueuesRequest
RunTask = tasks_v2.RunTaskRequest
QueueMessage = tasks_v2.Queue
TaskMessage = tasks_v2.Task

_BASE64 = re.compile(r"([A-Za-z0-9+/_-]*)={0,2}")


def read_json(raw: bytes) -> dict[str, Any]:
    """The object that a request's body is, an empty one for no body; raises ApiError for anything else."""
    if not raw:
        return {}
    try:
        document = json.loads(raw.decode())
    except (ValueError, RecursionError) as error:
        raise ApiError(INVALID_ARGUMENT, f"Invalid JSON payload received: {error}") from error
    if not isinstance(document, dict):
        raise ApiError(INVALID_ARGUMENT, "Invalid JSON payload received: not an object")
    return document


def parse(kind: Any, document: dict[str, Any]) -> Message:  # noqa: ANN401 -- untyped classes
    """One of the classes above, filled from JSON; raises ApiError for unknown fields and wrong values."""
    message = kind.pb()()
    try:
        json_format.ParseDict(document, message)
    except json_format.ParseError as error:
        raise ApiError(INVALID_ARGUMENT, f"Invalid JSON payload received: {error}") from error
    return message


def parse_create_task(document: dict[str, Any]) -> Message:
    """A CreateTask request; its body must be base64, which the message classes don't insist on."""
    request = parse(CreateTask, document)
    task = document.get("task") or {}
    http_request = task.get("httpRequest") or task.get("http_request") or {}
    if not _is_base64(http_request.get("body") or ""):
        raise ApiError(INVALID_ARGUMENT, "Invalid JSON payload received: httpRequest.body is not base64")
    return request


def _is_base64(text: str) -> bool:
    """Whether it is base64 of either alphabet, padded or not."""
    found = _BASE64.fullmatch(text)
    return found is not None and len(found[1]) % 4 != 1


def render(message: Message) -> dict[str, Any]:
    """The message as JSON; fields that hold nothing are left out."""
    document: dict[str, Any] = json_format.MessageToDict(message)
    return document


def render_task(message: Message, view: int) -> dict[str, Any]:
    """A task as JSON; the body is left out unless the view is FULL."""
    shown = TaskMessage.pb()()
    shown.CopyFrom(message)
    shown.view = TaskMessage.View.FULL
    if view != TaskMessage.View.FULL:
        shown.view = TaskMessage.View.BASIC
        shown.http_request.ClearField("body")
    return render(shown)


def queue_of(message: Message) -> Queue:
    """A queue's settings, Google's defaults for what is not set; raises ApiError for values it refuses."""
    for field in ("http_target", "app_engine_routing_override"):
        if message.HasField(field):
            raise ApiError(UNIMPLEMENTED, f"the local cloud has no {field}")
    limits, config = message.rate_limits, message.retry_config
    given = {
        "max_dispatches_per_second": limits.max_dispatches_per_second,
        "max_concurrent": limits.max_concurrent_dispatches,
        **_retry_values(config),
    }
    try:
        return Queue(name=message.name, **{field: value for field, value in given.items() if value})
    except ValueError as error:
        raise ApiError(INVALID_ARGUMENT, str(error)) from error


def retry_of(config: Message, otherwise: Retry) -> Retry:
    """A task's own rules of retrying, the queue's for what is not set; raises ApiError for refused values."""
    values = {
        "max_attempts": otherwise.max_attempts,
        "min_backoff": otherwise.min_backoff,
        "max_backoff": otherwise.max_backoff,
        "max_doublings": otherwise.max_doublings,
        "max_retry_duration": otherwise.max_retry_duration,
    }
    try:
        return Retry(**values | {field: value for field, value in _retry_values(config).items() if value})
    except ValueError as error:
        raise ApiError(INVALID_ARGUMENT, str(error)) from error


def _retry_values(config: Message) -> dict[str, Any]:
    return {
        "max_attempts": config.max_attempts,
        "min_backoff": seconds_of(config.min_backoff),
        "max_backoff": seconds_of(config.max_backoff),
        "max_doublings": config.max_doublings,
        "max_retry_duration": seconds_of(config.max_retry_duration),
    }


def queue_message(queue: Queue) -> Message:
    """The settings of a queue as Google's message."""
    message = QueueMessage.pb()(name=queue.name)
    message.rate_limits.max_dispatches_per_second = queue.max_dispatches_per_second
    message.rate_limits.max_burst_size = queue.max_burst
    message.rate_limits.max_concurrent_dispatches = queue.max_concurrent
    message.retry_config.max_attempts = queue.max_attempts
    message.retry_config.max_doublings = queue.max_doublings
    set_seconds(message.retry_config.min_backoff, queue.min_backoff)
    set_seconds(message.retry_config.max_backoff, queue.max_backoff)
    if queue.max_retry_duration:
        set_seconds(message.retry_config.max_retry_duration, queue.max_retry_duration)
    return message


def merge_queue(queue: Queue, change: Message, mask: str) -> Queue:
    """The settings with the masked fields of `change`, or with all of them if nothing is masked.

    Raises ApiError for a mask that names no field. https://protobuf.dev/reference/protobuf/google.protobuf/#field-mask
    """
    change.name = queue.name
    if not mask:
        return queue_of(change)
    fields = field_mask_pb2.FieldMask()
    try:
        fields.FromJsonString(mask)
    except ValueError as error:
        raise ApiError(INVALID_ARGUMENT, str(error)) from error
    if not fields.IsValidForDescriptor(change.DESCRIPTOR):
        raise ApiError(INVALID_ARGUMENT, f"updateMask names unknown fields: {mask}")
    merged = queue_message(queue)
    fields.MergeMessage(change, merged, True, True)  # noqa: FBT003 -- replaces messages and lists, not adds
    merged.name = queue.name
    return queue_of(merged)


def seconds_of(duration: Message) -> float:
    """A duration in seconds."""
    return float(duration.ToNanoseconds()) / 1e9


def set_seconds(field: Message, seconds: float) -> None:
    """Let a duration field say so many seconds."""
    field.FromMicroseconds(round(seconds * 1e6))


def set_time(field: Message, wall: float) -> None:
    """Let a time field say so many seconds since 1970."""
    field.FromMicroseconds(round(wall * 1e6))
