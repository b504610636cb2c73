"""Secret Manager through Google's client; an answer is kept for five minutes, so a rotation needs no deployment."""

import threading
import time
from collections.abc import Callable

from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud.secretmanager import SecretManagerServiceClient
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import (
    SecretManagerServiceRestTransport,
)

from shared.domain.errors import ConfigurationError, RetryLaterError

KEPT_SECONDS = 300.0
_TIMEOUT = 5.0


class Secrets:
    """The secrets of one project that this function's account may read."""

    def __init__(
        self, client: SecretManagerServiceClient, project: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._project = project
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, str]] = {}

    def value(self, name: str, *, setting: str) -> str:
        """The latest version of the secret `name`, which stands in the setting `setting`.

        Raises `ConfigurationError` when there is none, `RetryLaterError` when Secret Manager does not answer and
        nothing is kept; an old value serves through an outage.
        """
        with self._lock:
            until, value = self._kept.get(name, (0.0, ""))
            if value and self._clock() < until:
                return value
            try:
                value = self._read(name, setting)
            except RetryLaterError:
                if not value:
                    raise
            self._kept[name] = (self._clock() + KEPT_SECONDS, value)
            return value

    def _read(self, name: str, setting: str) -> str:
        path = f"projects/{self._project}/secrets/{name}/versions/latest"
        try:
            answer = self._client.access_secret_version(name=path, timeout=_TIMEOUT, retry=None)
        except (exceptions.NotFound, exceptions.BadRequest, exceptions.Forbidden):  # disabled versions among them
            raise ConfigurationError(f"{setting} names no secret that may be read") from None
        except (exceptions.GoogleAPICallError, exceptions.RetryError, OSError) as error:
            raise RetryLaterError("Secret Manager does not answer") from error
        return answer.payload.data.decode("utf-8", "replace").strip()


def client(emulator: str) -> SecretManagerServiceClient:
    """Google's client over HTTP, which survives the framework's fork; `emulator` is `host:port` or empty."""
    if not emulator:
        return SecretManagerServiceClient(transport="rest")
    transport = SecretManagerServiceRestTransport(
        host=emulator,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        url_scheme="http",
    )
    return SecretManagerServiceClient(transport=transport)
