"""What everything that asks GitHub as an App has: a connection, the App's credentials, calls with their tokens."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

import requests

from shared.clients.github.calls import InstallationCalls
from shared.clients.github.tokens import AppTokens
from shared.clients.github.transport import Transport


class App:
    """GitHub as seen by one App. Safe to share between threads.

    `gap` is the number of seconds between two changes at an installation. `KEY_SETTING` names the setting by which the
    key is found.
    """

    KEY_SETTING: ClassVar[str]

    def __init__(
        self,
        *,
        api_url: str,
        app_id: str,
        private_key: Callable[[], str],
        now: Callable[[], datetime],
        session: requests.Session,
        gap: float = 1.0,
    ) -> None:
        self._transport = Transport(api_url, session, clock=lambda: now().timestamp(), gap=gap)
        self._tokens = AppTokens(
            self._transport, app_id=app_id, private_key=private_key, now=now, setting=self.KEY_SETTING
        )
        self._calls = InstallationCalls(self._transport, self._tokens)

    def check_key(self) -> None:
        """Raise `ConfigurationError` unless the App's key can sign."""
        self._tokens.app_jwt()
