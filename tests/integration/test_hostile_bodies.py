"""What do the people's routes make of bodies that nobody should send? A refusal in the same form each time, nothing
written, and nothing of it repeated.
"""

import gzip
import json
import socket
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.api import TOO_LARGE, Operation, Person, people
from tests.cards import a_card, put
from tests.deployment import Deployment

UID = "ann"
CANARY = "canary-7f3a91"
NUMBER = "1" * 1_000
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
WRITING = [each for each in people() if each.verb in ("POST", "PUT")]
TAKING_BODIES = [each for each in WRITING if each.takes_body]

# In Firestore, in other programs' JSON or in Python each of these ends in an exception or in another value.
MALFORMED = {
    "half a surrogate pair": b'{"title": "\\ud800 canary-7f3a91"}',
    "the other half": b'{"title": "\\udc00"}',
    "the halves in the wrong order": b'{"title": "\\udc00\\ud800"}',
    "half a pair in a key": b'{"\\udfff": 1}',
    "half a pair far below": b'{"title": [[{"a": ["\\ud83d"]}]]}',
    "NUL": b'{"title": "a\\u0000b canary-7f3a91"}',
    "NUL in a key": b'{"ti\\u0000tle": "canary-7f3a91"}',
    "an integer past 2^53 - 1": b'{"title": 9007199254740992}',
    "one below -(2^53 - 1)": b'{"title": -9007199254740992}',
    "an integer of a thousand digits": f'{{"title": {NUMBER}}}'.encode(),
    "an integer of 900,000 digits": b'{"title": ' + b"7" * 900_000 + b"}",
    "a number past all floats": b'{"title": 1e999}',
    "one below them": b'{"title": -1e999}',
    "NaN": b'{"title": NaN}',
    "Infinity": b'{"title": Infinity}',
    "-Infinity": b'{"title": [-Infinity]}',
    "a key twice": b'{"title": "canary-7f3a91", "title": "b"}',
    "a key twice by another spelling": b'{"title": "canary-7f3a91", "t\\u0069tle": "b"}',
    "a key twice far below": b'{"title": [{"a": {"b": 1, "b": 1}}]}',
    "21 lists": b'{"title": ' + b"[" * 20 + b"]" * 20 + b"}",
    "21 objects": b'{"a":' * 21 + b"1" + b"}" * 21,
    "100,000 lists": b'{"title": ' + b"[" * 100_000,
    "100,000 lists that end": b"[" * 100_000 + b"]" * 100_000,
    "100,000 objects": b'{"a":' * 100_000,
    "a list": b'[{"title": "canary-7f3a91"}]',
    "a string": b'"canary-7f3a91"',
    "a number": b"1",
    "null": b"null",
    "true": b"true",
    "half an object": b'{"title": "canary-7f3a91"',
    "two objects": b'{"title": "canary-7f3a91"} {}',
    "single quotes": b"{'title': 'canary-7f3a91'}",
    "a comma too many": b'{"title": "canary-7f3a91",}',
    "a comment": b'{"title": "canary-7f3a91"} // hello',
    "a tab in a string": b'{"title": "a\tb"}',
    "no UTF-8": b'{"title": "\xff"}',
    "UTF-8 too long for its letter": b'{"title": "\xc0\xaf"}',
    "a surrogate pair as UTF-8": b'{"title": "\xed\xa0\xbd\xed\xb8\x80"}',
    "UTF-16": '{"title": "canary-7f3a91"}'.encode("utf-16"),
    "UTF-32 without a mark": '{"title": "canary-7f3a91"}'.encode("utf-32-le"),
    "a byte order mark": b'\xef\xbb\xbf{"title": "canary-7f3a91"}',
    "a form's text": b"title=canary-7f3a91",
    "XML": b"<title>canary-7f3a91</title>",
}
# Where a body is due, none is one of the hostile ones.
NOTHING = {"nothing": b"", "blanks": b" \r\n\t ", "NULs": b"\x00\x00"}
OTHER_TYPES = [
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "text/json",
    "application/octet-stream",
    "application/json-patch+json",
    "application/problem+json",
    "application/jsonp",
    "application/xml",
    "json",
    "*/*",
    "",
    " ",
]
SAME_TYPE = ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json;", "application/json; a=b"]


@pytest.fixture(scope="module")
def card(standing: Deployment) -> str:
    """The id of a card of the caller's."""
    return put(standing, a_card(UID))


def send(
    deployment: Deployment,
    operation: Operation,
    card: str,
    data: bytes,
    *,
    content_type: str | None = "application/json",
) -> TestResponse:
    """The answer to a body at an operation on the caller's own card, which keeps to the document."""
    path = operation.at(assetCardId=card)
    return Person(deployment, UID).call(operation.verb, path, data=data, content_type=content_type)


def refused(answered: TestResponse, status: int) -> None:
    """Assert that this is a refusal which repeats nothing of a body with the canary in its values."""
    assert answered.status_code == status
    assert CANARY not in answered.text
    assert NUMBER not in answered.text
    assert len(answered.data) < 5_000


class TestMalformedBodies:
    """What Firestore, UTF-8 or other programs' JSON can't carry never gets as far as a handler."""

    @pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
    def test_are_refused_everywhere(self, standing: Deployment, card: str, data: bytes) -> None:
        before = standing.everything()
        for operation in WRITING:
            refused(send(standing, operation, card, data), 400)
        assert standing.everything() == before

    @pytest.mark.parametrize("data", NOTHING.values(), ids=NOTHING.keys())
    @pytest.mark.parametrize("operation", TAKING_BODIES, ids=lambda each: each.id)
    def test_are_empty_ones_where_one_is_due(
        self, standing: Deployment, card: str, operation: Operation, data: bytes
    ) -> None:
        refused(send(standing, operation, card, data), 400)

    def test_say_which_of_the_rules_they_break(self, standing: Deployment, card: str) -> None:
        edit = next(each for each in WRITING if each.id == "editCard")
        details = {name: send(standing, edit, card, data).get_json()["detail"] for name, data in MALFORMED.items()}
        assert "surrogate" in details["half a surrogate pair"]
        assert "2^53" in details["an integer past 2^53 - 1"]
        assert "twice" in details["a key twice"]
        assert "deep" in details["100,000 lists"]
        assert "UTF-8" in details["no UTF-8"]
        assert "NaN" in details["NaN"]
        assert "object" in details["a list"]


