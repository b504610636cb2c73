"""What a stranger, or a pull request, says does not reach the log; what happened does, one JSON object a line."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from shared.logging import bound, log, trace_of
from shared.store.store import PR_EVENTS
from tests.deliveries import GUID, PATH, changed, merge, signed_headers
from tests.deployment import Deployment

CANARY = "canary"
TOKENS = [
    "ghp_canary0123456789abcdefghijklmnopqrst",
    "ghs_12345_canary." + "a1-B_." * 80,
    "AKIACANARY0123456789",
    "-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----",
    "https://canary:canary@sample.invalid/",
    "Bearer canary",
    '\n{"severity": "CRITICAL", "message": "canary"}',
]
HEADERS: dict[str, Any] = {
    "User_Agent": "canary/1",
    "X_GitHub_Hook_ID": CANARY,
    "X_Hub_Signature": "sha1=canary",
    "X_Forwarded_For": CANARY,
    "X_Request_Id": CANARY,
    "X_Cloud_Trace_Context": f"{'c' * 31}/canary",
    "traceparent": CANARY,
    "Authorization": "Bearer canary",
    "Cookie": "session=canary",
    "Origin": "https://canary.sample.invalid",
    "Referer": "https://canary.sample.invalid",
}
INJECTION = '{"severity": "CRITICAL", "message": "canary"}'
LINE_ENDS = ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1e", "\x00"]


def talkative() -> dict[str, Any]:
    """A merge with a canary in everything that a person writes."""
    payload = merge()
    pull = payload["pull_request"]
    said = f"{CANARY} {' '.join(TOKENS)}"
    pull |= {"title": said, "body": said, "html_url": said, "diff_url": said, "labels": [{"name": said}]}
    pull["head"] |= {"ref": said, "label": said}
    pull["base"] |= {"ref": said, "label": said}
    pull["user"] |= {"avatar_url": said, "html_url": said}
    payload["repository"] |= {"description": said, "homepage": said, "default_branch": said}
    payload["sender"]["login"] = said
    payload[CANARY] = said
    return payload


def lines(captured: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was logged, every line of it an object of the right shape and without a canary."""
    out, err = captured.readouterr()
    assert CANARY not in (out + err).lower()
    assert not err
    assert out
    found = [json.loads(line) for line in out.split("\n")[:-1]]
    for line in found:
        assert line.keys() >= {"severity", "message", "timestamp", "function"}
        assert line["function"] == "webhooks"
        assert line["severity"] in {"INFO", "WARNING", "ERROR"}
    return found


def accepted(deployment: Deployment) -> TestResponse:
    return deployment.deliver(talkative(), **HEADERS)


def of_no_use(deployment: Deployment) -> TestResponse:
    return deployment.deliver(changed(talkative(), "action", CANARY), **HEADERS)


def of_another_event(deployment: Deployment) -> TestResponse:
    return deployment.deliver(talkative(), event=f"{CANARY}_event", **HEADERS)


def under_another_id(deployment: Deployment) -> TestResponse:
    return deployment.deliver(talkative(), guid=f"{CANARY}-{GUID}", **HEADERS)


def malformed(deployment: Deployment) -> TestResponse:
    return deployment.deliver(changed(talkative(), "repository.full_name", f"{CANARY}/{CANARY}/x"), **HEADERS)


def no_json(deployment: Deployment) -> TestResponse:
    return deployment.deliver(b'{"canary": canary', **HEADERS)


def unsigned(deployment: Deployment) -> TestResponse:
    return deployment.deliver(talkative(), X_Hub_Signature_256="sha256=canary", **HEADERS)


def of_another_type(deployment: Deployment) -> TestResponse:
    return deployment.deliver(talkative(), Content_Type="text/canary", **HEADERS)


def too_large(deployment: Deployment) -> TestResponse:
    return deployment.deliver(CANARY.encode() * 5_000_000, **HEADERS)


def without_a_store(deployment: Deployment) -> TestResponse:
    deployment.function("webhooks", FIRESTORE_EMULATOR_HOST="127.0.0.1:1")
    return deployment.deliver(talkative(), **HEADERS)


def without_a_queue(deployment: Deployment) -> TestResponse:
    deployment.function("webhooks", CLOUD_TASKS_EMULATOR_HOST="127.0.0.1:1")
    return deployment.deliver(talkative(), **HEADERS)


