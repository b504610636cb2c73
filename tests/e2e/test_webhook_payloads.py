"""Deliveries that nobody of this project wrote: each is taken in or ignored, and none causes a call by itself."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local.gemini import Gemini
from shared.domain.pr_event import EVENTS
from shared.store.store import PR_EVENTS
from tests.deployment import Deployment
from tests.trials import trials

OUTCOMES = {"accepted", "ignored"}
PAYLOADS = trials("the given webhook payloads")


def entries(folder: Path) -> list[Mapping[str, Any]]:
    """What the folder's index says of each payload: its file and the event."""
    found: list[Mapping[str, Any]] = json.loads((folder / "index.json").read_bytes())["payloads"]
    return found


class TestGivenPayloads:
    def test_are_taken_in_or_ignored_without_a_call(
        self, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        if PAYLOADS is None:
            return
        folder = PAYLOADS / "webhooks"
        with Gemini() as gemini:
            deployment.function("webhooks", GOOGLE_GEMINI_BASE_URL=gemini.url)
            taken = {
                entry["file"]: self._take(folder / entry["file"], entry["event"], deployment)
                for entry in entries(folder)
            }
            assert not gemini.requests_bytes()
        assert len(taken) >= 100
        assert set(taken.values()) == OUTCOMES
        assert not deployment.github.calls()
        accepted = [file for file, outcome in taken.items() if outcome == "accepted"]
        assert len(deployment.documents(PR_EVENTS)) == len(deployment.tasks.tasks()) == len(accepted)
        assert {file.split(".")[0] for file in accepted} <= EVENTS
        assert "unexpected_error" not in capsys.readouterr().out

    def test_are_the_same_when_they_come_again(self, deployment: Deployment) -> None:
        if PAYLOADS is None:
            return
        folder = PAYLOADS / "webhooks"
        concerned = [entry for entry in entries(folder) if entry["event"] in EVENTS]
        assert concerned
        for entry in concerned:
            first = self._take(folder / entry["file"], entry["event"], deployment)
            before = deployment.documents(PR_EVENTS)
            again = self._take(folder / entry["file"], entry["event"], deployment)
            assert again == {"accepted": "duplicate"}.get(first, first)
            assert deployment.documents(PR_EVENTS) == before

    @staticmethod
    def _take(file: Path, event: str, deployment: Deployment) -> str:
        answer = deployment.deliver(file.read_bytes(), event=event)
        assert answer.status_code == 200, (file.name, answer.text)
        return str(answer.get_json()["outcome"])
