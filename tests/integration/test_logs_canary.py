"""What anybody says to any route, or through GitHub, is in no line of the log: a canary in every input is not found."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from local.github import Change, faults
from tests.api import Operation, Person, accepted_body, people
from tests.deployment import Deployment
from tests.governance import HARMLESS, Office
from tests.steps import ADA, TRACKER, Steps

CANARY = "canary7f3e"
SAID = f"{CANARY} ghp_{CANARY}0123456789abcdefghijklmno"
NAMED = ("User-Agent", "Cookie", "Origin", "Referer", "X-Forwarded-For", "X-Cloud-Trace-Context", "traceparent")
HEADERS = dict.fromkeys(NAMED, CANARY)
# What tells which thing a line is about: ids that a caller chose, and a repository by its name.
NAMES = {"owner", "name", "repoFullName", "prUrl", "runId", "repositoryName", "requestKey"}


def seeded(body: object, path: tuple[object, ...] = ()) -> Iterator[tuple[tuple[object, ...], object]]:
    """The body with the canary in the place of each of its words, one at a time."""
    if isinstance(body, Mapping):
        for name, value in body.items():
            if name not in NAMES:
                yield from ((each, {**body, name: changed}) for each, changed in seeded(value, (*path, name)))
        yield (*path, CANARY), {**body, CANARY: SAID}
    elif isinstance(body, list):
        for place, value in enumerate(body):
            rest = body[:place], body[place + 1 :]
            yield from ((each, [*rest[0], changed, *rest[1]]) for each, changed in seeded(value, (*path, place)))
    elif isinstance(body, str):
        yield path, SAID


def queries(operation: Operation) -> Iterator[dict[str, str]]:
    """A query with the canary in each of its parameters, and under a name of its own."""
    for name in (*operation.parameters, CANARY):
        yield {**operation.required, name: SAID}


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Whatever the test does: something is logged, and the canary is not."""
    yield
    out, err = capsys.readouterr()
    assert '"severity"' in out
    assert [line for line in (out + err).lower().split("\n") if CANARY in line] == []


@pytest.mark.usefixtures("logged")
class TestCanary:
    @pytest.mark.parametrize("operation", people(), ids=lambda each: each.id)
    def test_in_a_request_is_not_logged(self, standing: Deployment, operation: Operation) -> None:
        person = Person(standing, "ann-of-the-canaries", ADA)
        path = operation.at()
        for query in queries(operation):
            person.call(
                operation.verb, path, query_string=query, headers=HEADERS, json=accepted_body(operation) or None
            )
        for _, body in seeded(accepted_body(operation)):
            person.call(operation.verb, path, json=body, query_string=operation.required, headers=HEADERS)
        for ending in (f'"{SAID}', f"{{{CANARY}", f'{{"{CANARY}": 1, "{CANARY}": 1}}'):
            sent = {"data": ending, "content_type": "application/json"}
            person.call(operation.verb, path, query_string=operation.required, headers=HEADERS, **sent)
        person.call(operation.verb, path, headers={"Authorization": f"Bearer {SAID}"})

    def test_in_a_pull_request_is_not_logged(self, deployment: Deployment) -> None:
        steps = Steps(deployment)
        steps.connect("ada", TRACKER, ADA)
        changes = [Change(f"src/{CANARY}.py", after=f"# {SAID}\n")]
        deployment.github.add_pull(
            TRACKER,
            title=SAID,
            body=SAID,
            author="sample-dev-ada",
            changes=changes,
            commits=[(SAID, "sample-dev-ada")],
            number=90,
        )
        assert steps.run(steps.merge(TRACKER, 90))["state"] == "done"

    def test_in_an_answer_of_github_is_not_logged(self, deployment: Deployment) -> None:
        steps = Steps(deployment)
        steps.connect("ada", TRACKER, ADA)
        event_id = steps.merge(TRACKER, 41)
        for fault in (faults.answer(502, SAID), faults.answer(200, SAID)):
            deployment.github.faults.add("GET /repositories/*/pulls/*", fault)
            assert steps.fetch(event_id).status_code == 503
        deployment.github.faults.add("GET /repositories/*/pulls/*", faults.refusal(403, SAID))
        assert steps.fetch(event_id).get_json() == {"outcome": "failed"}

    def test_in_what_somebody_states_decides_and_attaches_is_not_logged(self, deployment: Deployment) -> None:
        office = Office(deployment)
        office.hold()
        ada, bo = office.person("ada", github_id=ADA), office.person("bo", "approver")
        said: dict[str, Any] = {**HARMLESS, "goal": SAID, "constraints": [SAID], "success": SAID}
        intent_id = ada.state({**said, "prMeta": {"paths": [CANARY], CANARY: SAID}})["intentId"]
        decision = {"intentId": intent_id, "status": "rejected", "templateAnswers": {"scope": SAID}}
        assert bo.post("approvals", "/api/approvals", decision).status_code == 201
        evidence = {
            "linkedType": "intent",
            "linkedId": intent_id,
            "kind": "ticket",
            "url": f"https://{CANARY}.invalid/",
        }
        assert ada.post("evidences", "/api/evidences", evidence).status_code == 201
        assert ada.start(intent_id, agentName=SAID, model=SAID).status_code in (201, 400)
