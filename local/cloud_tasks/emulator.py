"""The emulator as one thing that is started, asked and stopped."""

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import rsa

from local.cloud_tasks.api import Api
from local.cloud_tasks.app import Inspection, make_app
from local.cloud_tasks.clock import Clock
from local.cloud_tasks.dispatcher import Dispatcher
from local.cloud_tasks.faults import Faults
from local.cloud_tasks.registry import Counters, Registry
from local.cloud_tasks.settings import Queue
from local.cloud_tasks.tokens import TokenSigner
from local.server import Server

DAY = 24 * 3600.0


class CloudTasks:
    """Cloud Tasks on a loopback port, from `start` (or `with`) until `stop`; it starts once.

    `create_unknown_queues` makes a queue when a task is first created in it, set like the declared queue with the
    same id in another project, else like Google's default. A used name is refused for `tombstone` seconds. `speed`
    makes the queues' time run faster, `deadline_speed` the handlers' deadlines. At most `workers` requests are
    under way at once. `seed` makes injected faults repeatable. Raises `local.server.PortTakenError` at the start.
    """

    def __init__(
        self,
        queues: Sequence[Queue] = (),
        *,
        create_unknown_queues: bool = False,
        port: int = 0,
        tombstone: float = DAY,
        speed: float = 1.0,
        deadline_speed: float = 1.0,
        workers: int = 32,
        key: rsa.RSAPrivateKey | None = None,
        seed: int | None = None,
    ) -> None:
        self.tokens = TokenSigner(key)
        self.faults = Faults(seed)
        self._port = port
        self._stopping = threading.Event()
        self._registry = Registry(
            queues, clock=Clock(speed), tombstone=tombstone, create_unknown_queues=create_unknown_queues
        )
        self._dispatcher = Dispatcher(
            self._registry,
            faults=self.faults,
            tokens=self.tokens,
            workers=workers,
            deadline_speed=deadline_speed,
        )
        self._inspection = Inspection(self._registry, self._dispatcher, self.tokens)
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """Where it listens, `http://127.0.0.1:PORT`; raises RuntimeError before the start."""
        if self._server is None:
            raise RuntimeError("the emulator has not been started")
        return self._server.url

    @property
    def counters(self) -> Counters:
        """What has happened so far."""
        return self._registry.count()

    def tasks(self) -> list[dict[str, Any]]:
        """Every task that is known, with its attempts, as `GET /emulator/tasks` shows them."""
        return self._registry.report()

    def mint(self, **claims: Any) -> str:  # noqa: ANN401 -- a test may claim anything
        """A token with exactly these claims, signed with the published key; see `tokens.claims_for`."""
        return self.tokens.mint(**claims)

    def wait_until_idle(self, timeout: float) -> None:
        """Wait until nothing is scheduled, waiting or under way; raises TimeoutError after so many real seconds."""
        if not self._dispatcher.wait_until_idle(timeout):
            raise TimeoutError(self._inspection.what_is_left())

    def start(self) -> Self:
        """Begin to serve and to dispatch; returns itself."""
        api = Api(self._registry, faults=self.faults, stopping=self._stopping)
        app = make_app(api, self._inspection, self._stopping)
        self._server = Server(app, port=self._port, name="the Cloud Tasks emulator").start()
        self._dispatcher.start()
        return self

    def stop(self) -> None:
        """Stop listening, cut off what is under way, and forget everything."""
        if self._server is None or self._stopping.is_set():
            return
        self._stopping.set()
        self._dispatcher.stop()
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
