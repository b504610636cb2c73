"""What do the queues carry, what becomes of a body that no retry can mend, and of a task that comes twice?"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from werkzeug.test import Client

from local.firestore import FirestoreEmulator
from local.github import GitHub
from local.identity import Identity
from local.secret_manager import SecretManager
from shared.domain.pr_event import PrEvent
from shared.domain.step import FETCH
from tests.deployment import Deployment
from tests.steps import ADA, GENERATOR, MAP, PROCESSOR, REN, TRACKER, Steps

ID = "0" * 40
FUNCTIONS = (PROCESSOR, GENERATOR)
CANARY = "canary"
POISON = {
    "nothing": b"",
    "blanks": b"  \n",
    "no JSON": b"prEventId=" + ID.encode(),
    "half an object": b'{"prEventId": "' + ID.encode(),
    "bytes": b"\x80\x81\xff",
    "null": b"null",
    "a number": b"7",
    "a text": json.dumps(ID).encode(),
    "a list": json.dumps([{"prEventId": ID}]).encode(),
    "an empty object": b"{}",
    "another member": json.dumps({"eventId": ID}).encode(),
    "a member in another spelling": json.dumps({"pr_event_id": ID}).encode(),
    "a member more": json.dumps({"prEventId": ID, "extra": CANARY}).encode(),
    "a member twice": f'{{"prEventId": "{ID}", "prEventId": "{ID}"}}'.encode(),
    "a number for an id": b'{"prEventId": 7}',
    "null for an id": b'{"prEventId": null}',
    "a list for an id": json.dumps({"prEventId": [ID]}).encode(),
    "an object for an id": json.dumps({"prEventId": {"$ne": ""}}).encode(),
    "an empty id": b'{"prEventId": ""}',
    "the id of nothing": json.dumps({"prEventId": "f" * 40}).encode(),
    "an id with slashes": b'{"prEventId": "a/b/c"}',
    "an id that climbs": b'{"prEventId": "../repositories/x"}',
    "an id of dots": b'{"prEventId": ".."}',
    "a reserved id": b'{"prEventId": "__id7__"}',
    "an endless id": json.dumps({"prEventId": "a" * 1501}).encode(),
    "an id of other letters": json.dumps({"prEventId": "id\u0000\n{}"}).encode(),
    "half a character": b'{"prEventId": "\\ud800"}',
    "endless nesting": b'{"prEventId": ' + b"[" * 50_000,
    "not a number": b'{"prEventId": NaN}',
}


@pytest.fixture(scope="module")
def tasks(standing: Deployment) -> dict[str, Client]:
    """The task functions of the module's deployment, and a step under `ID` that poison must not start."""
    at = datetime.now(UTC)
    waiting = PrEvent(
        pr_event_id=ID,
        event="pull_request",
        installation_id=1,
        body_sha256="0",
        state=PrEvent.WAITING,
        stage=FETCH.name,
        received_at=at,
        updated_at=at,
    )
    events = standing.services().store.pr_events
    events.commit(events.create(waiting))
    return {name: Client(standing.function(name.replace("-", "_")).application) for name in FUNCTIONS}


class TestPoison:
    """No retry can mend it: it is logged and acknowledged, or the queue would repeat it for days."""

    @pytest.mark.parametrize("function", FUNCTIONS)
    @pytest.mark.parametrize("body", POISON.values(), ids=POISON.keys())
    def test_is_acknowledged_logged_and_does_nothing(
        self,
        standing: Deployment,
        tasks: dict[str, Client],
        function: str,
        body: bytes,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        before = standing.everything()
        headers = {**standing.task_bearer(), "Content-Type": "application/json"}
        answered = tasks[function].post(f"/api/tasks/{function}", data=body, headers=headers)
        assert (answered.status_code, answered.get_json()) == (200, {"outcome": "poison"})
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        poisoned = [line for line in lines if line["message"] == "poison"]
        assert [(line["severity"], bool(line["reason"])) for line in poisoned] == [("ERROR", True)]
        assert CANARY not in json.dumps(lines)
        assert standing.everything() == before
        assert standing.github.calls() == []

    @pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "text/json"])
    def test_is_what_another_type_carries(
        self, standing: Deployment, tasks: dict[str, Client], content_type: str
    ) -> None:
        headers = {**standing.task_bearer(), "Content-Type": content_type}
        body = json.dumps({"prEventId": ID})
        answered = tasks[PROCESSOR].post(f"/api/tasks/{PROCESSOR}", data=body, headers=headers)
        assert (answered.status_code, answered.get_json()) == (200, {"outcome": "poison"})
        assert standing.documents("pr-events")[ID]["state"] == "received"


class TestQueuedTasks:
    def test_carry_an_id_and_nothing_of_a_large_delivery(self, steps: Steps, github: GitHub) -> None:
        steps.connect("ada", TRACKER, ADA)
        github.add_pull(TRACKER, title="Large", author="sample-dev-ada", body="words " * 1_500_000, number=90)
        event_id = steps.merge(TRACKER, 90)
        assert len(github.hooks.deliveries()[0].body) > 8_000_000
        assert steps.fetch(event_id).get_json() == {"outcome": "continued"}
        assert steps.queued() == [(PROCESSOR, {"prEventId": event_id}), (GENERATOR, {"prEventId": event_id})]
        assert all(len(json.dumps(body)) < 1024 for _, body in steps.queued())


@pytest.fixture
def hurried(
    emulator: FirestoreEmulator, state: Path, identity: Identity, secret_manager: SecretManager, github: GitHub
) -> Iterator[Deployment]:
    """A deployment whose queues wait a hundredth of what they are told to."""
    deployed = Deployment(state, identity, secret_manager, github, speed=100)
    yield deployed
    deployed.close()


class TestTasksThatComeTwice:
    """The queue delivers at least once: half of the time at once with the first, half of the time after it."""

    def test_make_one_card_for_each_person(self, hurried: Deployment, github: GitHub) -> None:
        hurried.load_all()
        github.hooks.url = f"{hurried.gateway.url}/api/webhooks/github"
        for uid, full_name, github_id in (("ada", TRACKER, ADA), ("ada", MAP, ADA), ("ren", MAP, REN)):
            owner, name = full_name.split("/")
            body, headers = {"owner": owner, "name": name}, hurried.bearer(uid, github_id)
            assert (
                hurried.function("repositories").post("/api/repositories", json=body, headers=headers).status_code
                == 201
            )
        for number in range(100, 108):
            github.add_pull(TRACKER, title=f"Add feature {number}", author="sample-dev-ada", number=number)
        hurried.tasks.faults.duplicate(0.5)
        merges = [(TRACKER, number) for number in (41, *range(100, 108))] + [(MAP, 58)]
        for full_name, number in merges * 2:
            assert github.deliver_pull(full_name, number).status_code == 200
        hurried.tasks.wait_until_idle(60)
        cards = hurried.documents("asset-cards")
        owned = sorted((card["ownerId"], card["repoFullName"], card["prNumber"]) for card in cards.values())
        assert owned == sorted([*(("ada", *merge) for merge in merges), ("ren", MAP, 58)])
        assert {event["state"] for event in hurried.documents("pr-events").values()} == {"done"}
        for card_id in cards:
            assert len(hurried.documents("asset-cards", card_id, "ledger")) == 1
            assert len(hurried.documents("asset-cards", card_id, "revisions")) == 1
        assert hurried.tasks.counters.duplicated > 0
        assert len(hurried.documents("pr-events")) == len(merges)
