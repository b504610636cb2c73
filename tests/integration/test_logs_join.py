"""Does one filter find every line of a delivery, or of a run, whichever function logged it?"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.governance import HARMLESS, REPOSITORY, Office
from tests.steps import ADA, TRACKER, Steps

TRACE = "ab" * 16


def lines(captured: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was logged since the last time, one object a line."""
    return [json.loads(line) for line in captured.readouterr().out.splitlines() if line.startswith("{")]


def about(step_id: str, logged: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the filter `jsonPayload.step="..."` finds."""
    return [line for line in logged if line.get("step") == step_id]


class TestDelivery:
    def test_is_one_filter_from_the_webhook_to_the_card(self, steps: Steps, capsys: pytest.CaptureFixture[str]) -> None:
        steps.connect("ada", TRACKER, ADA)
        capsys.readouterr()
        event_id = steps.merge(TRACKER, 41)
        steps.run(event_id)
        (card_id,) = steps.deployment.documents("asset-cards")
        logged = lines(capsys)
        found = about(event_id, logged)
        assert [(line["function"], line["message"]) for line in found] == [
            ("webhooks", "delivery_taken_in"),
            ("pr-event-processor", "step_finished"),
            ("asset-generator", "ledger_anchor"),
            ("asset-generator", "step_finished"),
        ]
        assert found == logged
        assert found[2]["subject"] == f"asset-cards/{card_id}"

    def test_is_named_by_github_s_own_id_in_every_line(self, steps: Steps, capsys: pytest.CaptureFixture[str]) -> None:
        steps.connect("ada", TRACKER, ADA)
        capsys.readouterr()
        event_id = steps.merge(TRACKER, 41)
        steps.run(event_id)
        guid = steps.event(event_id)["deliveryId"]
        said = {"delivery": guid, "event": "pull_request", "repository": TRACKER}
        found = lines(capsys)
        assert found
        assert all(line.items() >= said.items() for line in found)

    def test_is_named_where_its_task_finds_nothing_to_do(
        self, steps: Steps, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A line of a refusal too: another worker holds it."""
        event_id = steps.merge(TRACKER, 41)
        later = datetime.now(UTC) + timedelta(hours=1)
        steps.change(event_id, state="processing", holder="another", leaseUntil=later, dueAt=later)
        capsys.readouterr()
        assert steps.fetch(event_id).status_code == 503
        (line,) = lines(capsys)
        assert (line["message"], line["step"], line["repository"]) == ("request_refused", event_id, TRACKER)

    def test_whose_document_is_gone_is_named_by_its_task(
        self, steps: Steps, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert steps.fetch("0" * 40).status_code == 200
        (line,) = about("0" * 40, lines(capsys))
        assert line["message"] == "poison"

    def test_leaves_nothing_in_the_lines_of_the_next(self, steps: Steps, capsys: pytest.CaptureFixture[str]) -> None:
        event_id = steps.merge(TRACKER, 41)
        steps.fetch(event_id)
        capsys.readouterr()
        steps.fetch("0" * 40)
        (line,) = lines(capsys)
        assert not {"delivery", "event", "repository", "actor"} & line.keys()


class TestRun:
    def test_is_one_filter_from_its_start_to_its_review(
        self, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        office = Office(deployment)
        office.hold()
        ada = office.person("ada", github_id=ADA)
        owner, name = REPOSITORY.split("/")
        assert ada.post("repositories", "/api/repositories", {"owner": owner, "name": name}).status_code == 201
        intent_id = ada.state(HARMLESS)["intentId"]
        capsys.readouterr()
        assert ada.start(intent_id, runId="a-run").status_code == 201
        (run_id,) = deployment.documents("agent-runs")
        assert office.run_queued(run_id).status_code == 200
        logged = lines(capsys)
        found = about(run_id, logged)
        assert found == logged
        assert {line["function"] for line in found} == {"agent-runs", "agent-runner"}
        assert found[-1]["message"] == "step_finished"
        said = {"actor": "ada", "intent": intent_id, "repository": REPOSITORY}
        assert all(line.items() >= said.items() for line in found)

    def test_carries_the_trace_of_each_request(
        self, deployment: Deployment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        office = Office(deployment)
        office.hold()
        ada = office.person("ada")
        ada.post("intents", "/api/intents", HARMLESS, headers={"X-Cloud-Trace-Context": f"{TRACE}/1;o=1"})
        (line,) = lines(capsys)
        assert line["logging.googleapis.com/trace"] == f"projects/{deployment.project}/traces/{TRACE}"
        assert line["actor"] == "ada"
