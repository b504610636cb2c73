"""Is our credential ours, whatever a file on the machine says about the hosts that we call?"""

from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.github_client import INSTALLATION, TRACKER


class TestNetrc:
    def test_does_not_replace_our_credential(
        self, deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "netrc"
        file.write_text("machine 127.0.0.1 login canary password canary\n")
        monkeypatch.setenv("NETRC", str(file))
        found = deployment.services().github.installation_on(TRACKER)
        assert found is not None
        assert found.id == INSTALLATION
