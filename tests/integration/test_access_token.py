"""The function's own access token: from the metadata server, in time, and never a stale one."""

import json
import socket
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from werkzeug.wrappers import Request, Response

from local.server import Server
from shared.clients.google_api import AccessToken
from shared.domain.errors import RetryLaterError

PATH = "/computeMetadata/v1/instance/service-accounts/default/token"
LIFETIME = 3600
RENEWED = LIFETIME - 240  # seconds after which nobody should count on it
REFUSALS = {
    "an error": Response("{}", status=500),
    "no such account": Response("{}", status=404),
    "too many requests": Response("{}", status=429),
    "no JSON": Response("<html>", status=200),
    "a list": Response("[]", status=200),
    "nothing": Response("", status=200),
    "no token": Response(json.dumps({"expires_in": LIFETIME}), status=200),
    "no lifetime": Response(json.dumps({"access_token": "canary"}), status=200),
    "a lifetime in words": Response(json.dumps({"access_token": "canary", "expires_in": "soon"}), status=200),
    "somewhere else": Response("{}", status=302, headers={"Location": "http://127.0.0.1:1/"}),
}


class MetadataServer:
    """Gives tokens that are numbered; without the header that shows good faith it refuses, as Google's does."""

    def __init__(self) -> None:
        self.given = 0
        self.refusals: list[Response] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path != PATH or request.headers.get("Metadata-Flavor") != "Google":
            return Response("{}", status=403)
        if self.refusals:
            return self.refusals.pop()
        self.given += 1
        answer = {"access_token": f"token-{self.given}", "expires_in": LIFETIME, "token_type": "Bearer"}
        return Response(json.dumps(answer), content_type="application/json")


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def metadata() -> MetadataServer:
    return MetadataServer()


@pytest.fixture
def address(metadata: MetadataServer) -> Iterator[str]:
    with Server(metadata, name="a metadata server") as server:
        yield server.url


class TestAccessToken:
    @pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
    def test_is_not_made_of_what_is_none(self, refusal: Response) -> None:
        with Server(refusal, name="a broken metadata server") as server, pytest.raises(RetryLaterError) as raised:
            AccessToken(server.url)()
        assert "canary" not in str(raised.value)

    def test_is_given_up_in_time(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            token = AccessToken(f"http://127.0.0.1:{silent.getsockname()[1]}")
            begun = time.monotonic()
            with pytest.raises(RetryLaterError):
                token()
        assert time.monotonic() - begun < 3

    def test_is_asked_for_again_after_a_failure(self, address: str, metadata: MetadataServer) -> None:
        metadata.refusals = [Response("{}", status=503)]
        token = AccessToken(address)
        with pytest.raises(RetryLaterError):
            token()
        assert token() == "token-1"

    def test_is_kept_until_shortly_before_its_end(self, address: str, metadata: MetadataServer) -> None:
        clock = Clock()
        token = AccessToken(address, clock)
        assert token() == "token-1"
        clock.time += RENEWED - 1
        assert token() == "token-1"
        clock.time += 1
        assert token() == "token-2"
        assert metadata.given == 2

    def test_is_fetched_once_however_many_ask(self, address: str, metadata: MetadataServer) -> None:
        token = AccessToken(address)
        with ThreadPoolExecutor(16) as pool:
            assert set(pool.map(lambda _: token(), range(64))) == {"token-1"}
        assert metadata.given == 1
