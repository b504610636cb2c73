"""Are a function's documents counted as they are billed, whichever way it asks for them?"""

import http.client
import json
from collections.abc import Iterator
from secrets import token_hex
from typing import Any, cast

import pytest
from google.api_core.exceptions import AlreadyExists
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import Client

from local.bench.documents import Count, GrpcWire, RestWire
from local.firestore import FirestoreEmulator


@pytest.fixture
def count() -> Count:
    return Count()


@pytest.fixture
def project() -> str:
    return f"test-{token_hex(6)}"


@pytest.fixture
def client(
    emulator: FirestoreEmulator, count: Count, project: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    """Google's client, through the wire."""
    with GrpcWire(emulator.host, count) as wire:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", wire.host)
        made = Client(project=project, credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]
        yield made
        made.close()  # type: ignore[no-untyped-call]


class TestGrpcWire:
    def test_counts_no_write_that_was_refused(self, client: Client, count: Count) -> None:
        client.document("a/1").create({"n": 1})
        with pytest.raises(AlreadyExists):
            client.document("a/1").create({"n": 2})
        assert (count.reads, count.writes) == (0, 1)
        assert client.document("a/1").get().to_dict() == {"n": 1}

    def test_counts_each_write_of_a_batch(self, client: Client, count: Count) -> None:
        batch = client.batch()
        for number in range(5):
            batch.create(client.document(f"a/{number}"), {"n": number})
        batch.commit()
        assert (count.reads, count.writes) == (0, 5)

    def test_counts_deletes_apart_and_how_many_calls_it_took(self, client: Client, count: Count) -> None:
        client.document("a/1").create({"n": 1})
        client.document("a/1").delete()
        client.document("a/1").get()
        assert (count.reads, count.writes, count.deletes, count.calls) == (1, 1, 1, 3)

    def test_counts_what_is_looked_for_in_vain_too(self, client: Client, count: Count) -> None:
        assert not client.document("a/absent").get().exists
        assert not list(client.collection("empty").stream())
        assert (count.reads, count.writes) == (2, 0)

    def test_counts_each_document_that_a_query_finds(self, client: Client, count: Count) -> None:
        for number in range(5):
            client.document(f"a/{number}").create({"n": number})
        count.clear()
        assert len(list(client.collection("a").limit(3).stream())) == 3
        assert (count.reads, count.writes) == (3, 0)

    def test_counts_a_count_as_one_for_a_thousand_entries(self, client: Client, count: Count) -> None:
        for number in range(3):
            client.document(f"a/{number}").create({"n": number})
        count.clear()
        some, none = (cast("Any", client.collection(name)).count() for name in ("a", "empty"))  # typed wrongly
        assert (some.get()[0][0].value, none.get()[0][0].value) == (3, 0)
        assert (count.reads, count.calls) == (2, 2)


class TestRestWire:
    @pytest.mark.parametrize("case", [(False, 200, 1), (True, 404, 0)], ids=["new", "refused"])
    def test_counts_writes_that_went_through(
        self, case: tuple[bool, int, int], emulator: FirestoreEmulator, count: Count, project: str
    ) -> None:
        exists, status, writes = case
        root = f"projects/{project}/databases/(default)/documents"
        write = {"update": {"name": f"{root}/a/1", "fields": {}}, "currentDocument": {"exists": exists}}
        with RestWire(emulator.host, count) as wire:
            assert ask(wire.host, "POST", f"/v1/{root}:commit", json.dumps({"writes": [write]})) == status
            assert (count.reads, count.writes) == (0, writes)
            ask(wire.host, "GET", f"/v1/{root}/a/1")
        assert (count.reads, count.writes) == (1, writes)


def ask(host: str, method: str, path: str, body: str = "") -> int:
    """The status of an answer."""
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request(method, path, body, {"Authorization": "Bearer owner", "Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()
