"""Does each page of docs/runbook.md find what it promises? The condition is caused, its query finds the line."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.reconciler.redelivery import redeliver
from local.gemini import API_KEY, Gemini
from local.github import faults
from tests.deployment import Deployment
from tests.github_client import Clock
from tests.governed import an_intent, put_intent
from tests.steps import ADA, TRACKER, Steps

PULL = "GET /repositories/*/pulls/*"
MINUTE = timedelta(minutes=1)

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


def reconcile(deployment: Deployment) -> None:
    """Let the clock call the reconciler."""
    answer = deployment.function("reconciler").post("/api/tasks/reconcile", headers=deployment.task_bearer())
    assert answer.status_code == 200


@pytest.fixture
def gemini() -> Iterator[Gemini]:
    with Gemini() as running:
        yield running


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
        steps.github.faults.add(PULL, faults.refusal(403, "Resource not accessible by integration"))
        steps.fetch(event_id)
        assert [line["step"] for line in seen("failed-events", capsys)] == [event_id]
        exceptions, bearer = steps.deployment.function("exceptions"), steps.deployment.bearer("ada", ADA)
        (item,) = exceptions.get("/api/exceptions/inbox", headers=bearer).get_json()["items"]
        path = f"/api/exceptions/{item['exceptionId']}/retry"
        assert exceptions.post(path, headers=bearer).status_code == 202
        assert steps.run(event_id)["state"] == "done"

    def test_of_a_queue_that_stood_still_tells_how_long_and_dispatches_again(
        self, steps: Steps, capsys: pytest.CaptureFixture[str]
    ) -> None:
        steps.connect("ada", TRACKER, ADA)
        event_id, long_ago = steps.merge(TRACKER, 41), datetime.now(UTC) - timedelta(hours=3)
        steps.change(event_id, receivedAt=long_ago, dueAt=long_ago)
        reconcile(steps.deployment)
        (line,) = [each for each in seen("old-unfinished-event", capsys) if each["message"] == "steps_dispatched"]
        assert (line["count"], round(line["oldest_waiting_seconds"] / 3600)) == (1, 3)
        assert steps.run(event_id)["state"] == "done"

    def test_of_a_document_that_a_function_can_not_read_is_a_server_error(
        self, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        intent_id = put_intent(deployment, an_intent("ada"))
        deployment.firestore.document("intents", intent_id).update({"risk": "none"})
        answer = deployment.function("intents").get("/api/intents", headers=deployment.bearer("ada"))
        assert answer.status_code == 503
        (line,) = seen("server-errors", capsys)
        assert (line["function"], line["error"]) == ("intents", "ValidationError")

    def test_of_a_webhook_whose_queue_is_away_takes_the_event_in_and_says_so(
        self, steps: Steps, capsys: pytest.CaptureFixture[str]
    ) -> None:
        steps.connect("ada", TRACKER, ADA)
        steps.deployment.function("webhooks", CLOUD_TASKS_EMULATOR_HOST="127.0.0.1:1")
        event_id = steps.merge(TRACKER, 41)
        assert [line["function"] for line in seen("slow-webhook", capsys)] == ["webhooks"]
        assert steps.run(event_id)["state"] == "done"

    def test_of_deliveries_that_nobody_takes_tells_for_how_long(
        self, steps: Steps, capsys: pytest.CaptureFixture[str]
    ) -> None:
        clock = Clock()
        services = steps.deployment.services(clock)
        steps.github.hooks.url = "http://127.0.0.1:9"
        steps.github.deliver_pull(TRACKER, 41)
        redeliver(services, until=services.now() + MINUTE)
        assert steps.github.hooks.wait()
        clock.advance(hours=25)
        steps.github.clock.advance(25 * 3600)
        redeliver(services, until=services.now() + MINUTE)
        assert steps.github.hooks.wait()
        found = [each for each in seen("undelivered-webhooks", capsys) if each["message"] == "deliveries_repeated"]
        assert found[-1]["failing_hours"] >= 24

    def test_of_a_rate_limit_tells_whose_and_for_how_long(
        self, steps: Steps, capsys: pytest.CaptureFixture[str]
    ) -> None:
        steps.connect("ada", TRACKER, ADA)
        event_id = steps.merge(TRACKER, 41)
        steps.github.faults.add(PULL, faults.secondary_limit(60))
        assert steps.fetch(event_id).status_code == 503
        (line,) = seen("rate-limit-pauses", capsys)
        assert (line["step"], line["seconds"] >= 60) == (event_id, True)

    def test_of_the_model_tells_the_tokens_of_each_call(
        self, steps: Steps, gemini: Gemini, capsys: pytest.CaptureFixture[str]
    ) -> None:
        deployment = steps.deployment
        deployment.secret_manager.put("gemini-key", API_KEY, project=deployment.project)
        deployment.variables |= {"GEMINI_API_KEY_SECRET": "gemini-key", "GOOGLE_GEMINI_BASE_URL": gemini.url}
        steps.connect("ada", TRACKER, ADA)
        event_id = steps.merge(TRACKER, 41)
        assert steps.run(event_id)["state"] == "done"
        (line,) = seen("model-spend", capsys)
        assert (line["step"], line["tokens"] > 100) == (event_id, True)

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
