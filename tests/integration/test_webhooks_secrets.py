"""One secret replaces another without a gap and without a deployment."""

import hashlib
import hmac
import json
import threading
from pathlib import Path

import pytest

from functions.webhooks.signature import check_signature
from shared.clients.mounted_secret import KEPT_SECONDS, WebhookSecrets
from shared.domain.errors import ConfigurationError, UnauthenticatedError
from tests.deliveries import changed, merge
from tests.deployment import Deployment

OLD, NEW = b"the secret until now", b"the secret from now on"
FIVE_MINUTES = 300.0


class Clock:
    """Seconds, as the test says."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The mounted file."""
    path = tmp_path / "webhook-secret"
    path.write_bytes(OLD)
    return path


def accepts(secrets: WebhookSecrets, secret: bytes) -> bool:
    """Whether a delivery signed with `secret` would be let in now."""
    signature = f"sha256={hmac.new(secret, b'body', hashlib.sha256).hexdigest()}"
    try:
        check_signature(b"body", signature, secrets.current())
    except UnauthenticatedError:
        return False
    return True


class TestRotation:
    def test_lets_both_in_while_both_are_there(self, deployment: Deployment, file: Path) -> None:
        file.write_bytes(OLD + b"\n" + NEW + b"\n")
        deployment.function("webhooks", GITHUB_WEBHOOK_SECRET_FILE=str(file))
        for number, secret in enumerate((OLD, NEW), start=1):
            payload = changed(merge(), "pull_request.number", number)
            assert deployment.deliver(payload, secret=secret).get_json() == {"outcome": "accepted"}
        assert deployment.deliver(merge(), secret=OLD + b"\n" + NEW).status_code == 401
        assert deployment.deliver(merge(), secret=b"").status_code == 401

    def test_ends_with_the_old_one_kept_out(self, deployment: Deployment, file: Path) -> None:
        file.write_bytes(NEW)
        deployment.function("webhooks", GITHUB_WEBHOOK_SECRET_FILE=str(file))
        assert deployment.deliver(merge(), secret=OLD).status_code == 401
        assert deployment.deliver(merge(), secret=NEW).status_code == 200

    def test_is_noticed_after_five_minutes(self, file: Path) -> None:
        clock = Clock()
        secrets = WebhookSecrets(str(file), clock)
        file.write_bytes(OLD + b"\n" + NEW)
        clock.now += FIVE_MINUTES - 1
        assert (accepts(secrets, OLD), accepts(secrets, NEW)) == (True, False)
        clock.now += 1
        assert (accepts(secrets, OLD), accepts(secrets, NEW)) == (True, True)
        file.write_bytes(NEW)
        clock.now += FIVE_MINUTES
        assert (accepts(secrets, OLD), accepts(secrets, NEW)) == (False, True)

    def test_reads_the_file_once_in_five_minutes(self, file: Path) -> None:
        clock = Clock()
        secrets = WebhookSecrets(str(file), clock)
        file.unlink()
        clock.now += KEPT_SECONDS - 0.001
        assert accepts(secrets, OLD)

    @pytest.mark.parametrize("broken", [None, b"", b"changeme", b"\xff" * 20, NEW + b"\nshort"])
    def test_serves_on_when_the_file_breaks(
        self, broken: bytes | None, file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        clock = Clock()
        secrets = WebhookSecrets(str(file), clock)
        file.unlink()
        if broken is not None:
            file.write_bytes(broken)
        clock.now += FIVE_MINUTES
        assert (accepts(secrets, OLD), accepts(secrets, NEW)) == (True, False)
        (line,) = capsys.readouterr().out.splitlines()
        assert json.loads(line).items() >= {"severity": "ERROR", "message": "webhook_secret_unreadable"}.items()
        assert OLD.decode() not in line
        file.write_bytes(NEW)
        clock.now += FIVE_MINUTES
        assert (accepts(secrets, OLD), accepts(secrets, NEW)) == (False, True)

    def test_is_the_same_for_all_threads(self, file: Path) -> None:
        clock = Clock()
        secrets = WebhookSecrets(str(file), clock)
        seen: list[tuple[bytes, ...]] = []
        gate = threading.Barrier(16)

        def look() -> None:
            gate.wait()
            seen.append(secrets.current())

        file.write_bytes(NEW)
        clock.now += FIVE_MINUTES
        threads = [threading.Thread(target=look) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == [(NEW,)] * 16

    def test_cannot_begin_with_a_secret_that_keeps_nobody_out(self, file: Path) -> None:
        file.write_bytes(b"")
        with pytest.raises(ConfigurationError):
            WebhookSecrets(str(file), Clock())
