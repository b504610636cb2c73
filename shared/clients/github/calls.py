"""With whose token is GitHub asked, and what if it refuses that token?"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import requests

from shared.clients.github.tokens import AppTokens, Permissions
from shared.clients.github.transport import TokenRefusedError, Transport, read_json
from shared.domain.errors import RetryLaterError

_PAGE = 100
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Grant:
    """What a call needs: an installation's token for `scope` (`repositories` or `repository_ids`) and `permissions`.

    A token that is not `kept` is asked for anew.
    """

    installation_id: int
    scope: Mapping[str, Any]
    permissions: Permissions
    kept: bool = True


class InstallationCalls:
    """Calls with an installation's token; a refused token is renewed once. They raise what `Transport` does."""

    def __init__(self, transport: Transport, tokens: AppTokens) -> None:
        self._transport = transport
        self._tokens = tokens

    def get(self, grant: Grant, path: str) -> requests.Response:
        """GET."""
        return self.send(grant, "GET", path)

    def send(self, grant: Grant, verb: str, path: str, body: Mapping[str, Any] | None = None) -> requests.Response:
        """Any verb. A change whose answer is lost may have been made all the same: `RetryLaterError` says neither."""
        number = grant.installation_id
        call = self._transport.call
        return self._with_token(grant, lambda token: call(verb, path, installation_id=number, token=token, body=body))

    def read(self, grant: Grant, path: str, *, accept: str, most: int) -> bytes:
        """The bytes of a GET, `most` of them; raises `AnswerTooLargeError` past that."""
        number = grant.installation_id
        read = self._transport.read
        return self._with_token(
            grant, lambda token: read(path, installation_id=number, token=token, accept=accept, most=most)
        )

    def pages(self, grant: Grant, path: str, *, most: int) -> Iterator[Any]:
        """The items of all pages, `most` at the utmost, so that a loop of links ends."""
        following: str | None = f"{path}?per_page={_PAGE}"
        seen: set[str] = set()
        count = 0
        while following and count < most:
            if following in seen:
                raise RetryLaterError("GitHub's pages go in a circle", after=300)
            seen.add(following)
            response = self.get(grant, following)
            items = read_json(response)
            if not isinstance(items, list):
                raise RetryLaterError("GitHub's answer is no list", after=30)
            if not items:
                return
            yield from items[: most - count]
            count += len(items)
            following = self._transport.next_page(response)

    def _with_token(self, grant: Grant, call: Callable[[str], _Answer]) -> _Answer:
        self._transport.refuse_early(grant.installation_id)  # or a token would be fetched for a call that is not made
        for last in (False, True):
            give = self._tokens.installation if grant.kept else self._tokens.once
            token = give(grant.installation_id, grant.scope, grant.permissions)
            try:
                return call(token)
            except TokenRefusedError:
                self._tokens.forget(token)
                if last:
                    raise
        raise AssertionError("unreachable")
