"""Lists, page by page: the newest first, nothing twice, nothing left out, nothing of others, and their own cursors."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from shared.domain.ids import derived_id
from shared.domain.repository import Repository
from tests.api import Person, people
from tests.cards import NOON, a_card, put
from tests.deployment import Deployment
from tests.governed import an_intent, put_event, put_exception, put_intent, put_run

# Hours after noon: two pairs and a triple at the same moment, and not in order.
HOURS = [3, 1, 3, 0, 5, 1, 5, 5, -2]
WRONG_LIMITS = [
    *["0", "-1", "201", "1000", "1000000000", "1e3", "1e1", "1.0", "0x10", "+5", " 7", "7 ", "7\n", "٣", "７", "²"],
    *["", "null", "true", "ten", "1,2", "1_0", "--1", "NaN", "inf", "9" * 5000, "\x00", "1;2", "[1]"],
]


def add_repositories(deployment: Deployment, uid: str) -> dict[str, datetime]:
    """Connections of this person, made at `HOURS`."""
    store, made = deployment.services().store, {}
    for number, hours in enumerate(HOURS):
        at, name = NOON + timedelta(hours=hours), f"sample-org/number-{number}"
        connection = Repository(
            repository_id=derived_id("connection of a test", uid, number),
            owner_id=uid,
            full_name=name,
            name_key=name,
            account_key="sample-org",
            connection_status="connected",
            created_at=at,
            updated_at=at,
        )
        store.repositories.commit(store.repositories.create(connection))
        made[connection.repository_id] = at
    return made


def add_cards(deployment: Deployment, uid: str, *statuses: str) -> dict[str, datetime]:
    """Cards of this person, merged at `HOURS`, whose status is one of these in turn."""
    made = {}
    for number, hours in enumerate(HOURS):
        card = a_card(uid, number, hours=hours, status=statuses[number % len(statuses)])
        made[put(deployment, card)] = card.merged_at
    return made


def add_intents(deployment: Deployment, uid: str) -> dict[str, datetime]:
    """Intents of this person, stated at `HOURS`."""
    made = [an_intent(uid, number, hours=hours) for number, hours in enumerate(HOURS)]
    return {put_intent(deployment, intent): intent.created_at for intent in made}


def add_runs(deployment: Deployment, uid: str) -> dict[str, datetime]:
    """Runs of this person, started at `HOURS`."""
    made = ((put_run(deployment, uid, number, hours=hours), hours) for number, hours in enumerate(HOURS))
    return {run_id: NOON + timedelta(hours=hours) for run_id, hours in made}


def add_exceptions(deployment: Deployment, uid: str) -> dict[str, datetime]:
    """Exceptions of this person, recorded at `HOURS`."""
    made = ((put_exception(deployment, uid, number, hours=hours), hours) for number, hours in enumerate(HOURS))
    return {exception_id: NOON + timedelta(hours=hours) for exception_id, hours in made}


def add_events(deployment: Deployment, uid: str) -> dict[str, datetime]:
    """Repositories that were made for this person at `HOURS`."""
    made = ((put_event(deployment, uid, number, hours=hours), hours) for number, hours in enumerate(HOURS))
    return {event_id: NOON + timedelta(hours=hours) for event_id, hours in made}


LISTS: Mapping[str, Callable[[Deployment, str], dict[str, datetime]]] = {
    "/api/repositories": add_repositories,
    "/api/assets/inbox": lambda deployment, uid: add_cards(deployment, uid, "pending", "flagged"),
    "/api/assets/library": lambda deployment, uid: add_cards(deployment, uid, "approved", "edited"),
    "/api/intents": add_intents,
    "/api/approvals/inbox": add_intents,
    "/api/agent-runs": add_runs,
    "/api/exceptions/inbox": add_exceptions,
    "/api/provisioning/events": add_events,
}
COLLECTION_OF = {
    "/api/repositories": "repositories",
    "/api/intents": "intents",
    "/api/approvals/inbox": "intents",
    "/api/agent-runs": "agent-runs",
    "/api/exceptions/inbox": "exceptions",
    "/api/provisioning/events": "provisioning_events",
}
ID_OF = {
    "repositories": "repositoryId",
    "assets": "assetCardId",
    "intents": "intentId",
    "runs": "agentRunId",
    "items": "intentId",
    "events": "eventId",
}


def items(answered: TestResponse) -> list[str]:
    """The ids on a page."""
    assert answered.status_code == 200
    page = answered.get_json()
    name = next(name for name in ID_OF if name in page)
    return [each["exceptionId"] if "exceptionId" in each else each[ID_OF[name]] for each in page[name]]


def walk(person: Person, path: str, limit: int, **query: str) -> list[list[str]]:
    """The ids on every page of a list."""
    pages: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        answered = person.get(path, {**query, "limit": str(limit), **cursor})
        pages.append(items(answered))
        if "nextCursor" not in answered.get_json():
            return pages
        cursor = {"cursor": answered.get_json()["nextCursor"]}


def taken_apart(cursor: str) -> list[Any]:
    """What a cursor is made of."""
    made: list[Any] = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return made


def put_together(*parts: Any) -> str:  # noqa: ANN401  # whatever a caller might write
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def test_every_list_for_people_stands_in_the_table() -> None:
    listing = {each.path for each in people() if "limit" in each.parameters and not each.required}
    assert listing == set(LISTS), "say in LISTS how a test fills the list"


@pytest.fixture(scope="module")
def expected(standing: Deployment) -> Mapping[str, list[str]]:
    """The ids in each list of Ann's, as they must come; Bob has as many."""
    found = {}
    for number, (path, add) in enumerate(LISTS.items()):
        made = add(standing, f"ann-{number}")
        add(standing, f"bob-{number}")
        found[path] = [each for _, each in sorted(((at, one) for one, at in made.items()), reverse=True)]
    return found


