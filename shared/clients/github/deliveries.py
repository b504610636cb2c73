"""The list of the App's webhook deliveries, and having one repeated.

https://docs.github.com/en/rest/apps/webhooks
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shared.clients.github.tokens import AppTokens
from shared.clients.github.transport import Transport, read_json
from shared.domain.errors import RetryLaterError
from shared.domain.redelivery import DeliveriesPage, Delivery

_PAGE = 100
_CURSOR = re.compile(r"[A-Za-z0-9_=-]{1,200}")
_APP = 0  # whose limits count


class Deliveries:
    """What GitHub delivered to the App's webhook; asked as the App itself."""

    def __init__(self, transport: Transport, tokens: AppTokens) -> None:
        self._transport = transport
        self._tokens = tokens

    def page(self, cursor: str | None) -> DeliveriesPage:
        """A page of the deliveries of the last three days, the newest first, from `cursor` on.

        All of them: GitHub's own filter knows failures by a status from 400 on, and of a webhook that was not reached
        there may be none.
        """
        query = {"per_page": _PAGE, **({"cursor": cursor} if cursor else {})}
        token = self._tokens.app_jwt()
        response = self._transport.call("GET", "/app/hook/deliveries", installation_id=_APP, token=token, query=query)
        items = read_json(response)
        try:
            following = self._transport.next_page(response)
            return DeliveriesPage(tuple(_delivery(each) for each in items), _cursor_of(following))
        except (KeyError, TypeError, ValueError) as error:
            raise RetryLaterError("GitHub's answer is no list of deliveries", after=60) from error

    def repeat(self, number: int) -> None:
        """Have a delivery sent again; raises `NotFoundError` or `GitHubRefusedError` where it can't be."""
        path = f"/app/hook/deliveries/{number}/attempts"
        self._transport.call("POST", path, installation_id=_APP, token=self._tokens.app_jwt())


def _delivery(item: Mapping[str, Any]) -> Delivery:
    return Delivery(
        number=int(item["id"]),
        delivered_at=datetime.fromisoformat(item["delivered_at"]),
        status_code=int(item["status_code"]),
        redelivery=bool(item["redelivery"]),
    )


def _cursor_of(path: str | None) -> str | None:
    """The cursor in the path of the next page; raises ValueError when there is none in it."""
    if path is None:
        return None
    cursor = parse_qs(urlsplit(path).query).get("cursor", [""])[0]
    if not _CURSOR.fullmatch(cursor):
        raise ValueError("no cursor")
    return cursor
