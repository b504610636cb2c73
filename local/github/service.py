"""GitHub as one object: what exists, what happens, what was called, and the server that answers."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from local.github.answers import RateLimits
from local.github.application import Application
from local.github.apps import App, read_key
from local.github.calls import Calls
from local.github.clock import Clock
from local.github.faults import Faults
from local.github.git_store import GitStore
from local.github.pull_changes import PullChanges
from local.github.repository_changes import RepositoryChanges
from local.github.samples import Sample
from local.github.shapes import Json
from local.github.tokens import Tokens
from local.github.webhooks import Webhooks
from local.github.world import APP_PERMISSIONS, World
from local.server import Server

APP_ID = 1_000_001


class GitHub(RepositoryChanges, PullChanges):
    """A GitHub that serves `samples` and an App, to which others can be added; listens from `start` to `stop`.

    Without `public_key` (PEM) every call of the App itself is refused; without `webhook_secret` deliveries are not
    signed. `seed` makes faults with a probability repeatable. `settling` is for how many calls a repository created
    from then on is not ready. Raises ValueError for a key that is none,
    `ForeignTargetError` for a webhook on another machine, `SampleError` for samples that contradict each other.
    """

    client_id = "Iv23liSampleWorkLog0"

    def __init__(
        self,
        samples: Sequence[Sample] = (),
        *,
        app_id: int = APP_ID,
        public_key: str | bytes | None = None,
        webhook_url: str | None = None,
        webhook_secret: str | bytes | None = None,
        port: int = 0,
        seed: int | None = None,
    ) -> None:
        clock = Clock()
        hooks = Webhooks(clock, app_id=app_id, url=webhook_url, secret=webhook_secret)
        app = App(app_id, self.client_id, "worklog-local", APP_PERMISSIONS, read_key(public_key))
        super().__init__(World(app), hooks, clock, samples)
        self.world.load(samples)
        self._put_account(app.bot)
        self.tokens = Tokens(self.world.apps, clock)
        self.calls = Calls(clock)
        self.faults = Faults(seed)
        self.limits = RateLimits()
        self.store = GitStore()
        self.settling = 0
        self.app = Application(self)
        self._port = port
        self._server: Server | None = None

    @property
    def bot(self) -> Json:
        """The account in whose name the App writes."""
        return self.world.app.bot

    def clone_url(self, full_name: str) -> str:
        """Where a repository that was created here can be cloned from; raises KeyError when there is none."""
        git = self.store.get(self._repository(full_name).id)
        if git is None:
            raise KeyError(full_name)
        return git.url

    @property
    def url(self) -> str:
        """Where it listens, the client's API address; raises RuntimeError before `start`."""
        if self._server is None:
            raise RuntimeError("GitHub listens nowhere: start it first")
        return self._server.url

    def start(self) -> Self:
        """Begin to serve; returns itself. Raises `PortTakenError`."""
        self._server = Server(self.app, port=self._port, name="GitHub").start()
        return self

    def stop(self) -> None:
        """Stop listening, if it does."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        self.store.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
