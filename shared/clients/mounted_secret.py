"""The webhook's secret from its mounted file: no client to import, and a rotation needs no deployment."""

import threading
import time
from collections.abc import Callable

from shared.domain.errors import ConfigurationError
from shared.logging import log
from shared.settings import read_webhook_secrets

KEPT_SECONDS = 300.0


class WebhookSecrets:
    """The secrets in the file at `path`, read again every five minutes: reading the mount is a call to its service."""

    def __init__(self, path: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._secrets = read_webhook_secrets(path)
        self._until = clock() + KEPT_SECONDS

    def current(self) -> tuple[bytes, ...]:
        """Every secret that a delivery may be signed with now."""
        with self._lock:
            if self._clock() >= self._until:
                self._until = self._clock() + KEPT_SECONDS
                try:
                    self._secrets = read_webhook_secrets(self._path)
                except ConfigurationError as error:  # what served so far serves on
                    log.error("webhook_secret_unreadable", reason=str(error))
            return self._secrets
