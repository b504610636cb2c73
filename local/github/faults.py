"""What goes wrong on purpose, where, how often, and has it gone wrong yet?

A fault takes the rest of the call as a function and returns the answer, so that a test can write its own:
`lambda proceed: (github.rename(…), proceed())[1]`.
"""

import gzip
import json
import math
import os
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from flask import Response, request

from local.github.answers import ApiError
from local.github.patterns import matches

Proceed: TypeAlias = Callable[[], Response]
Fault: TypeAlias = Callable[[Proceed], Response]

_JSON = "application/json; charset=utf-8"
_LIMITS = "/using-the-rest-api/rate-limits-for-the-rest-api#about-"
_UNICORN = (
    "<!DOCTYPE html>\n<html><head><title>Unicorn!</title></head><body>This page is taking too long.</body></html>"
)


@dataclass
class Rule:
    """A fault at the calls of a pattern: `times` of them (None: all), each with a probability; `fired` counts."""

    pattern: str
    fault: Fault
    times: int | None
    probability: float
    fired: int = 0


class Faults:
    """The faults that are on; `seed` makes what is drawn repeatable."""

    def __init__(self, seed: int | None = None) -> None:
        self._lock = threading.Lock()
        self._dice = random.Random(seed)  # noqa: S311 -- dice, not secrets
        self._rules: list[Rule] = []

    def add(self, pattern: str, fault: Fault, *, times: int | None = 1, probability: float = 1.0) -> Rule:
        """Let calls meet a fault, the first one added first; returns the rule, to ask how often it `fired`."""
        rule = Rule(pattern, fault, times, probability)
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Let everything go well again."""
        with self._lock:
            self._rules.clear()

    def draw(self, method: str, path: str) -> Fault | None:
        """The fault that this call meets."""
        with self._lock:
            for rule in self._rules:
                spent = rule.times is not None and rule.fired >= rule.times
                if spent or not matches(rule.pattern, method, path) or self._dice.random() >= rule.probability:
                    continue
                rule.fired += 1
                return rule.fault
        return None


def answer(
    status: int, body: str | bytes = "", *, headers: Mapping[str, str] | None = None, content_type: str = _JSON
) -> Fault:
    """Any answer instead of the right one."""
    return lambda _: Response(body, status, headers, content_type=content_type)


def refusal(status: int, message: str, *, page: str = "", headers: Mapping[str, str] | None = None) -> Fault:
    """An error in GitHub's shape."""
    return lambda _: ApiError(status, message, page=page, headers=headers).response()


def primary_limit(reset_at: float, *, status: int = 403) -> Fault:
    """The hour's calls are used up until `reset_at` (epoch seconds); `status` 403 or 429."""
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(math.ceil(reset_at)), "X-RateLimit-Used": "5000"}
    message = "API rate limit exceeded for installation. Wait until the limit resets."
    return refusal(status, message, page=f"{_LIMITS}primary-rate-limits", headers=headers)


def secondary_limit(retry_after: int | None = None, *, status: int = 403) -> Fault:
    """Too much at once; GitHub says for how many seconds to wait, or nothing."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return refusal(status, message, page=f"{_LIMITS}secondary-rate-limits", headers=headers)


def server_error(status: int = 502) -> Fault:
    """GitHub's own failure, in JSON."""
    return answer(status, json.dumps({"message": "Server Error"}))


def html(status: int = 502) -> Fault:
    """A page for people where JSON is due; with 200 the hostile case."""
    return answer(status, _UNICORN, content_type="text/html; charset=utf-8")


def content_type(value: str) -> Fault:
    """The right body under another type."""
    return lambda proceed: _with_headers(proceed(), {"Content-Type": value})


def next_page(url: str = "") -> Fault:
    """The right page, whose `Link` leads to `url`; without one, back to itself."""
    return lambda proceed: _with_headers(proceed(), {"Link": f'<{url or request.url}>; rel="next"'})


def truncated_gzip(proceed: Proceed) -> Response:
    """The right body compressed, of which the second half is missing."""
    response = proceed()
    packed = gzip.compress(response.get_data())
    return _with_headers(Response(packed[: len(packed) // 2], response.status_code), {"Content-Encoding": "gzip"})


def cut_off(proceed: Proceed) -> Response:
    """Fewer bytes than `Content-Length` says, then the end of the connection."""
    response = proceed()
    data = response.get_data()
    response.set_data(data[: len(data) // 2])
    response.automatically_set_content_length = False
    return _with_headers(response, {"Content-Length": str(len(data))})


def connection_reset(_: Proceed) -> Response:
    """No answer: the connection is reset."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # The server goes on to write: give it a dead pair under the same number, which closes (resets) the real one.
    mine, other = socket.socketpair()
    other.close()
    os.dup2(mine.fileno(), connection.fileno())
    mine.close()
    return Response()


def without_patches(proceed: Proceed) -> Response:
    """The right list of files with no patch in it, as for a pull request that is too large."""
    response = proceed()
    entries = json.loads(response.get_data())
    response.set_data(json.dumps([{key: value for key, value in each.items() if key != "patch"} for each in entries]))
    return response


def slow(seconds: float, then: Fault | None = None) -> Fault:
    """The answer (or another fault) after so many seconds."""

    def wait(proceed: Proceed) -> Response:
        time.sleep(seconds)
        return then(proceed) if then else proceed()

    return wait


def done_but(fault: Fault) -> Fault:
    """GitHub does what it was asked to, and then the fault comes."""

    def act(proceed: Proceed) -> Response:
        proceed()
        return fault(proceed)

    return act


def _with_headers(response: Response, headers: Mapping[str, str]) -> Response:
    response.headers.update(headers)
    return response
