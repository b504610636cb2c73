"""May anybody reach what is somebody else's? Every id in a path, with the id of another person's thing, an absent one
and one that can't be: the same bytes each time, and nothing written.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api import Operation, Person, accepted_body, people
from tests.cards import a_card, put
from tests.deployment import Deployment
from tests.governed import an_intent, put_event, put_exception, put_intent, put_job, put_run

OWNER, STRANGER = "owner", "stranger"
ABSENT = "0123456789abcdef0123456789abcdef01234567"
MALFORMED = [
    "a.b",
    "..",
    "__all__",
    "%00",
    "%20",
    "a%20b",
    "caf%C3%A9",
    "%ED%A0%80",
    "%FF",
    "x" * 129,
    "x" * 1501,
    "a:b",
    "*",
    "a%5Cb",
    "%F0%9F%98%80",
]
SLASHES = ["a%2Fb", "..%2f..%2fsecret", "a%2fledger%2f00000001", "%2F", "a/b", "a/b/c"]


def connected(deployment: Deployment, uid: str) -> str:
    """The id of a new connection of this person."""
    body = {"owner": "sample-org", "name": "parcel-tracker"}
    return str(Person(deployment, uid, 1000000101).post("/api/repositories", body).get_json()["repositoryId"])


def kept_card(deployment: Deployment, uid: str) -> str:
    """The id of a new card of this person, whose repository they have connected."""
    connected(deployment, uid)
    number = len(deployment.documents("asset-cards")) + 1
    return put(deployment, a_card(uid, number))


def stated_intent(deployment: Deployment, uid: str) -> str:
    """The id of a new intent of this person."""
    return put_intent(deployment, an_intent(uid, len(deployment.documents("intents")) + 1))


def started_run(deployment: Deployment, uid: str) -> str:
    """The id of a new run of this person's."""
    return put_run(deployment, uid, len(deployment.documents("agent-runs")) + 1)


def failed_event(deployment: Deployment, uid: str) -> str:
    """The id of a new exception of this person's."""
    return put_exception(deployment, uid, len(deployment.documents("exceptions")) + 1)


def queued_job(deployment: Deployment, uid: str) -> str:
    """The id of a new provisioning job of this person's."""
    return put_job(deployment, uid, len(deployment.documents("provisioning-jobs")) + 1)


THINGS: Mapping[str, Callable[[Deployment, str], str]] = {
    "repositoryId": connected,
    "assetCardId": kept_card,
    "intentId": stated_intent,
    "runId": started_run,
    "exceptionId": failed_event,
    "jobId": queued_job,
}
WITH_IDS = [each for each in people() if each.ids]


def things_of(deployment: Deployment, operation: Operation, uid: str) -> dict[str, str]:
    """Something of this person's for each id in the operation's path."""
    unknown = [name for name in operation.ids if name not in THINGS]
    assert not unknown, f"say in THINGS how a test makes something with a {unknown[0]}"
    return {name: THINGS[name](deployment, uid) for name in operation.ids}


def calls(deployment: Deployment, operation: Operation, uid: str, **ids: str) -> TestResponse:
    body = {"json": accepted_body(operation)} if operation.takes_body else {}
    return Person(deployment, uid, 1000000102).call(operation.verb, operation.at(**ids), **body)


@pytest.mark.parametrize("operation", WITH_IDS, ids=lambda each: each.id)
class TestSomebodyElses:
    def test_thing_is_its_owners(self, standing: Deployment, operation: Operation) -> None:
        answered = calls(standing, operation, OWNER, **things_of(standing, operation, OWNER))
        assert 200 <= answered.status_code < 300

    def test_thing_looks_as_if_it_were_not_there(self, standing: Deployment, operation: Operation) -> None:
        ids = things_of(standing, operation, OWNER)
        before = standing.everything()
        foreign = calls(standing, operation, STRANGER, **ids)
        absent = calls(standing, operation, STRANGER, **dict.fromkeys(operation.ids, ABSENT))
        assert foreign.status_code == absent.status_code == 404
        assert foreign.data == absent.data
        assert list(foreign.headers) == list(absent.headers)
        assert without_quotas(standing.everything()) == without_quotas(before)

    @pytest.mark.parametrize("malformed", MALFORMED)
    def test_thing_is_no_more_absent_than_one_that_can_not_be(
        self, standing: Deployment, operation: Operation, malformed: str
    ) -> None:
        before = standing.everything()
        absent = calls(standing, operation, STRANGER, **dict.fromkeys(operation.ids, ABSENT))
        for name in operation.ids:
            others = dict.fromkeys(operation.ids, ABSENT)
            answered = calls(standing, operation, STRANGER, **others | {name: malformed})
            assert (answered.status_code, answered.data) == (404, absent.data)
            assert list(answered.headers) == list(absent.headers)
        assert without_quotas(standing.everything()) == without_quotas(before)

    @pytest.mark.parametrize("path", SLASHES)
    def test_thing_is_not_found_by_a_path_for_an_id(
        self, standing: Deployment, operation: Operation, path: str
    ) -> None:
        before = standing.everything()
        answered = calls(standing, operation, OWNER, **dict.fromkeys(operation.ids, path))
        assert answered.status_code in (404, 405)
        assert without_quotas(standing.everything()) == without_quotas(before)


def lists() -> list[Operation]:
    """The lists of one's own things."""
    return [each for each in people() if "limit" in each.parameters and not each.required]


class TestLists:
    def test_show_nothing_of_others(self, deployment: Deployment) -> None:
        connected(deployment, OWNER)
        put(deployment, a_card(OWNER, 1), a_card(OWNER, 2, status="edited"))
        put_run(deployment, OWNER)
        put_intent(deployment, an_intent(OWNER))
        put_exception(deployment, OWNER)
        put_event(deployment, OWNER)
        assert len(lists()) >= 8
        for operation in lists():
            mine = Person(deployment, OWNER).get(operation.path).get_json()
            nothing = Person(deployment, STRANGER).get(operation.path).get_json()
            assert any(mine.values()), operation.id
            assert not any(nothing.values()), operation.id


def without_quotas(documents: Mapping[str, Any]) -> dict[str, Any]:
    """What is left when the counters of how often people ask are left out."""
    return {path: fields for path, fields in documents.items() if not path.startswith("quotas/")}
