"""Does each page of docs/runbook.md find what it promises? The condition is caused, its query finds the line."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.governed import an_intent, put_intent
from tests.steps import ADA, TRACKER, Steps

RUNBOOK = Path("docs/runbook.md").read_text("utf-8")
PAGES = dict(re.findall(r"^## ([a-z-]+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))
LOGGED = {
    event
    for folder in ("functions", "shared")
    for source in Path(folder).rglob("*.py")
    for event in re.findall(r'(?:log\.\w+\(|_POISON = )"(\w+)"', source.read_text("utf-8"))
}
ALERTS = [
    *("failed-events", "old-unfinished-event", "server-errors", "slow-webhook", "undelivered-webhooks"),
    *("rate-limit-pauses", "model-spend", "broken-chain"),
]


def messages(page: str) -> set[str]:
    """The events that the queries of a page look for."""
    found: set[str] = set()
    for said in re.findall(r"jsonPayload\.message=(\([^)]*\)|\"\w+\")", PAGES[page]):
        found |= set(re.findall(r'"(\w+)"', said))
    return found


def seen(page: str, captured: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines of the log that the page's queries find."""
    lines = [json.loads(line) for line in captured.readouterr().out.splitlines() if line.startswith("{")]
    return [line for line in lines if line["message"] in messages(page)]


class TestPages:
    def test_are_one_for_each_alert(self) -> None:
        assert list(PAGES) == ALERTS

    @pytest.mark.parametrize("page", ALERTS)
    def test_look_for_what_the_code_logs(self, page: str) -> None:
        assert messages(page)
        assert messages(page) <= LOGGED

    @pytest.mark.parametrize("page", ALERTS)
    def test_say_what_it_means_how_to_look_and_how_to_mend(self, page: str) -> None:
        assert re.findall(r"^\*\*(\w+)\.\*\*", PAGES[page], re.MULTILINE) == ["Means", "Look", "Mend"]


class TestDrill:
    def test_of_a_failed_event_ends_in_the_inbox_and_is_tried_again(
        self, steps: Steps, capsys: pytest.CaptureFixture[str]
    ) -> None:
        steps.connect("ada", TRACKER, ADA)
        event_id = steps.merge(TRACKER, 41)
        steps.change(event_id, attempts=41)
        steps.fetch(event_id)
        assert [line["step"] for line in seen("failed-events", capsys)] == [event_id]
        exceptions, bearer = steps.deployment.function("exceptions"), steps.deployment.bearer("ada", ADA)
        (item,) = exceptions.get("/api/exceptions/inbox", headers=bearer).get_json()["items"]
        path = f"/api/exceptions/{item['exceptionId']}/retry"
        assert exceptions.post(path, headers=bearer).status_code == 202
        assert steps.run(event_id)["state"] == "done"

    def test_of_a_stopped_queue_is_dispatched_by_the_reconciler(
        self, steps: Steps, capsys: pytest.CaptureFixture[str]
    ) -> None:
        deployment = steps.deployment
        deployment.function("reconciler").post("/api/tasks/reconcile", headers=deployment.task_bearer())
        assert "steps_dispatched" in [line["message"] for line in seen("old-unfinished-event", capsys)]

    def test_of_a_webhook_without_a_store_is_refused_with_try_later(
        self, steps: Steps, capsys: pytest.CaptureFixture[str]
    ) -> None:
        steps.deployment.function("webhooks", CLOUD_TASKS_EMULATOR_HOST="127.0.0.1:1")
        steps.merge(TRACKER, 41)
        assert [line["function"] for line in seen("slow-webhook", capsys)] == ["webhooks"]

    def test_of_a_broken_chain_names_its_subject(
        self, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        intent_id = put_intent(deployment, an_intent("ada"))
        deployment.firestore.document("intents", intent_id, "ledger", "00000001").delete()
        bearer = deployment.bearer("ada", claims={"auditor": True})
        deployment.function("audit").get("/api/audit/ledger", headers=bearer).get_data()
        asked = {"from": "2026-01-01T00:00:00Z", "to": "2026-12-31T00:00:00Z"}
        deployment.function("audit").get("/api/audit/report", query_string=asked, headers=bearer).get_data()
        found = seen("broken-chain", capsys)
        assert f"intents/{intent_id}" in [line["subject"] for line in found if line["message"] == "ledger_broken"]
