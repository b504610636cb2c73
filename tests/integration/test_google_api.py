"""Google's APIs by plain HTTP: who is believed, and what is asked for again."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.clients.google_api import GoogleApi
from shared.domain.errors import RetryLaterError

TOKEN = "canary-token"


class Impostor:
    """Answers TLS with a certificate that nobody vouches for; `heard` is what was said to it."""

    def __init__(self, certificate: Path) -> None:
        self.heard = b""
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"https://localhost:{self._listener.getsockname()[1]}"

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                with plain, suppress(OSError), self._context.wrap_socket(plain, server_side=True) as secured:
                    self.heard += secured.recv(65536)


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[Impostor]:
    running = Impostor(certificate(tmp_path / "impostor.pem"))
    yield running
    running.stop()


def certificate(path: Path) -> Path:
    """A certificate for localhost, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class TestGoogleApi:
    def test_tells_no_token_to_whom_nobody_vouches_for(self, impostor: Impostor) -> None:
        api = GoogleApi(impostor.address, lambda: TOKEN)
        with pytest.raises(RetryLaterError):
            api.call("POST", "/v1/a", {})
        api.close()
        assert impostor.heard == b""
