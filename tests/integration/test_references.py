"""May anybody name what is somebody else's in a body or a query? It is answered as if it were not there, to the byte.

The references are the document's: every field or parameter whose name ends in `Id` or `Ids` is one, unless it is the
caller's own name for something of theirs.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api import Operation, Person, accepted_body, people
from tests.cards import a_card, put
from tests.deployment import Deployment
from tests.governance import decision
from tests.governed import an_intent, put_intent, put_run
from tests.integration.test_tenants import ABSENT, OWNER, STRANGER, without_quotas

OWN_NAMES = {"runId"}
ALSO = {"supersedes"}
Maker = Callable[[Deployment, str, int], str]


def approved_card(deployment: Deployment, uid: str, number: int) -> str:
    """The id of a card in this person's library."""
    return put(deployment, a_card(uid, number, status="approved"))


def intent(deployment: Deployment, uid: str, number: int) -> str:
    """The id of an intent of this person's."""
    return put_intent(deployment, an_intent(uid, number))


def approval(deployment: Deployment, uid: str, number: int) -> str:
    """The id of an approval of an intent of this person's."""
    made = Person(deployment, uid).post("/api/approvals", decision(intent(deployment, uid, number)))
    return str(made.get_json()["approvalId"])


# Of each reference: what it names, and what else the body or query says.
REFERENCES: Mapping[tuple[str, str], tuple[Maker, Mapping[str, Any]]] = {
    ("exportCards", "assetIds"): (approved_card, {}),
    ("createIntent", "supersedes"): (intent, {}),
    ("createApproval", "intentId"): (intent, {}),
    ("createRun", "intentId"): (intent, {}),
    ("createRun", "approvalId"): (approval, {"intentId": "of the caller"}),
    ("provisionRepository", "intentId"): (intent, {}),
    ("provisionRepository", "approvalId"): (approval, {"intentId": "of the caller"}),
    ("listProvisioningEvents", "intentId"): (intent, {}),
    ("createEvidence", "linkedId"): (intent, {"linkedType": "intent"}),
    ("listEvidences", "linkedId"): (intent, {"linkedType": "intent"}),
}
RUNS = {("createEvidence", "linkedId"), ("listEvidences", "linkedId")}


def references() -> list[tuple[Operation, str]]:
    """Every operation with a field or parameter that names something."""
    return [
        (operation, name)
        for operation in people()
        for name in sorted({*operation.fields, *operation.parameters})
        if name not in OWN_NAMES and (name.endswith(("Id", "Ids")) or name in ALSO)
    ]


def call(deployment: Deployment, operation: Operation, more: Mapping[str, Any], name: str, value: str) -> TestResponse:
    """The stranger's call with this reference."""
    said = {**more, name: [value] if name.endswith("Ids") else value}
    if said.get("intentId") == "of the caller":
        said["intentId"] = put_intent_once(deployment)
    person = Person(deployment, STRANGER)
    if operation.takes_body:
        return person.call(operation.verb, operation.path, json={**accepted_body(operation), **said})
    return person.call(operation.verb, operation.path, query_string=said)


def put_intent_once(deployment: Deployment) -> str:
    """An intent of the stranger's own."""
    mine = an_intent(STRANGER, 77)
    if mine.intent_id not in deployment.documents("intents"):
        put_intent(deployment, mine)
    return mine.intent_id


def test_every_reference_of_the_document_stands_in_the_table() -> None:
    found = {(operation.id, name) for operation, name in references()}
    assert found == set(REFERENCES), "say in REFERENCES what the field names, or in OWN_NAMES that it names nothing"


def same(deployment: Deployment, operation: Operation, more: Mapping[str, Any], name: str, theirs: str) -> None:
    """Assert that a foreign thing and an absent one are answered the same, and nothing is written."""
    put_intent_once(deployment)
    before = without_quotas(deployment.everything())
    foreign = call(deployment, operation, more, name, theirs)
    absent = call(deployment, operation, more, name, ABSENT)
    assert foreign.status_code == absent.status_code
    assert foreign.status_code in (400, 404)
    assert foreign.data == absent.data
    assert list(foreign.headers) == list(absent.headers)
    assert without_quotas(deployment.everything()) == before


def named(chosen: set[tuple[str, str]]) -> pytest.MarkDecorator:
    """The test is of these references."""
    found = [each for each in references() if (each[0].id, each[1]) in chosen]
    return pytest.mark.parametrize(("operation", "name"), found, ids=lambda each: getattr(each, "id", each))


class TestReference:
    @named(set(REFERENCES))
    def test_to_somebody_elses_thing_is_one_to_nothing(
        self, standing: Deployment, operation: Operation, name: str
    ) -> None:
        make, more = REFERENCES[operation.id, name]
        theirs = make(standing, f"{OWNER}-{operation.id}-{name}", 1)
        same(standing, operation, more, name, theirs)

    @named(RUNS)
    def test_to_somebody_elses_run_is_one_to_nothing(
        self, standing: Deployment, operation: Operation, name: str
    ) -> None:
        theirs = put_run(standing, f"{OWNER}-{operation.id}-runs", 1)
        for value in (theirs, "run-1"):
            same(standing, operation, {"linkedType": "agent_run"}, name, value)
