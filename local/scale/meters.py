"""What passes between a function and everything that it depends on? Wires that count, a set for each function."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Self
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request, Response

from local.bench.documents import Count, GrpcWire, RestWire
from local.storm.effects import of_github
from local.wire import Forward, HttpWire

_IN_REST = "webhooks"
_OK = 200


class Meter:
    """Amounts by name; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._amounts: defaultdict[str, float] = defaultdict(float)

    def add(self, **amounts: float) -> None:
        """Count what has passed."""
        with self._lock:
            for name, amount in amounts.items():
                self._amounts[name] += amount

    def read(self) -> dict[str, float]:
        """The amounts so far."""
        with self._lock:
            return dict(self._amounts)


class GitHubWire(HttpWire):
    """To GitHub: calls by what they ask, tokens apart."""

    def __init__(self, target: str, meter: Meter) -> None:
        super().__init__(target, "a wire to GitHub")
        self._meter = meter

    def answer(self, request: Request) -> Response:
        """What GitHub says, counted."""
        name = of_github(request.method, request.environ["REQUEST_URI"], b"")
        self._meter.add(**{"github_tokens" if name == "github: ask for a token" else "github": 1})
        return self.forward(request)


class QueueWire(HttpWire):
    """To Cloud Tasks: tasks that are queued."""

    def __init__(self, target: str, meter: Meter) -> None:
        super().__init__(target, "a wire to the queues")
        self._meter = meter

    def answer(self, request: Request) -> Response:
        """What the queue says, counted."""
        self._meter.add(tasks=1)
        return self.forward(request)


class ModelWire(HttpWire):
    """To the model: calls, and the tokens that the answer says they took."""

    def __init__(self, target: str, meter: Meter) -> None:
        super().__init__(target, "a wire to the model")
        self._meter = meter

    def answer(self, request: Request) -> Response:
        """What the model says, counted."""
        answer = self.forward(request)
        usage = json.loads(answer.get_data()).get("usageMetadata", {}) if answer.status_code == _OK else {}
        said = {"tokens_in": usage.get("promptTokenCount", 0), "tokens_out": usage.get("candidatesTokenCount", 0)}
        self._meter.add(model=1, **said)
        return answer


class TimedForward(Forward):
    """To a function: requests, the seconds until their answers, and the bytes of those."""

    def __init__(self, target: str, meter: Meter) -> None:
        super().__init__(target)
        self._meter = meter

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        began = time.perf_counter()
        answer = list(super().__call__(environ, start_response))
        self._meter.add(requests=1, wall=time.perf_counter() - began, answered=sum(map(len, answer)))
        return answer


class Wires:
    """Every wire of one function, from `with` on; `variables` are the addresses that the function is told."""

    def __init__(self, function: str, variables: dict[str, str]) -> None:
        self.meter = Meter()
        self._counted = Count()
        self._stack = ExitStack()
        self._rest = function == _IN_REST
        self.variables = dict(variables)

    def __enter__(self) -> Self:
        told, enter = self.variables, self._stack.enter_context
        store = told["FIRESTORE_EMULATOR_HOST"]
        rest = RestWire(store, self._counted) if self._rest else None
        told["FIRESTORE_EMULATOR_HOST"] = (enter(rest) if rest else enter(GrpcWire(store, self._counted))).host
        told["CLOUD_TASKS_EMULATOR_HOST"] = enter(QueueWire(told["CLOUD_TASKS_EMULATOR_HOST"], self.meter)).host
        told["GITHUB_API_URL"] = "http://" + enter(GitHubWire(_host(told["GITHUB_API_URL"]), self.meter)).host
        if model := told.get("GOOGLE_GEMINI_BASE_URL"):
            told["GOOGLE_GEMINI_BASE_URL"] = "http://" + enter(ModelWire(_host(model), self.meter)).host
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self) -> dict[str, float]:
        """Every amount so far."""
        counted = self._counted
        documents = {"reads": counted.reads, "writes": counted.writes, "deletes": counted.deletes}
        return {**self.meter.read(), **documents, "store_calls": counted.calls}


def _host(url: str) -> str:
    return url.removeprefix("http://")
