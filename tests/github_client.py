"""Our GitHub client as the App of the local GitHub, with a clock that a test moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from local.cloud import app_key
from local.github import APP_ID
from local.github import GitHub as LocalGitHub
from shared.clients.github import GitHub

INSTALLATION = 3000000001
TRACKER, TRACKER_ID = "sample-org/parcel-tracker", 2000000001
MAP, MAP_ID = "sample-org/parcel-map", 2000000002
TOKENS = "POST /app/installations/*/access_tokens"
PATIENCE = 2.0
"""Seconds that a hasty session waits: enough for a local GitHub that starts git on a busy machine."""


class Clock:
    """The wall clock, ahead by as much as a test says."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """Aware, in UTC."""
        return datetime.now(UTC) + self.ahead

    def advance(self, **duration: float) -> None:
        """Move it on, by what `timedelta` takes."""
        self.ahead += timedelta(**duration)


class Hasty(requests.Session):
    """A session that waits for an answer no longer than `PATIENCE`."""

    def request(self, *args: object, **options: object) -> requests.Response:
        """As ever, with a deadline of its own."""
        return super().request(*args, **{**options, "timeout": (PATIENCE, PATIENCE)})  # type: ignore[arg-type]


@contextmanager
def app_client(
    github: LocalGitHub,
    state: Path,
    clock: Clock | None = None,
    *,
    hasty: bool = False,
    url: str = "",
    gap: float = 1.0,
) -> Iterator[GitHub]:
    """The client, with a session of its own."""
    with Hasty() if hasty else requests.Session() as session:
        session.trust_env = False
        yield GitHub(
            api_url=url or github.url,
            app_id=str(APP_ID),
            private_key=lambda: app_key(state / "github-app.pem"),
            now=clock or Clock(),
            session=session,
            gap=gap,
        )
