"""Structured logs: one JSON object a line, in the words that Cloud Logging knows.

https://cloud.google.com/logging/docs/structured-logging
Log an event and its fields; never a payload, a token or a diff.
"""

import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager
from typing import Any

import structlog

_SEVERITIES = {"debug": "DEBUG", "info": "INFO", "warning": "WARNING", "error": "ERROR", "critical": "CRITICAL"}
_TRACE = re.compile(r"([0-9a-f]{32})(?:/\d+)?")


def _for_cloud_logging(_logger: object, method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {"severity": _SEVERITIES.get(method, "DEFAULT"), "message": event.pop("event"), **event}


class _StandardOutput:
    """Writes to whatever `sys.stdout` is at the time: tests and the framework replace it."""

    def msg(self, message: str) -> None:
        sys.stdout.write(message + "\n")
        sys.stdout.flush()

    debug = info = warning = error = critical = msg


structlog.configure(
    processors=[
        _for_cloud_logging,  # first, for a bound `event` is GitHub's and the line's own is the message
        structlog.contextvars.merge_contextvars,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(default=str, ensure_ascii=True),
    ],
    logger_factory=lambda *_: _StandardOutput(),
    cache_logger_on_first_use=True,
)
log = structlog.get_logger()


def bound(**fields: Any) -> AbstractContextManager[None]:  # noqa: ANN401  # whatever a field holds
    """Every line logged inside carries these fields."""
    return structlog.contextvars.bound_contextvars(**{key: value for key, value in fields.items() if value is not None})


def bind(**fields: Any) -> None:  # noqa: ANN401  # the same
    """Every later line of this request carries these fields, the one that tells of its refusal too."""
    structlog.contextvars.bind_contextvars(**{key: value for key, value in fields.items() if value is not None})


def trace_of(header: str | None, project: str) -> str | None:
    """The trace that Cloud Logging groups by, from the `X-Cloud-Trace-Context` header."""
    found = _TRACE.match(header or "")
    return f"projects/{project}/traces/{found[1]}" if found else None


def where(error: BaseException) -> dict[str, Any]:
    """What an unexpected error was and where it came from, without its message: that may quote a payload."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
    }
