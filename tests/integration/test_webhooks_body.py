"""A signature says who sent a body, not that it makes sense: what is no delivery is refused, and nothing is stored."""

import gzip
import http.client
import io
import json
import os
import socket
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Request

from local.server import Server
from shared.domain.errors import TooLargeError
from shared.store.store import PR_EVENTS
from shared.web.body import read
from tests.deliveries import PATH, changed, merge, renamed, signed_headers
from tests.deployment import Deployment
from tests.proxy import Wire
from tests.unit.test_pr_event import MALFORMED_MERGES, MALFORMED_REFRESHES

LIMIT = 25 * 1024 * 1024
PIECE = 1_000_000
SECONDS = 60.0
DEEP = 100_000
NO_DELIVERIES = {
    "nothing": b"",
    "blanks": b" \n\t",
    "null": b"null",
    "a number": b"1",
    "a text": b'"closed"',
    "a list": json.dumps([merge()]).encode(),
    "no JSON": b"payload={}",
    "half of it": json.dumps(merge()).encode()[:-1],
    "more after it": json.dumps(merge()).encode() + b"{}",
    "not UTF-8": b'{"action": "\xff\xfe"}',
    "UTF-16": json.dumps(merge()).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps(merge()).encode(),
    "surrogates in UTF-8": b'{"action": "\xed\xa0\x80"}',
    "NaN": json.dumps(changed(merge(), "pull_request.additions", float("nan"))).encode(),
    "infinity": json.dumps(changed(merge(), "pull_request.additions", float("-inf"))).encode(),
    "a key twice": b'{"action": "opened", ' + json.dumps(merge()).encode()[1:],
    "a huge integer": json.dumps(changed(merge(), "pull_request.additions", 2**53)).encode(),
    "an integer of a million digits": b'{"action": ' + b"9" * 1_000_000 + b"}",
    "lists in lists": b"[" * DEEP,
    "lists in lists in it": b'{"action": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "objects in objects": b'{"a": ' * DEEP + b"1" + b"}" * DEEP,
    "compressed": gzip.compress(json.dumps(merge()).encode()),
    "a bomb": gzip.compress(b"a" * 50_000_000),
}
OTHER_TYPES = [
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "text/plain",
    "text/json",
    "application/jsonp",
    "application/json+x",
    "",
    "é",
]
HARMLESS = {
    "half of a surrogate pair": "\ud800",
    "NUL": "a\x00b",
    "a million letters": "x" * 1_000_000,
    "another script": "日本語の本文",
    "control characters": "\x1b[31m\u202e\u2028",
    "a list instead of a text": [[1]],
}


class Watched(io.BytesIO):
    """A body that knows how much of it was asked for at once; all of it counts as endless."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.asked: list[float] = []

    def read(self, size: int | None = -1) -> bytes:
        self.asked.append(float("inf") if size is None or size < 0 else size)
        return super().read(size)


@pytest.fixture
def wire(deployment: Deployment) -> Iterator[Wire]:
    with Wire(os.environ["FIRESTORE_EMULATOR_HOST"], deployment.tasks.url.removeprefix("http://")) as between:
        deployment.function("webhooks", **between.variables)
        yield between


@pytest.fixture
def address(deployment: Deployment, wire: Wire) -> Iterator[tuple[str, int]]:
    """Where the function answers over HTTP."""
    with Server(deployment.function("webhooks").application, name="the webhook") as server:
        parts = urlsplit(server.url)
        assert parts.hostname
        assert parts.port
        yield parts.hostname, parts.port


def padded(size: int) -> bytes:
    """A delivery of exactly so many bytes."""
    empty = json.dumps(changed(merge(), "pull_request.body", "")).encode()
    return json.dumps(changed(merge(), "pull_request.body", "x" * (size - len(empty)))).encode()


def post_chunked(address: tuple[str, int], body: bytes) -> int:
    """The status of a signed body that tells its length to nobody."""
    connection = http.client.HTTPConnection(*address, timeout=SECONDS)
    pieces = (body[start : start + PIECE] for start in range(0, len(body), PIECE))
    headers = signed_headers(body) | {"Transfer-Encoding": "chunked"}
    try:
        connection.request("POST", PATH, body=pieces, headers=headers, encode_chunked=True)
        return connection.getresponse().status
    finally:
        connection.close()


def post_raw(address: tuple[str, int], *lines: str, body: bytes) -> int:
    """The status of whatever is sent, or 0 when the connection ends without one."""
    head = "\r\n".join([f"POST {PATH} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *lines, "", ""])
    with socket.create_connection(address, timeout=SECONDS) as connection:
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").readline()
    return int(answer.split()[1]) if answer else 0


class TestMalformedDelivery:
    @pytest.mark.parametrize("body", NO_DELIVERIES.values(), ids=NO_DELIVERIES.keys())
    def test_is_refused_and_not_stored(self, body: bytes, deployment: Deployment, wire: Wire) -> None:
        answer = deployment.deliver(body)
        assert answer.status_code == 400
        assert answer.content_type == "application/problem+json"
        assert answer.get_json()["code"] == "invalid_input"
        assert not wire.calls

    def test_is_refused_for_every_member_that_is_wrong(self, deployment: Deployment, wire: Wire) -> None:
        for event, payload, table in (
            ("pull_request", merge(), MALFORMED_MERGES),
            ("repository", renamed(), MALFORMED_REFRESHES),
        ):
            for path, value in table:
                answer = deployment.deliver(changed(payload, path, value), event=event)
                assert answer.status_code == 400, (path, value)
        assert not wire.calls

    def test_is_not_repeated_in_the_answer(self, deployment: Deployment) -> None:
        answer = deployment.deliver(changed(merge(), "repository.full_name", "canary/<script>/x"))
        assert answer.status_code == 400
        assert "canary" not in answer.text

    def test_that_is_compressed_and_says_so_is_refused_too(self, deployment: Deployment, wire: Wire) -> None:
        body = gzip.compress(json.dumps(merge()).encode())
        assert deployment.deliver(body, Content_Encoding="gzip").status_code in (400, 415)
        assert not wire.calls

    @pytest.mark.parametrize("value", HARMLESS.values(), ids=HARMLESS.keys())
    def test_is_one_only_where_something_is_kept(self, value: object, deployment: Deployment) -> None:
        """GitHub's own texts may be odd: a delivery is not lost for a member that nobody reads."""
        payload = changed(changed(merge(), "pull_request.title", value), "sender.login", value)
        assert deployment.deliver(payload).get_json() == {"outcome": "accepted"}
        assert len(deployment.documents(PR_EVENTS)) == 1


class TestContentType:
    @pytest.mark.parametrize("content_type", OTHER_TYPES)
    def test_is_refused_unless_it_is_json(self, content_type: str, deployment: Deployment, wire: Wire) -> None:
        answer = deployment.deliver(merge(), Content_Type=content_type)
        assert (answer.status_code, answer.get_json()["code"]) == (415, "unsupported_media_type")
        assert not wire.calls

    def test_of_a_form_is_refused_as_github_sends_it(self, deployment: Deployment, wire: Wire) -> None:
        body = urlencode({"payload": json.dumps(merge())}).encode()
        answer = deployment.deliver(body, Content_Type="application/x-www-form-urlencoded")
        assert answer.status_code == 415
        assert "application/json" in answer.get_json()["detail"]
        assert not wire.calls

    def test_of_a_stranger_is_not_discussed(self, deployment: Deployment) -> None:
        answer = deployment.deliver(merge(), secret=b"somebody else's secret", Content_Type="text/plain")
        assert answer.status_code == 401

    @pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
    def test_may_be_written_in_other_ways(self, content_type: str, deployment: Deployment) -> None:
        assert deployment.deliver(merge(), Content_Type=content_type).get_json() == {"outcome": "accepted"}


class TestLimit:
    """Twenty-five megabytes: GitHub sends nothing larger."""

    def test_stops_a_declared_body(self, deployment: Deployment, wire: Wire) -> None:
        answer = deployment.deliver(padded(LIMIT + 1))
        assert (answer.status_code, answer.get_json()["code"]) == (413, "too_large")
        assert not wire.calls

    def test_stops_a_chunked_body(self, address: tuple[str, int], wire: Wire) -> None:
        assert post_chunked(address, padded(LIMIT + 1)) == 413
        assert not wire.calls

    def test_stops_a_body_that_only_claims_to_be_large(self, address: tuple[str, int], wire: Wire) -> None:
        assert post_raw(address, "Content-Length: 99999999999", body=b"{}") in (0, 400, 413)
        assert not wire.calls

    def test_lets_the_largest_delivery_through(
        self, address: tuple[str, int], deployment: Deployment, wire: Wire
    ) -> None:
        assert deployment.deliver(padded(LIMIT)).get_json() == {"outcome": "accepted"}
        other = padded(LIMIT).replace(b'"number": 41', b'"number": 42')
        assert post_chunked(address, other) == 200
        assert len(deployment.documents(PR_EVENTS)) == 2

    @pytest.mark.parametrize(("declared", "most"), [("", LIMIT + 1), (str(3 * LIMIT), PIECE)])
    def test_is_the_most_that_is_held_of_a_larger_body(self, declared: str, most: int) -> None:
        stream = Watched(b"x" * 3 * LIMIT)
        environ = {"REQUEST_METHOD": "POST", "wsgi.input": stream, "wsgi.input_terminated": True}
        with pytest.raises(TooLargeError):
            read(Request({**environ, "CONTENT_LENGTH": declared}), LIMIT)
        assert max(stream.asked) <= most
        assert not stream.read(1)


class TestTransfer:
    def test_in_chunks_is_read_whole(self, address: tuple[str, int], deployment: Deployment) -> None:
        body = json.dumps(merge()).encode()
        assert post_chunked(address, body) == 200
        assert len(deployment.documents(PR_EVENTS)) == 1

    @pytest.mark.parametrize(
        "body", [b"zz\r\n{}\r\n0\r\n\r\n", b"-1\r\n{}\r\n0\r\n\r\n", b"5\r\n{}", b"2\r\n{}XX0\r\n\r\n", b"", b"\r\n"]
    )
    def test_in_broken_chunks_is_no_server_error(self, body: bytes, address: tuple[str, int], wire: Wire) -> None:
        assert post_raw(address, "Transfer-Encoding: chunked", body=body) in (0, 400, 401)
        assert not wire.calls

    @pytest.mark.parametrize("came", [-1, None], ids=["less than was signed", "as much as was signed"])
    def test_that_ends_too_early_stores_nothing(self, address: tuple[str, int], wire: Wire, came: int | None) -> None:
        body = json.dumps(merge()).encode()
        signature = signed_headers(body)["X-Hub-Signature-256"]
        lines = (f"X-Hub-Signature-256: {signature}", "X-GitHub-Event: pull_request")
        assert post_raw(address, f"Content-Length: {len(body) + 1}", *lines, body=body[:came]) in (0, 400, 401)
        assert not wire.calls

    def test_without_a_length_is_an_empty_body(self, address: tuple[str, int], wire: Wire) -> None:
        assert post_raw(address, body=b"") == 401
        assert not wire.calls