@pytest.fixture(params=LISTS)
def path(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def ann(standing: Deployment, expected: Mapping[str, list[str]], path: str) -> Person:
    return Person(standing, f"ann-{list(LISTS).index(path)}")


@pytest.fixture
def bob(standing: Deployment, expected: Mapping[str, list[str]], path: str) -> Person:
    return Person(standing, f"bob-{list(LISTS).index(path)}")


class TestPages:
    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 8, 9, 10, 200])
    def test_hold_everything_once_and_the_newest_first(
        self, ann: Person, path: str, expected: Mapping[str, list[str]], limit: int
    ) -> None:
        pages = walk(ann, path, limit)
        assert [each for page in pages for each in page] == expected[path]
        assert all(len(page) == limit for page in pages[:-1])
        assert pages[-1]

    def test_are_one_of_fifty_unless_told_otherwise(
        self, ann: Person, path: str, expected: Mapping[str, list[str]]
    ) -> None:
        answered = ann.get(path)
        assert items(answered) == expected[path]
        assert "nextCursor" not in answered.get_json()

    def test_are_none_for_nobodys_list(self, standing: Deployment, path: str) -> None:
        assert walk(Person(standing, "nobody"), path, 3) == [[]]

    def test_may_change_their_size_on_the_way(self, ann: Person, path: str, expected: Mapping[str, list[str]]) -> None:
        first = ann.get(path, {"limit": "2"})
        rest = ann.get(path, {"limit": "50", "cursor": first.get_json()["nextCursor"]})
        assert items(first) + items(rest) == expected[path]

    def test_go_on_where_they_stopped_when_something_newer_came(self, deployment: Deployment, path: str) -> None:
        made = LISTS[path](deployment, "ann")
        ann = Person(deployment, "ann")
        first = ann.get(path, {"limit": "3"})
        newest = items(first)[0]
        collection = COLLECTION_OF.get(path, "asset-cards")
        field = "mergedAt" if collection == "asset-cards" else "createdAt"
        later = deployment.documents(collection)[newest] | {field: NOON + timedelta(days=9)}
        deployment.firestore.collection(collection).document("later").set(later)
        seen, cursor = items(first), first.get_json()["nextCursor"]
        while cursor:
            page = ann.get(path, {"limit": "3", "cursor": cursor})
            seen, cursor = seen + items(page), page.get_json().get("nextCursor")
        assert sorted(seen) == sorted(made)


