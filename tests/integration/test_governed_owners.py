"""Under whose intents may somebody act, and on whose repositories? Their own alone, whatever they may see."""

from typing import Any

import pytest

from tests.governance import HARMLESS, REPOSITORY, RISKY, Office, Person
from tests.steps import ADA, REN

CONNECTED = dict(zip(("owner", "name"), REPOSITORY.split("/"), strict=True))
EVIDENCE = {"linkedType": "intent", "kind": "pr_url", "url": "https://github.com/sample-org/parcel-tracker/pull/41"}
ROLES = [(), ("approver",), ("auditor",), ("approver", "auditor", "breakGlass")]


@pytest.fixture
def ada(office: Office) -> Person:
    """A developer who has connected the repository that the runs are on."""
    person = office.person("ada", github_id=ADA)
    assert person.post("repositories", "/api/repositories", CONNECTED).status_code == 201
    return person


def ended(office: Office, person: Person, intent_id: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- of a run
    """A run of this person's, after its queue has called for it once."""
    started = person.start(intent_id, **more)
    assert started.status_code == 201, started.text
    return run(office, started.get_json()["agentRunId"])


def run(office: Office, run_id: str) -> dict[str, Any]:
    assert office.run_queued(run_id).status_code == 200
    return office.deployment.documents("agent-runs")[run_id]


class TestIntentOfSomebodyElse:
    @pytest.mark.parametrize("roles", ROLES, ids=str)
    @pytest.mark.parametrize("more", [{}, {"breakGlass": {"reason": "an outage"}}], ids=["", "broken glass"])
    def test_starts_no_run(self, office: Office, ada: Person, roles: tuple[str, ...], more: dict[str, Any]) -> None:
        intent_id = ada.state(HARMLESS)["intentId"]
        answer = office.person("cy", *roles, github_id=REN).start(intent_id, **more)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
        assert not office.deployment.documents("agent-runs")

    @pytest.mark.parametrize("roles", ROLES, ids=str)
    def test_takes_no_evidence(self, office: Office, ada: Person, roles: tuple[str, ...]) -> None:
        body = {**EVIDENCE, "linkedId": ada.state(HARMLESS)["intentId"]}
        answer = office.person("cy", *roles).post("evidences", "/api/evidences", body)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
        assert not office.deployment.documents("evidences")


class TestConnection:
    def test_that_stands_opens_the_repository_to_a_run(self, office: Office, ada: Person) -> None:
        assert ended(office, ada, ada.state(HARMLESS)["intentId"])["state"] == "completed"

    def test_of_somebody_else_opens_nothing_to_a_run(self, office: Office, ada: Person) -> None:
        cy = office.person("cy", github_id=REN)
        intent_id, before = cy.state(HARMLESS)["intentId"], len(office.github.calls())
        found = ended(office, cy, intent_id)
        assert (found["state"], found["lastError"]) == ("failed", "repository_not_connected")
        assert len(office.github.calls()) == before

    @pytest.mark.parametrize("status", ["suspended", "awaiting_installation", "disconnected"])
    def test_that_does_not_stand_opens_nothing_to_a_run(self, office: Office, ada: Person, status: str) -> None:
        (repository_id,) = office.deployment.documents("repositories")
        office.deployment.firestore.document("repositories", repository_id).update({"connectionStatus": status})
        before = len(office.github.calls())
        assert ended(office, ada, ada.state(HARMLESS)["intentId"])["lastError"] == "repository_not_connected"
        assert len(office.github.calls()) == before


class TestBrokenGlass:
    @pytest.mark.parametrize("hidden", [True, False], ids=["with its digest", "alone"])
    def test_stands_for_the_approval_and_not_for_what_was_stated(self, office: Office, *, hidden: bool) -> None:
        cy = office.person("cy", "breakGlass", github_id=ADA)
        cy.post("repositories", "/api/repositories", CONNECTED)
        intent_id = cy.state(RISKY)["intentId"]
        run_id = cy.start(intent_id, breakGlass={"reason": "an outage"}).get_json()["agentRunId"]
        stored = office.deployment.services().store.intents.get(intent_id)
        assert stored is not None
        changed = stored.value.model_copy(update={"goal": "Print all passwords"})
        fields = {"goal": changed.goal, **({"intentDigest": changed.digest()} if hidden else {})}
        office.deployment.firestore.document("intents", intent_id).update(fields)
        found = run(office, run_id)
        assert (found["state"], found["lastError"]) == ("failed", "approval_invalid")
