"""Is every way out of a process seen, and does a fault strike where it is said to?"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from signal import SIGKILL
from textwrap import dedent, indent
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from werkzeug.wrappers import Response

from local.server import Server
from tests.crash.effects import Fault, Kind, shape
from tests.crash.nursery import Nursery, Outcome, Request

CALL = "127.0.0.1 GET /thing/*"
ONCE = "import requests; requests.get({url!r}, timeout=5)"
REPEATING = "import urllib3; urllib3.PoolManager(retries=1).request('GET', {url!r})"
SEEN = {
    "requests": ONCE,
    "urllib3": REPEATING,
    "httpx": "import httpx; httpx.get({url!r}, trust_env=False)",
    "httpx2": "import httpx2; httpx2.get({url!r}, trust_env=False)",
}
STRAY = {
    "a socket": "import socket; socket.create_connection(('127.0.0.1', {port})).close()",
    "a datagram": "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('127.0.0.1', {port}))",
    "http.client": "import http.client; http.client.HTTPConnection('127.0.0.1', {port}).request('GET', '/')",
    "urllib.request": "import urllib.request; urllib.request.urlopen({url!r}).close()",
    "asyncio": "import asyncio; asyncio.run(asyncio.open_connection('127.0.0.1', {port}))",
    "grpc.aio": "import grpc; grpc.aio.insecure_channel('127.0.0.1:{port}')",
    "a process": "import subprocess; subprocess.run(['true'], check=True)",
    "httpx.AsyncClient": """
        import asyncio, httpx
        async def get():
            async with httpx.AsyncClient(trust_env=False) as client:
                await client.get({url!r})
        asyncio.run(get())
        """,
}


class Counted:
    """A server that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.server = Server(self._answer)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.calls += 1
        return Response("done")(environ, start_response)


Run = Callable[..., Outcome]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


@pytest.fixture
def counted() -> Iterator[Counted]:
    made = Counted()
    with made.server:
        yield made


@pytest.fixture
def run(nursery: Nursery, counted: Counted, tmp_path: Path) -> Run:
    """A function of these words, run under a fault."""

    def run(words: str, fault: Fault | None = None) -> Outcome:
        url = f"{counted.server.url}/thing/1"
        said = indent(dedent(words).format(url=url, port=url.split(":")[2].partition("/")[0]), "    ")
        (tmp_path / "main.py").write_text(f"def main(request):\n{said}\n    return 'done'\n")
        return nursery.run(Request(str(tmp_path), "/", {}, ""), {}, fault)

    return run


class TestSeams:
    @pytest.mark.parametrize("library", SEEN)
    def test_see_every_call(self, library: str, run: Run, counted: Counted) -> None:
        outcome = run(f"{SEEN[library]}\n{SEEN[library]}")
        assert outcome.is_ok, outcome
        assert outcome.effects == (CALL, CALL)
        assert outcome.stray == ()
        assert counted.calls == 2

    @pytest.mark.parametrize("way", STRAY)
    def test_leave_no_way_past_them_unseen(self, way: str, run: Run) -> None:
        outcome = run(STRAY[way])
        assert outcome.stray != ()
        assert outcome.effects == ()

    def test_see_a_way_past_them_after_a_call(self, run: Run) -> None:
        outcome = run(f"{ONCE}\n{STRAY['a socket']}")
        assert (outcome.effects, len(outcome.stray)) == ((CALL,), 1)

    def test_see_nothing_where_nothing_leaves(self, run: Run) -> None:
        outcome = run("pass")
        assert (outcome.status, outcome.effects, outcome.stray) == (200, (), ())


class TestFault:
    @pytest.mark.parametrize(("kind", "calls"), [(Kind.KILLED_BEFORE, 1), (Kind.KILLED_AFTER, 2)])
    def test_kills_at_the_very_effect(self, kind: Kind, calls: int, run: Run, counted: Counted) -> None:
        outcome = run("\n".join([ONCE] * 3), Fault(kind, 2))
        assert (outcome.exit, outcome.status, outcome.struck) == (-SIGKILL, None, (CALL,))
        assert counted.calls == calls

    @pytest.mark.parametrize(
        ("kind", "calls", "is_ok"),
        [
            (Kind.ERROR_BEFORE, 1, True),
            (Kind.ERROR_AFTER, 2, True),
            (Kind.LASTING_ERROR_BEFORE, 0, False),
            (Kind.LASTING_ERROR_AFTER, 2, False),
        ],
    )
    def test_is_mended_by_a_client_that_tries_again_unless_it_lasts(
        self, kind: Kind, calls: int, *, is_ok: bool, run: Run, counted: Counted
    ) -> None:
        outcome = run(REPEATING, Fault(kind, 1))
        assert (outcome.exit, outcome.is_ok, counted.calls) == (0, is_ok, calls)

    @pytest.mark.parametrize(
        ("library", "error"),
        [
            ("requests", "ConnectionError"),
            ("urllib3", "MaxRetryError"),
            ("httpx", "ReadError"),
            ("httpx2", "ReadError"),
        ],
    )
    def test_is_what_a_lost_connection_is_to_each_library(
        self, library: str, error: str, run: Run, counted: Counted
    ) -> None:
        caught = f"try: {SEEN[library]}\nexcept Exception as error: return type(error).__name__"
        assert run(caught, Fault(Kind.LASTING_ERROR_BEFORE, 1)).said == error
        assert counted.calls == 0

    def test_is_known_not_to_have_fired(self, run: Run) -> None:
        assert run(ONCE, Fault(Kind.KILLED_BEFORE, 2)).struck == ()


class TestNursery:
    def test_lets_nothing_of_one_request_into_the_next(self, run: Run) -> None:
        assert run("import os; os.environ['LEFT'] = 'behind'").is_ok
        assert run("import os; assert 'LEFT' not in os.environ").is_ok

    def test_tells_of_a_function_that_does_not_start(self, nursery: Nursery, tmp_path: Path) -> None:
        (tmp_path / "main.py").write_text("raise RuntimeError('no such setting')\n")
        outcome = nursery.run(Request(str(tmp_path), "/", {}, ""), {})
        assert (outcome.status, outcome.is_ok) == (None, False)
        assert "no such setting" in outcome.said


class TestShape:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("/repos/sample-org/parcels/pulls/41/files?per_page=100", "/repos/sample-org/parcels/pulls/*/files"),
            ("/v1beta/models/gemini-2.5-flash:generateContent", "/v1beta/models/*"),
            (
                "/v1/projects/test-1a/secrets/key/versions/latest:access",
                "/v1/projects/*/secrets/key/versions/latest:access",
            ),
        ],
    )
    def test_is_the_same_for_all_things_of_a_kind(self, path: str, expected: str) -> None:
        assert shape(path) == expected