CASES: list[tuple[Callable[[Deployment], TestResponse], int, dict[str, object]]] = [
    (accepted, 200, {"message": "delivery_taken_in", "outcome": "accepted", "event": "pull_request", "delivery": GUID}),
    (of_no_use, 200, {"message": "delivery_taken_in", "outcome": "ignored", "event": "pull_request", "delivery": GUID}),
    (of_another_event, 200, {"message": "delivery_taken_in", "outcome": "ignored", "event": "other"}),
    (under_another_id, 200, {"message": "delivery_taken_in", "outcome": "accepted", "event": "pull_request"}),
    (malformed, 400, {"message": "request_refused", "status": 400, "code": "invalid_input", "delivery": GUID}),
    (no_json, 400, {"message": "request_refused", "status": 400, "code": "invalid_input", "delivery": GUID}),
    (unsigned, 401, {"message": "request_refused", "status": 401, "code": "unauthenticated"}),
    (of_another_type, 415, {"message": "request_refused", "status": 415, "code": "unsupported_media_type"}),
    (too_large, 413, {"message": "request_refused", "status": 413, "code": "too_large"}),
    (without_a_store, 503, {"message": "request_refused", "status": 503, "code": "try_later"}),
    (without_a_queue, 200, {"message": "task_not_queued", "severity": "WARNING", "delivery": GUID}),
]


class TestLog:
    @pytest.mark.parametrize(("deliver", "status", "said"), CASES, ids=[case[0].__name__ for case in CASES])
    def test_tells_what_became_of_a_delivery_and_nothing_of_what_it_said(
        self,
        deliver: Callable[[Deployment], TestResponse],
        status: int,
        said: dict[str, object],
        deployment: Deployment,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        answer = deliver(deployment)
        assert answer.status_code == status
        assert any(line.items() >= said.items() for line in lines(capsys))
        assert CANARY not in answer.text.lower() + str(answer.headers).lower()
        assert CANARY not in repr(deployment.documents(PR_EVENTS))

    @pytest.mark.parametrize("end", LINE_ENDS)
    def test_takes_no_line_from_a_header(
        self, end: str, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        body = json.dumps(merge()).encode()
        injected = {
            f"HTTP_{name}": f"{start}{end}{INJECTION}"
            for name, start in (
                ("X_GITHUB_DELIVERY", GUID),
                ("X_GITHUB_EVENT", "pull_request"),
                ("X_CLOUD_TRACE_CONTEXT", "0" * 32),
                ("USER_AGENT", "x"),
            )
        }
        answer = deployment.function("webhooks").post(
            PATH, data=body, headers=signed_headers(body), environ_overrides=injected
        )
        assert answer.status_code == 200
        assert len(lines(capsys)) == 1

    def test_names_the_trace_that_cloud_logging_groups_by(
        self, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        deployment.deliver(merge(), X_Cloud_Trace_Context=f"{'ab' * 16}/123;o=1")
        (line,) = lines(capsys)
        assert line["logging.googleapis.com/trace"] == f"projects/{deployment.project}/traces/{'ab' * 16}"

    def test_says_nothing_of_one_delivery_in_the_lines_of_the_next(
        self, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        deployment.deliver(merge())
        deployment.function("webhooks").post(PATH, data=b"")
        first, second = lines(capsys)
        assert first["delivery"] == GUID
        assert "delivery" not in second
        assert "event" not in second


class TestLogLine:
    @pytest.mark.parametrize("end", LINE_ENDS)
    def test_stays_one_whatever_stands_in_it(self, end: str, capsys: pytest.CaptureFixture[str]) -> None:
        with bound(text=f"a{end}{INJECTION}"):
            log.info("happened", other=f"b{end}{INJECTION}", number=1)
        out = capsys.readouterr().out
        assert out.isascii()
        assert len(out.splitlines()) == 1
        assert json.loads(out)["text"] == f"a{end}{INJECTION}"

    def test_keeps_its_message_beside_a_bound_event(self, capsys: pytest.CaptureFixture[str]) -> None:
        with bound(event="pull_request", absent=None):
            log.warning("happened")
        line = json.loads(capsys.readouterr().out)
        assert line["severity"] == "WARNING"
        assert (line["message"], line["event"]) == ("happened", "pull_request")
        assert "absent" not in line

    @pytest.mark.parametrize("header", [None, "", "x", "ab" * 15, "AB" * 16, f" {'ab' * 16}", "/".join("ab")])
    def test_has_no_trace_that_is_none(self, header: str | None) -> None:
        assert trace_of(header, "p") is None
