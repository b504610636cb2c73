"""What does a person see of a handler that breaks? To come again later; the rest is for the log."""

import json
from collections.abc import Iterable, Mapping
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from flask import Request
from pydantic import BaseModel
from werkzeug.test import Client

from shared.clients.github.transport import GitHubRefusedError
from shared.domain.errors import ConfigurationError, ConflictError
from shared.web.typed import Shown, TypedApp
from tests.api import conforms
from tests.deployment import Deployment

UID = "ann"
CANARY = "canary-7f3a91"


def client_of(app: TypedApp, deployment: Deployment) -> Client:
    """A client of a function that is not deployed anywhere."""
    main = app.function(deployment.services())

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return main(Request(environ))(environ, start_response)

    return Client(serve)


class Seen(Shown):
    """An answer."""

    name: str


ERRORS: Mapping[str, Exception | None] = {
    "a bug": RuntimeError(f"{CANARY} in a message"),
    "a bug with its argument": KeyError(CANARY),
    "a text that no encoding has": None,
    "a setting that is missing": ConfigurationError("A_SETTING is not set"),
    "GitHub's refusal": GitHubRefusedError(422),
    "a conflict that nobody settled": ConflictError("changed meanwhile"),
    "too deep a recursion": RecursionError(CANARY),
    "no memory": MemoryError(CANARY),
}


class TestHandlerThatBreaks:
    """An error that nobody foresaw: come again later, and the rest is for the log."""

    @pytest.fixture
    def broken(self, standing: Deployment, request: pytest.FixtureRequest) -> Client:
        error = ERRORS[request.param]
        app = TypedApp("broken", thing="thing")

        @app.get("/api/things/<thing_id>")
        def show_thing(thing_id: str) -> Seen:
            """Show a thing."""
            if error is None:
                return Seen(name=str("\ud800".encode()))
            raise error

        return client_of(app, standing)

    @pytest.mark.parametrize("broken", ERRORS.keys(), indirect=True)
    def test_is_try_later_and_nothing_of_its_words(
        self, standing: Deployment, broken: Client, capsys: pytest.CaptureFixture[str]
    ) -> None:
        answered = broken.get("/api/things/a", headers=standing.bearer(UID))
        conforms(answered)
        assert answered.status_code == 503
        assert int(answered.headers["Retry-After"]) > 0
        assert answered.get_json()["code"] == "try_later"
        for word in (CANARY, "A_SETTING", "GitHub", "meanwhile", "Error", "broken", ".py"):
            assert word not in answered.text
        line = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert (line["severity"], line["message"]) == ("ERROR", "unexpected_error")
        assert line["frames"][-1].endswith("show_thing")
        assert CANARY not in json.dumps(line)

    @pytest.mark.parametrize("broken", ["a bug"], indirect=True)
    def test_logs_the_kind_and_the_place(
        self, standing: Deployment, broken: Client, capsys: pytest.CaptureFixture[str]
    ) -> None:
        broken.get("/api/things/a", headers=standing.bearer(UID))
        line = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert set(line) == {"severity", "message", "error", "frames", "function", "actor", "timestamp"}
        assert (line["error"], line["actor"], line["function"]) == ("RuntimeError", UID, "broken")

    @pytest.mark.parametrize("broken", ["a bug"], indirect=True)
    def test_takes_a_stranger_for_a_stranger(self, broken: Client) -> None:
        assert broken.get("/api/things/a").status_code == 401

    def test_answers_no_model_of_another_kind(self, standing: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
        app = TypedApp("broken", thing="thing")

        class Other(BaseModel):
            """Not what the route promises."""

            secret: str

        @app.get("/api/things")
        def list_things() -> Seen:
            """List things."""
            return Other(secret=CANARY)  # type: ignore[return-value]  # the bug

        client = client_of(app, standing)
        answered = client.get("/api/things", headers=standing.bearer(UID))
        conforms(answered)
        assert answered.status_code == 503
        assert CANARY not in answered.text + capsys.readouterr().out
