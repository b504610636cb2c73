"""What does each call of Cloud Tasks' REST v2 API do?

https://cloud.google.com/tasks/docs/reference/rest
"""

import threading
from typing import Any

from flask import request

from local.cloud_tasks.errors import INVALID_ARGUMENT, UNIMPLEMENTED, ApiError
from local.cloud_tasks.faults import Faults
from local.cloud_tasks.messages import (
    GetTask,
    ListQueues,
    ListTasks,
    Message,
    QueueMessage,
    RunTask,
    parse,
    parse_create_task,
    read_json,
)
from local.cloud_tasks.registry import Registry

_PAGE = 1000
_SYSTEM_PARAMETERS = frozenset({"alt", "fields", "key", "prettyPrint", "quotaUser", "uploadType"})


class Api:
    """The calls; each returns the JSON to answer with, or raises ApiError."""

    def __init__(self, registry: Registry, *, faults: Faults, stopping: threading.Event) -> None:
        self._registry = registry
        self._faults = faults
        self._stopping = stopping

    def create_task(self, parent: str) -> dict[str, Any]:
        """CreateTask, with the faults that are on."""
        fault = self._faults.draw_create()
        if fault is None:
            return self._create_task(parent)
        made = self._create_task(parent) if fault.applied else None
        self._stopping.wait(fault.hang)
        error = fault.error()
        if error is not None:
            if made is None:
                self._registry.count_refusal()
            raise error
        return made or self._create_task(parent)

    def _create_task(self, parent: str) -> dict[str, Any]:
        try:
            return self._registry.create_task(parent, parse_create_task(_body()))
        except ApiError:
            self._registry.count_refusal()
            raise

    def get_task(self, name: str) -> dict[str, Any]:
        """GetTask."""
        return self._registry.show_task(name, _query(GetTask).response_view)

    def list_tasks(self, parent: str) -> dict[str, Any]:
        """ListTasks, a page of them."""
        query = _query(ListTasks)
        return _page("tasks", self._registry.list_tasks(parent, query.response_view), query)

    def delete_task(self, name: str) -> dict[str, Any]:
        """DeleteTask."""
        self._registry.delete_task(name)
        return {}

    def run_task(self, name: str) -> dict[str, Any]:
        """RunTask."""
        return self._registry.run_task(name, parse(RunTask, _body()).response_view)

    def create_queue(self, parent: str) -> dict[str, Any]:
        """CreateQueue."""
        queue = parse(QueueMessage, _body())
        if not queue.name.startswith(f"{parent}/queues/"):
            raise ApiError(INVALID_ARGUMENT, f"queue.name {queue.name!r} is not in {parent!r}")
        return self._registry.create_queue(queue)

    def update_queue(self, name: str) -> dict[str, Any]:
        """UpdateQueue."""
        return self._registry.update_queue(name, parse(QueueMessage, _body()), request.args.get("updateMask", ""))

    def get_queue(self, name: str) -> dict[str, Any]:
        """GetQueue."""
        return self._registry.show_queue(name)

    def list_queues(self, parent: str) -> dict[str, Any]:
        """ListQueues, a page of them."""
        query = _query(ListQueues)
        if query.filter:
            raise ApiError(UNIMPLEMENTED, "the local cloud lists queues without a filter")
        return _page("queues", self._registry.list_queues(parent), query)

    def delete_queue(self, name: str) -> dict[str, Any]:
        """DeleteQueue."""
        self._registry.delete_queue(name)
        return {}

    def pause_queue(self, name: str) -> dict[str, Any]:
        """PauseQueue."""
        return self._registry.pause(name, paused=True)

    def resume_queue(self, name: str) -> dict[str, Any]:
        """ResumeQueue."""
        return self._registry.pause(name, paused=False)

    def purge_queue(self, name: str) -> dict[str, Any]:
        """PurgeQueue."""
        return self._registry.purge(name)


def _body() -> dict[str, Any]:
    return read_json(request.get_data())


def _query(kind: Any) -> Message:  # noqa: ANN401 -- untyped classes
    own = {
        name: value
        for name, value in request.args.items()
        if name not in _SYSTEM_PARAMETERS and not name.startswith("$")
    }
    return parse(kind, own)


def _page(field: str, items: list[dict[str, Any]], query: Message) -> dict[str, Any]:
    """The page of sorted items that comes after the token, which is the last name of the page before."""
    if query.page_size < 0:
        raise ApiError(INVALID_ARGUMENT, "pageSize is not negative")
    size = min(query.page_size or _PAGE, _PAGE)
    rest = [item for item in items if item["name"] > query.page_token]
    page = {field: rest[:size]}
    return page if len(rest) <= size else page | {"nextPageToken": rest[size - 1]["name"]}
