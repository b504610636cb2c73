"""All workers of a storm: each function's instances with their wires, behind one address."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from local.functions import Gateway
from local.server import Server
from local.storm import effects
from local.storm.clock import FastClock
from local.storm.instance import Instance
from local.storm.lightning import Lightning
from local.storm.service import Service
from local.storm.wires import HttpWire, StoreWire

_STORE, _QUEUE = "FIRESTORE_EMULATOR_HOST", "CLOUD_TASKS_EMULATOR_HOST"
_GITHUB, _MODEL = "GITHUB_API_URL", "GOOGLE_GEMINI_BASE_URL"


@dataclass(frozen=True)
class Size:
    """How many instances a function has, and how many requests each takes at a time."""

    instances: int
    concurrency: int


# Tasks one at a time, as Cloud Functions are set unless told otherwise.
SIZES: Mapping[str, Size] = {
    "webhooks": Size(2, 8),
    "pr_event_processor": Size(3, 1),
    "asset_generator": Size(3, 1),
    "reconciler": Size(1, 1),
}


class Fleet:
    """The instances behind `url`, from `with` on; they run from `start` until the end."""

    def __init__(self, lightning: Lightning, logs: Path) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self.lightning = lightning
        self._stack = ExitStack()
        self._instances = [
            Instance(function, number, concurrency=size.concurrency, logs=logs)
            for function, size in SIZES.items()
            for number in range(1, size.instances + 1)
        ]
        services = {name: Service([each for each in self._instances if each.function == name]) for name in SIZES}
        self._server = Server(Gateway(services), name="the load balancer")

    @property
    def url(self) -> str:
        """Where the functions answer."""
        return self._server.url

    @property
    def lives(self) -> int:
        """How many instances have been started so far."""
        return sum(instance.lives for instance in self._instances)

    @property
    def is_ready(self) -> bool:
        """Whether every instance serves."""
        return all(instance.is_ready for instance in self._instances)

    def start(self, variables: Mapping[str, str], clock: FastClock) -> None:
        """Let every instance run with the cloud of these variables, each by wires of its own."""
        for instance in self._instances:
            instance.start({**variables, **self._wired(instance, variables)}, str(clock))
            self._stack.callback(instance.wait)
        for instance in self._instances:
            self._stack.callback(instance.end)

    def __enter__(self) -> Self:
        self._stack.enter_context(self._server)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _wired(self, instance: Instance, variables: Mapping[str, str]) -> dict[str, str]:
        """The variables that lead an instance by its wires."""
        if instance.function == "webhooks":  # the one that speaks with the store by REST
            store = self._http(variables[_STORE], effects.of_store, instance)
        else:
            store = self._stack.enter_context(StoreWire(variables[_STORE], instance, self.lightning)).host
        github = self._http(urlsplit(variables[_GITHUB]).netloc, effects.of_github, instance)
        model = self._http(urlsplit(variables[_MODEL]).netloc, effects.of_model, instance)
        queue = self._http(variables[_QUEUE], effects.of_queue, instance)
        return {_STORE: store, _QUEUE: queue, _GITHUB: f"http://{github}", _MODEL: f"http://{model}"}

    def _http(self, target: str, name: effects.Name, instance: Instance) -> str:
        return self._stack.enter_context(HttpWire(target, name, instance, self.lightning)).host
