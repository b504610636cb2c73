"""How does GitHub sign a delivery, and which headers does it send?"""

import hashlib
import hmac


def signatures(body: bytes, secret: bytes) -> dict[str, str]:
    """The two signature headers over the raw bytes.

    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    digests = {"X-Hub-Signature": hashlib.sha1, "X-Hub-Signature-256": hashlib.sha256}
    return {name: f"{digest().name}={hmac.new(secret, body, digest).hexdigest()}" for name, digest in digests.items()}


def headers(event: str, guid: str, hook_id: int, app_id: int) -> dict[str, str]:
    """The headers of a delivery that don't depend on its body.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
    """
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": f"GitHub-Hookshot/{hashlib.sha256(str(hook_id).encode()).hexdigest()[:7]}",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": str(hook_id),
        "X-GitHub-Hook-Installation-Target-ID": str(app_id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
    }