class TestLimits:
    @pytest.mark.parametrize("limit", WRONG_LIMITS, ids=lambda each: repr(each[:12]))
    def test_are_whole_numbers_from_1_to_200(self, ann: Person, path: str, limit: str) -> None:
        answered = ann.get(path, {"limit": limit})
        assert answered.status_code == 400
        assert [each["field"] for each in answered.get_json()["errors"]] == ["limit"]

    @pytest.mark.parametrize("query", ["limit=3&limit=4", "limit=3&limit=3", "limit=&limit=3"])
    def test_are_given_once(self, ann: Person, path: str, query: str) -> None:
        answered = ann.get(path, query)
        assert answered.status_code == 400
        assert [each["field"] for each in answered.get_json()["errors"]] == ["limit"]

    @pytest.mark.parametrize(
        "name", ["Limit", "limits", "page", "offset", "ownerId", "owner_id", "status", "sort", "nextCursor"]
    )
    def test_come_with_nothing_unknown(self, ann: Person, path: str, name: str) -> None:
        answered = ann.get(path, {name: "1", "limit": "1"})
        assert answered.status_code == 400
        assert [each["field"] for each in answered.get_json()["errors"]] == [name]


class TestCursors:
    @pytest.mark.parametrize(
        "cursor",
        [
            *[
                "",
                "x",
                "%",
                "null",
                "e30",
                "W10",
                "ä",
                "\x00",
                "a" * 500,
                "a" * 501,
                "MQ",
                "bnVsbA",
                "IiI",
                "Li4v",
                "=",
                "-_-_",
            ],
            put_together(),
            put_together("a", "b"),
            put_together("a", "2026-01-01T00:00:00+00:00", "b", "c"),
            put_together({"a": 1}),
            base64.urlsafe_b64encode(b"\xff\xfe\x00").decode(),
            base64.urlsafe_b64encode(b"[" * 300).decode(),
        ],
        ids=lambda each: repr(each[:24]),
    )
    def test_that_are_garbage_are_refused(self, ann: Person, path: str, cursor: str) -> None:
        self.refused(ann.get(path, {"cursor": cursor}))

    @pytest.mark.parametrize(
        ("place", "part"),
        [
            (0, "another list"),
            (0, 1),
            (0, None),
            (1, "yesterday"),
            (1, ""),
            (1, None),
            (1, 1767225600),
            (1, "0001-01-01T00:00:00+14:00"),
            (1, "9999-12-31T23:59:59-14:00"),
            (1, "2026-01-01T00:00:00+99:00"),
            (2, ""),
            (2, "a/b"),
            (2, "a/b/c"),
            (2, ".."),
            (2, "__all__"),
            (2, 1),
            (2, None),
            (2, ["a"]),
            (2, "\ud800"),
            (2, "a" * 129),
        ],
        ids=repr,
    )
    def test_that_were_changed_are_refused(self, ann: Person, path: str, place: int, part: object) -> None:
        parts = taken_apart(ann.get(path, {"limit": "1"}).get_json()["nextCursor"])
        parts[place] = part
        self.refused(ann.get(path, {"cursor": put_together(*parts)}))

    def test_of_another_person_are_refused(self, ann: Person, bob: Person, path: str) -> None:
        cursor = bob.get(path, {"limit": "4"}).get_json()["nextCursor"]
        self.refused(ann.get(path, {"cursor": cursor}))
        assert items(bob.get(path, {"cursor": cursor}))

    def test_of_another_list_are_refused(self, standing: Deployment, expected: object, path: str) -> None:
        numbered = list(enumerate(LISTS))
        for number, other in numbered:
            person = Person(standing, f"ann-{number}")
            cursor = person.get(other, {"limit": "1"}).get_json()["nextCursor"]
            if other != path:
                self.refused(person.get(path, {"cursor": cursor}))

    def test_are_given_once(self, ann: Person, path: str) -> None:
        cursor = ann.get(path, {"limit": "1"}).get_json()["nextCursor"]
        self.refused(ann.get(path, f"cursor={cursor}&cursor={cursor}"))

    def test_name_nobody(self, ann: Person, path: str) -> None:
        cursor = ann.get(path, {"limit": "1"}).get_json()["nextCursor"]
        assert ann.uid not in json.dumps(taken_apart(cursor))

    @staticmethod
    def refused(answered: TestResponse) -> None:
        assert answered.status_code == 400
        assert [each["field"] for each in answered.get_json()["errors"]] == ["cursor"]
