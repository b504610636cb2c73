"""Secret Manager through Google's own client over REST."""

from collections.abc import Iterator
from pathlib import Path

import google_crc32c
import pytest
import requests
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud.secretmanager import SecretManagerServiceClient
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceRestTransport
from google.cloud.secretmanager_v1.types import Replication, Secret, SecretPayload

from local.google_error import GoogleError
from local.secret_manager import SecretManager
from local.secret_manager.__main__ import main

PROJECT = "secret-tests"
PARENT = f"projects/{PROJECT}"
KEY = f"{PARENT}/secrets/key"
SECRET = Secret(replication=Replication(automatic=Replication.Automatic()))


@pytest.fixture
def manager() -> Iterator[SecretManager]:
    with SecretManager({"key": "first", "bytes": b"\x00\xff"}, project=PROJECT) as running:
        yield running


@pytest.fixture
def client(manager: SecretManager) -> Iterator[SecretManagerServiceClient]:
    transport = SecretManagerServiceRestTransport(
        host=manager.host,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        url_scheme="http",
    )
    with SecretManagerServiceClient(transport=transport) as connected:
        yield connected


def read(client: SecretManagerServiceClient, name: str) -> bytes:
    """The data of a version, whose checksum is right."""
    answer = client.access_secret_version(name=name, timeout=5, retry=None)
    assert answer.payload.data_crc32c == google_crc32c.value(answer.payload.data)
    return bytes(answer.payload.data)


class TestAccess:
    def test_refuses_what_is_not_there(self, client: SecretManagerServiceClient) -> None:
        for name in (
            f"{PARENT}/secrets/none/versions/latest",
            f"{KEY}/versions/2",
            "projects/p/secrets/key/versions/1",
        ):
            with pytest.raises(exceptions.NotFound):
                read(client, name)

    @pytest.mark.parametrize("number", ["0", "-1", "1.0", "newest", "²"])
    def test_refuses_what_is_no_version(self, number: str, client: SecretManagerServiceClient) -> None:
        with pytest.raises(exceptions.NotFound):
            read(client, f"{KEY}/versions/{number}")

    def test_reads_text_and_bytes(self, client: SecretManagerServiceClient) -> None:
        assert read(client, f"{KEY}/versions/latest") == read(client, f"{KEY}/versions/1") == b"first"
        assert read(client, f"{PARENT}/secrets/bytes/versions/latest") == b"\x00\xff"

    def test_reads_the_latest_after_a_rotation(
        self, manager: SecretManager, client: SecretManagerServiceClient
    ) -> None:
        assert manager.put("key", "second") == "2"
        assert read(client, f"{KEY}/versions/latest") == b"second"
        assert read(client, f"{KEY}/versions/1") == b"first"

    def test_does_not_fall_back_to_an_older_version(self, client: SecretManagerServiceClient) -> None:
        client.add_secret_version(parent=KEY, payload=SecretPayload(data=b"second"))
        client.disable_secret_version(name=f"{KEY}/versions/2")
        with pytest.raises(exceptions.BadRequest, match="DISABLED"):
            read(client, f"{KEY}/versions/latest")
        client.enable_secret_version(name=f"{KEY}/versions/2")
        assert read(client, f"{KEY}/versions/latest") == b"second"

    def test_is_counted_and_fails_when_it_is_told_to(
        self, manager: SecretManager, client: SecretManagerServiceClient
    ) -> None:
        rule = manager.operations.fail("access", status=503)
        with pytest.raises(exceptions.ServiceUnavailable):
            read(client, f"{KEY}/versions/latest")
        assert read(client, f"{KEY}/versions/latest") == b"first"
        assert (rule.fired, manager.operations.count("access")) == (1, 2)

    def test_says_why_in_googles_shape(self, manager: SecretManager, client: SecretManagerServiceClient) -> None:
        client.destroy_secret_version(name=f"{KEY}/versions/1")
        answer = requests.get(f"{manager.url}/v1/{KEY}/versions/1:access", timeout=5)
        assert answer.status_code == 400
        assert answer.json()["error"]["status"] == "FAILED_PRECONDITION"


class TestSecrets:
    def test_are_made_once(self, client: SecretManagerServiceClient) -> None:
        made = client.create_secret(parent=PARENT, secret_id="new", secret=SECRET)
        assert client.get_secret(name=made.name).name == f"{PARENT}/secrets/new"
        with pytest.raises(exceptions.NotFound):
            read(client, f"{made.name}/versions/latest")
        with pytest.raises(exceptions.Conflict):
            client.create_secret(parent=PARENT, secret_id="new", secret=SECRET)

    @pytest.mark.parametrize("secret_id", ["", "a b", "a.b", "x" * 256])
    def test_have_no_other_names(self, secret_id: str, client: SecretManagerServiceClient) -> None:
        with pytest.raises(exceptions.BadRequest):
            client.create_secret(parent=PARENT, secret_id=secret_id, secret=SECRET)

    def test_are_gone_once_deleted(self, client: SecretManagerServiceClient) -> None:
        client.delete_secret(name=KEY)
        with pytest.raises(exceptions.NotFound):
            read(client, f"{KEY}/versions/1")

    def test_do_not_come_back_once_destroyed(self, client: SecretManagerServiceClient) -> None:
        assert client.destroy_secret_version(name=f"{KEY}/versions/1").state.name == "DESTROYED"
        with pytest.raises(exceptions.BadRequest, match="DESTROYED"):
            client.enable_secret_version(name=f"{KEY}/versions/1")
        assert client.get_secret_version(name=f"{KEY}/versions/1").state.name == "DESTROYED"

    def test_have_a_largest_size(self, manager: SecretManager, client: SecretManagerServiceClient) -> None:
        client.add_secret_version(parent=KEY, payload=SecretPayload(data=b"x" * 65536))
        with pytest.raises(exceptions.BadRequest):
            client.add_secret_version(parent=KEY, payload=SecretPayload(data=b"x" * 65537))
        with pytest.raises(GoogleError):
            manager.put("key", "x" * 65537)

    def test_are_refused_with_a_wrong_checksum(self, client: SecretManagerServiceClient) -> None:
        with pytest.raises(exceptions.BadRequest, match="checksum"):
            client.add_secret_version(parent=KEY, payload=SecretPayload(data=b"second", data_crc32c=1))
        right = SecretPayload(data=b"second", data_crc32c=google_crc32c.value(b"second"))
        assert client.add_secret_version(parent=KEY, payload=right).name == f"{KEY}/versions/2"

    def test_are_no_other_methods(self, manager: SecretManager) -> None:
        for path in (f"{KEY}:rotateSecret", f"{KEY}/versions/1:forget"):
            assert requests.post(f"{manager.url}/v1/{path}", json={}, timeout=5).status_code == 404


class TestCommandLine:
    @pytest.mark.parametrize("secret", ["name", "=value", "name=@/nowhere/at/all"])
    def test_refuses_what_is_no_secret(self, secret: str, tmp_path: Path) -> None:
        with pytest.raises(SystemExit, match="2"):
            main(["--secret", secret])
