"""Whether a delivery was signed with our secret: HMAC-SHA256 over the raw bytes, before anything reads them.

https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

import hmac
from collections.abc import Sequence

from shared.domain.errors import UnauthenticatedError


def check_signature(body: bytes, header: str | None, secrets: Sequence[bytes]) -> None:
    """Raise `UnauthenticatedError` unless `header` is the signature of `body` under one of the secrets."""
    # Bytes, because compare_digest refuses text that is not ASCII; every secret is tried, whichever matched.
    given = (header or "").encode("utf-8", "surrogateescape")
    matches = [hmac.compare_digest(given, _signature(body, secret)) for secret in secrets]
    if not any(matches):
        raise UnauthenticatedError("the signature does not hold")


def _signature(body: bytes, secret: bytes) -> bytes:
    return b"sha256=" + hmac.digest(secret, body, "sha256").hex().encode()