class TestMediaTypes:
    @pytest.mark.parametrize("content_type", OTHER_TYPES)
    def test_other_than_json_are_refused(self, standing: Deployment, card: str, content_type: str) -> None:
        before = standing.everything()
        data = json.dumps({"title": CANARY}).encode()
        for operation in WRITING:
            refused(send(standing, operation, card, data, content_type=content_type), 415)
        assert standing.everything() == before

    def test_are_asked_for(self, standing: Deployment, card: str) -> None:
        for operation in WRITING:
            refused(send(standing, operation, card, b'{"title": "a"}', content_type=None), 415)

    @pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "x-gzip", "gzip, identity", "aws-chunked"])
    def test_that_are_packed_are_refused(self, standing: Deployment, card: str, encoding: str) -> None:
        bomb = gzip.compress(b'{"title": "' + b"a" * 900_000 + b'"}')
        for operation in WRITING:
            path, headers = operation.at(assetCardId=card), {"Content-Encoding": encoding}
            caller = Person(standing, UID)
            refused(caller.call(operation.verb, path, data=bomb, content_type="application/json", headers=headers), 415)

    def test_that_are_packed_in_secret_are_no_json(self, standing: Deployment, card: str) -> None:
        for operation in WRITING:
            refused(send(standing, operation, card, gzip.compress(b'{"title": "a"}')), 400)

    @pytest.mark.parametrize("content_type", SAME_TYPE)
    def test_may_have_parameters_and_capitals(self, deployment: Deployment, content_type: str) -> None:
        mine = put(deployment, a_card(UID))
        edit = next(each for each in WRITING if each.id == "editCard")
        answered = send(deployment, edit, mine, '{"title": "Größer"}'.encode(), content_type=content_type)
        assert (answered.status_code, answered.get_json()["title"]) == (200, "Größer")

    @pytest.mark.parametrize("data", [b"", b"{}", b" { } "])
    def test_do_not_matter_where_nothing_is_sent(self, deployment: Deployment, data: bytes) -> None:
        mine = put(deployment, a_card(UID))
        approve = next(each for each in WRITING if each.id == "approveCard")
        content_type = "application/json" if data else None
        assert send(deployment, approve, mine, data, content_type=content_type).status_code == 200


class TestLargeBodies:
    def test_are_refused_past_a_million_bytes(self, standing: Deployment, card: str) -> None:
        before = standing.everything()
        data = b'{"title": "' + CANARY.encode() * 80_000 + b'"}'
        assert len(data) > TOO_LARGE
        for operation in WRITING:
            refused(send(standing, operation, card, data), 413)
            refused(send(standing, operation, card, b"[" * TOO_LARGE), 413)
            refused(send(standing, operation, card, b" " * TOO_LARGE, content_type="text/plain"), 413)
        assert standing.everything() == before

    def test_are_read_up_to_a_million_bytes(self, standing: Deployment, card: str) -> None:
        data = b'{"title": ""' + b" " * (TOO_LARGE - 14) + b"}"
        assert len(data) == TOO_LARGE - 1
        for operation in WRITING:
            refused(send(standing, operation, card, data), 400)

    @pytest.mark.parametrize(
        ("rest", "status"),
        [
            (CHUNKED + (b"186a0\r\n" + b"a" * 100_000 + b"\r\n") * 11 + b"0\r\n\r\n", 413),
            (f"Content-Length: {TOO_LARGE}\r\n\r\n".encode() + b"a" * TOO_LARGE, 413),
            (b"Content-Length: 99999999999\r\n\r\na", 400),
            (CHUNKED + b"5\r\n{}", 400),
        ],
        ids=["in chunks", "declared", "declared and never sent", "in half a chunk"],
    )
    @pytest.mark.parametrize("operation", WRITING, ids=lambda each: each.id)
    def test_are_refused_on_a_real_connection(
        self, standing: Deployment, card: str, operation: Operation, rest: bytes, status: int
    ) -> None:
        standing.function(operation.function)
        token = standing.bearer(UID)["Authorization"]
        request = (
            f"{operation.verb} {operation.at(assetCardId=card)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            f"Authorization: {token}\r\nContent-Type: application/json\r\n"
        )
        assert self.status_of(standing.gateway.url, request.encode() + rest) == status

    def test_that_break_off_are_refused(self, standing: Deployment, card: str) -> None:
        edit = next(each for each in WRITING if each.id == "editCard")
        environ = {"CONTENT_LENGTH": "100"}
        caller = Person(standing, UID)
        data = b'{"title": "a"}'
        answered = caller.call(
            edit.verb, edit.at(assetCardId=card), data=data, content_type="application/json", environ_overrides=environ
        )
        refused(answered, 400)

    @staticmethod
    def status_of(url: str, request: bytes) -> int:
        """The status of the answer to these very bytes, all of them sent and no more to come."""
        place = urlsplit(url)
        with socket.create_connection((str(place.hostname), place.port or 0), timeout=20) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            answered = b"".join(iter(lambda: connection.recv(65536), b""))
        return int(answered.split(b" ", 2)[1])
