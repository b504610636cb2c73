"""Which GitHub Apps are there, and what does GitHub say of one?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from local.github import shapes
from local.github.shapes import WEB, Json, node_id

_FIRST_BOT = 900_000_000


@dataclass(frozen=True)
class App:
    """An App; without a `key` all its own calls are refused. `permissions` are what its installations are granted."""

    id: int
    client_id: str
    slug: str
    permissions: Mapping[str, str]
    key: RSAPublicKey | None

    @property
    def bot(self) -> Json:
        """The account in whose name its installations write."""
        return shapes.account(f"{self.slug}[bot]", self.id + _FIRST_BOT, "Bot")

    def document(self, owner: Json, events: Iterable[str]) -> Json:
        """As `GET /app` shows it."""
        return {
            "id": self.id,
            "client_id": self.client_id,
            "slug": self.slug,
            "node_id": node_id("Integration", self.id),
            "owner": owner,
            "name": self.slug,
            "description": "",
            "external_url": "http://localhost:3000",
            "html_url": f"{WEB}/apps/{self.slug}",
            "permissions": dict(self.permissions),
            "events": list(events),
        }


def read_key(pem: str | bytes | None) -> RSAPublicKey | None:
    """The public key; raises ValueError when it is none of RSA in PEM."""
    if pem is None:
        return None
    try:
        key = load_pem_public_key(pem.encode() if isinstance(pem, str) else pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the App's public key is not an RSA key in PEM")  # noqa: TRY004 -- its content, not its type
    return key
