"""The wires between a worker and what it depends on."""

import socket
import threading
from collections.abc import Iterator

import pytest
import requests
from flask import Flask, Response, request
from google.api_core.exceptions import AlreadyExists, GoogleAPICallError
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import Client

from local.firestore import FirestoreEmulator
from local.server import Server
from local.storm.effects import of_queue
from local.storm.lightning import Lightning, Place, When
from local.storm.wires import HttpWire, StoreWire

PROJECT = "wire-tests"


class Victim:
    """A worker whose death is only written down."""

    function = "asset_generator"
    pid = 1

    def __init__(self) -> None:
        self.deaths = 0

    def kill(self, _pid: int, *, whole: bool) -> bool:
        self.deaths += 1
        return True


class Always(Lightning):
    """Lightning that strikes every effect on one side."""

    def __init__(self, when: When | None) -> None:
        super().__init__(seed=1, share=1)
        self.side = when

    def _draw(self, function: str, effect: str) -> tuple[When | None, bool]:
        return self.side, False


@pytest.fixture
def target() -> Iterator[tuple[Server, list[str]]]:
    """A server that writes down what comes."""
    app, seen, lock = Flask("target"), list[str](), threading.Lock()

    @app.route("/<path:path>", methods=["GET", "POST"])
    def answer(path: str) -> Response:
        with lock:
            seen.append(f"{request.method} {request.full_path} {request.host} {request.get_data().decode()}")
        return Response("made", 201, {"X-Told": "yes"})

    with Server(app) as server:
        yield server, seen


def post(wire: HttpWire, path: str = "/v2/tasks?a=1%2F2", body: str = "a task") -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(f"http://{wire.host}{path}", data=body, timeout=10)


def wired(server: Server, when: When | None, victim: Victim) -> HttpWire:
    return HttpWire(server.url.removeprefix("http://"), of_queue, victim, Always(when))


class TestHttpWire:
    def test_hangs_up_quietly_on_who_died_in_mid_request(
        self, target: tuple[Server, list[str]], capfd: pytest.CaptureFixture[str]
    ) -> None:
        server, seen = target
        with wired(server, None, Victim()) as wire:
            host, port = wire.host.split(":")
            with socket.create_connection((host, int(port)), timeout=10) as dying:
                dying.sendall(b"POST /v2/tasks HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na t")
                dying.shutdown(socket.SHUT_WR)
                assert dying.recv(1) == b""
            post(wire)
        assert len(seen) == 1
        assert "Traceback" not in capfd.readouterr().err

    def test_ends_the_connection_of_who_is_killed_before_and_passes_nothing_on(
        self, target: tuple[Server, list[str]]
    ) -> None:
        (server, seen), victim = target, Victim()
        with wired(server, When.BEFORE, victim) as wire, pytest.raises(requests.ConnectionError):
            post(wire)
        assert victim.deaths == 1
        assert seen == []

    def test_ends_the_connection_of_who_is_killed_after_what_was_asked_for(
        self, target: tuple[Server, list[str]]
    ) -> None:
        (server, seen), victim = target, Victim()
        with wired(server, When.AFTER, victim) as wire, pytest.raises(requests.ConnectionError):
            post(wire)
        assert victim.deaths == 1
        assert len(seen) == 1

    def test_passes_the_request_on_as_it_came_and_the_answer_back(self, target: tuple[Server, list[str]]) -> None:
        server, seen = target
        with wired(server, None, Victim()) as wire:
            answer = post(wire)
            assert seen == [f"POST /v2/tasks?a=1%2F2 {wire.host} a task"]
        assert (answer.status_code, answer.text, answer.headers["X-Told"]) == (201, "made", "yes")

    def test_ends_the_connection_where_nobody_answers(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            wire = HttpWire(f"127.0.0.1:{unused.getsockname()[1]}", of_queue, Victim(), Always(None))
            with wire, pytest.raises(requests.ConnectionError):
                post(wire)


class TestStoreWire:
    @pytest.fixture
    def lightning(self) -> Always:
        return Always(None)

    @pytest.fixture
    def database(
        self, emulator: FirestoreEmulator, lightning: Always, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Client]:
        with StoreWire(emulator.host, Victim(), lightning) as wire:
            monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", wire.host)
            client = Client(project=PROJECT, credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]
            yield client
            client.close()  # type: ignore[no-untyped-call]
        emulator.reset(PROJECT)

    def test_passes_reads_writes_and_refusals(self, database: Client) -> None:
        document = database.document("pr-events/1")
        document.create({"state": "received"})
        with pytest.raises(AlreadyExists):
            document.create({"state": "received"})
        assert (document.get().to_dict() or {})["state"] == "received"
        assert [each.id for each in database.collection("pr-events").stream()] == ["1"]

    def test_writes_nothing_for_who_is_killed_before(self, database: Client, lightning: Always) -> None:
        lightning.side = When.BEFORE
        with pytest.raises(GoogleAPICallError):
            database.document("pr-events/2").create({"state": "received"}, retry=None)
        lightning.side = None
        assert not database.document("pr-events/2").get().exists
        assert lightning.tally.struck == {Place("asset_generator", "store: write pr-events", When.BEFORE): 1}

    def test_has_written_for_who_is_killed_after(self, database: Client, lightning: Always) -> None:
        lightning.side = When.AFTER
        with pytest.raises(GoogleAPICallError):
            database.document("pr-events/3").create({"state": "received"}, retry=None)
        lightning.side = None
        assert database.document("pr-events/3").get().exists
        assert lightning.tally.struck == {Place("asset_generator", "store: write pr-events", When.AFTER): 1}
