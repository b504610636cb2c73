"""Is a report sent piece by piece, as gunicorn and the framework serve it, and cut off where it breaks off?"""

import http.client
import json
from collections.abc import Iterator

import grpc  # type: ignore[import-untyped]  # no stubs are published with it
import pytest

from local import wire
from shared.domain.audit_markdown import CLOSING
from shared.domain.intent import Intent
from tests.deployment import Deployment
from tests.governed import an_intent, put_intent, put_run
from tests.served import Running, served

SOURCE = "functions/audit/main.py"
PERIOD = "from=2026-03-01T00:00:00Z&to=2026-03-31T00:00:00Z"
REPORT, LEDGER = f"/api/audit/report?{PERIOD}", f"/api/audit/ledger?{PERIOD}"
LARGE = 20_000
"""Characters of a goal: two of them fill a chunk."""


class Breaking(wire.GrpcWire):
    """A wire to Firestore that passes so many calls, and refuses every one after them."""

    left = 1_000_000

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """The handler of a call."""
        method = handler_call_details.method

        def pass_on(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            self.left -= 1
            if self.left < 0:
                context.abort(grpc.StatusCode.PERMISSION_DENIED, "no more")
            yield from self.channel.unary_stream(method)(request, metadata=wire.metadata(context), timeout=10)

        return grpc.unary_stream_rpc_method_handler(pass_on)


@pytest.fixture
def breaking(deployment: Deployment) -> Iterator[Breaking]:
    with Breaking(deployment.variables["FIRESTORE_EMULATOR_HOST"]) as running:
        yield running


@pytest.fixture
def running(deployment: Deployment, breaking: Breaking) -> Iterator[Running]:
    for number in range(6):
        put_intent(deployment, large(an_intent("ann", number)))
    with served(SOURCE, {**deployment.variables, "FIRESTORE_EMULATOR_HOST": breaking.host}, threads=2) as process:
        yield process


def large(intent: Intent) -> Intent:
    goal = intent.model_copy(update={"goal": "word " * (LARGE // 5)})
    return goal.model_copy(update={"intent_digest": goal.digest()})


def ask(running: Running, deployment: Deployment, path: str, **headers: str) -> http.client.HTTPResponse:
    """The answer, whose body is still to be read."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
    connection.request("GET", path, headers={**deployment.bearer("ann"), **headers})
    return connection.getresponse()


class TestServed:
    def test_answers_are_chunked_and_whole(self, running: Running, deployment: Deployment) -> None:
        put_run(deployment, "ann")
        answer = ask(running, deployment, REPORT)
        assert (answer.status, answer.getheader("Transfer-Encoding")) == (200, "chunked")
        assert answer.getheader("Content-Length") is None
        assert answer.getheader("Cache-Control") == "no-store"
        said = json.loads(answer.read())
        assert (len(said["rows"]), list(said)[-1]) == (1, "complete")
        answer = ask(running, deployment, REPORT, Accept="text/markdown")
        assert answer.getheader("Transfer-Encoding") == "chunked"
        assert answer.read().decode().splitlines()[-1] == CLOSING
        answer = ask(running, deployment, LEDGER)
        assert answer.getheader("Transfer-Encoding") == "chunked"
        said = json.loads(answer.read())
        assert (len(said["chains"]), list(said)[-1]) == (7, "complete")

    def test_refusals_are_not_chunked(self, running: Running, deployment: Deployment) -> None:
        answer = ask(running, deployment, "/api/audit/report?from=2026-03-01T00:00:00Z")
        assert (answer.status, answer.getheader("Transfer-Encoding")) == (400, None)
        assert answer.getheader("Content-Type") == "application/problem+json"
        assert int(answer.getheader("Content-Length") or 0) == len(answer.read())

    def test_answers_that_break_off_are_cut_off_and_told_to_the_log(
        self, running: Running, deployment: Deployment, breaking: Breaking
    ) -> None:
        ask(running, deployment, LEDGER).read()  # the client keeps what it has learned
        breaking.left = 2 + 4  # the time, the intents, then the entries of some
        answer = ask(running, deployment, LEDGER)
        assert answer.status == 200
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            answer.read()
        lines = [json.loads(line) for line in running.output.read_text("utf-8").splitlines() if line.startswith("{")]
        (told,) = [line for line in lines if line["message"] == "answer_broken_off"]
        assert (told["actor"], told["function"], told["severity"]) == ("ann", "audit", "ERROR")

    def test_answers_that_never_begin_are_problems(
        self, running: Running, deployment: Deployment, breaking: Breaking
    ) -> None:
        for left, path in ((0, LEDGER), (1, LEDGER), (3, LEDGER), (3, REPORT)):
            breaking.left = left
            answer = ask(running, deployment, path)
            assert (answer.status, answer.getheader("Content-Type")) == (503, "application/problem+json")
            assert json.loads(answer.read())["status"] == 503
