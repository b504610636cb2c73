"""The whole deployment with its meters: every function in a process of its own, between wires that count."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import Client

from local.bench.served import Served
from local.cloud import LocalCloud
from local.functions import Gateway, names
from local.gemini import API_KEY
from local.github import Sample
from local.identity.tokens import PROJECT
from local.scale.meters import TimedForward, Wires
from local.server import Server
from local.surroundings import meaning, without_servers
from local.walk import Walk
from shared.services import Services

_ROOT = Path(__file__).resolve().parent.parent.parent
Amounts = Mapping[str, Mapping[str, float]]
"""By function, by name."""


@dataclass(frozen=True)
class Deployment:
    """What the stories are told to: the API, who walks samples through it, the store, and every meter."""

    api: str
    state: Path
    walk: Walk
    services: Services
    client: Client
    scheduler_token: str
    await_queues: Callable[[float], None]
    wires: Mapping[str, Wires]
    served: Mapping[str, Served]

    def read(self) -> Amounts:
        """Every amount of every function so far: what passed, seconds of its processor, bytes of its log."""
        return {name: {**wires.read(), **self._own(name)} for name, wires in self.wires.items()}

    def memory(self) -> dict[str, int]:
        """The proportional share of memory, in bytes, that each function's worker has now."""
        return {name: served.worker_memory()[0] for name, served in self.served.items()}

    def _own(self, name: str) -> dict[str, float]:
        served = self.served[name]
        return {"processor": served.cpu_seconds(), "logged": len(served.logged().encode())}


@contextmanager
def running(samples: Sequence[Sample], *, with_model: bool, functions: Sequence[str] = names()) -> Iterator[Deployment]:
    """These functions, with GitHub knowing these samples; the stand-in of the model writes, or the offline writer."""
    with ExitStack() as stack:
        enter = stack.enter_context
        folder = Path(enter(tempfile.TemporaryDirectory()))
        forwards: dict[str, TimedForward] = {}
        api = enter(Server(Gateway(forwards), name="the functions")).url
        cloud = enter(LocalCloud(given=_given(with_model), api=api, samples=samples, state=folder))
        wires = {name: enter(Wires(name, cloud.variables)) for name in functions}
        served = {name: enter(Served(_ROOT, f"functions/{name}/main.py", wires[name].variables)) for name in wires}
        for name, each in served.items():
            each.await_socket()
            forwards[name] = TimedForward(each.host, wires[name].meter)
            stack.callback(forwards[name].close)
        enter(meaning(cloud.variables))
        services = Services(cloud.variables)
        app_id = int(cloud.variables["GITHUB_APP_ID"])
        walk = Walk(api=api, secret=cloud.webhook_secret, app_id=app_id, state=folder, services=services)
        stack.callback(walk.close)
        client = Client(project=PROJECT, credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]
        stack.callback(client.close)
        yield Deployment(
            api, folder, walk, services, client, cloud.scheduler_token(), cloud.tasks.wait_until_idle, wires, served
        )


def _given(with_model: bool) -> dict[str, str]:  # noqa: FBT001 -- it names itself
    ours = without_servers()
    return {**ours, "GEMINI_API_KEY": API_KEY, "MODEL_CALLS_A_DAY": "10000"} if with_model else ours
