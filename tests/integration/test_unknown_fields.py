"""What do the people's routes make of fields and parameters that they do not know? They name them, and do nothing."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.api import DOCUMENT, Operation, Person, accepted_body, people
from tests.cards import a_card, put
from tests.deployment import Deployment
from tests.governance import decision
from tests.governed import an_intent, put_exception, put_intent

UID = "ann"
CANARY = "canary-7f3a91"
WRITING = [each for each in people() if each.verb in ("POST", "PUT")]
KNOWN = {name for schema in DOCUMENT["components"]["schemas"].values() for name in schema.get("properties", ())}
# What our own documents hold, and what other programs' do: nobody but us decides any of it.
OURS = [
    *["ownerId", "userId", "actorId", "status", "createdAt", "updatedAt", "approvedAt", "mergedAt", "writtenBy"],
    *[
        "repositoryId",
        "githubRepositoryId",
        "githubUserId",
        "installationId",
        "connectionStatus",
        "fullName",
        "nameKey",
    ],
    *["accountKey", "private", "assetCardId", "prEventId", "prNumber", "prUrl", "repoFullName", "mergeCommitSha"],
    *["revision", "flags", "claims", "generatedBy", "ledger", "riskLevel", "requiresApproval", "selfApproved", "role"],
    *["claims.0.text", "__proto__", "__class__", "__name__", "$set", "constructor", "a.b", "a/b", "", " ", "*"],
    *["Title", "TITLE", "title ", "ｔitle", "owner_id", "backfill_days", "id", "_id", "isAdmin", "approver", "é"],
]


@pytest.fixture(scope="module")
def card(standing: Deployment) -> str:
    """The id of a card of the caller's."""
    return put(standing, a_card(UID))


def refused(answered: TestResponse, *names: str) -> None:
    """Assert that these fields are named, and nothing is repeated of values with the canary in them."""
    assert answered.status_code == 400
    assert {each["field"] for each in answered.get_json()["errors"]} == set(names)
    assert CANARY not in answered.text


def send(deployment: Deployment, operation: Operation, card: str, exception: str = "", **extra: object) -> TestResponse:
    """The answer to a body that would be accepted, were it not for these fields."""
    path = operation.at(assetCardId=card, exceptionId=exception or "0" * 40)
    return Person(deployment, UID).call(operation.verb, path, json={**accepted_body(operation), **extra})


class TestFields:
    """A body decides what its route lets it decide; whatever else it names, it is refused as a whole."""

    @pytest.mark.parametrize("name", OURS, ids=repr)
    def test_that_nobody_may_send_are_named(self, standing: Deployment, card: str, name: str) -> None:
        before = standing.everything()
        for operation in WRITING:
            if name not in operation.fields:
                refused(send(standing, operation, card, **{name: CANARY}), name)
        assert standing.everything() == before

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        extra=st.dictionaries(
            st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=100).filter(
                lambda name: name not in KNOWN
            ),
            st.recursive(
                st.none() | st.booleans() | st.integers(-9, 9) | st.just(CANARY),
                lambda each: st.lists(each, max_size=2) | st.dictionaries(st.just("title"), each, max_size=2),
                max_leaves=4,
            ),
            min_size=1,
            max_size=4,
        )
    )
    def test_of_any_name_are_named(self, standing: Deployment, card: str, extra: dict[str, Any]) -> None:
        before = standing.everything()
        for operation in WRITING:
            refused(send(standing, operation, card, **extra), *extra)
        assert standing.everything() == before

    def test_are_not_repeated_by_the_thousand(self, standing: Deployment, card: str) -> None:
        for operation in WRITING:
            many = send(standing, operation, card, **{f"{number:0>60}": CANARY for number in range(10_000)})
            assert (many.status_code, len(many.get_json()["errors"])) == (400, 20)
            assert CANARY not in many.text
            refused(send(standing, operation, card, **{"k" * 900_000: CANARY}), "k" * 100)

    def test_are_taken_where_they_are_known(self, deployment: Deployment) -> None:
        for number, operation in enumerate(WRITING):
            mine = put(deployment, a_card(UID, number))
            Person(deployment, UID).post("/api/repositories", {"owner": "sample-org", "name": "parcel-tracker"})
            intent = put_intent(deployment, an_intent(UID, number, level="Low"))
            named: dict[str, object] = {name: intent for name in ("intentId", "linkedId") if name in operation.fields}
            if "assetIds" in operation.fields:
                named["assetIds"] = [put(deployment, a_card(UID, 100 + number, status="edited"))]
            if operation.id == "provisionRepository":
                project = put_intent(deployment, an_intent(UID, 200 + number, kind="project"))
                approval = Person(deployment, UID).post("/api/approvals", decision(project)).get_json()
                named = {"intentId": project, "approvalId": approval["approvalId"]}
            exception = put_exception(deployment, UID, number)
            answered = send(deployment, operation, mine, exception=exception, **named)
            assert 200 <= answered.status_code < 300, operation.id


class TestParameters:
    @pytest.mark.parametrize("operation", people(), ids=lambda each: each.id)
    def test_that_nobody_knows_are_named(self, standing: Deployment, operation: Operation) -> None:
        before = standing.everything()
        body = {"json": accepted_body(operation)} if operation.takes_body else {}
        for name in ("ownerId", "userId", "Limit", "limit[]", "\x00", "_method", "access_token"):
            query = {name: CANARY, **operation.required}
            answered = Person(standing, UID).call(operation.verb, operation.at(), query_string=query, **body)
            refused(answered, name)
        assert standing.everything() == before
