"""A delivery is stored and queued by two calls, and causes none when it is nobody's or of no use."""

import base64
import json
import os
import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.cloud import LOCATION, TASK_ACCOUNT
from local.github.signing import signatures
from shared.domain.errors import RetryLaterError
from shared.domain.ids import derived_id
from shared.domain.pr_event import read_delivery
from shared.domain.step import FETCH, GRACE, STAGES
from shared.services import Services
from shared.store.store import PR_EVENTS
from tests.deliveries import GUID, PATH, changed, installed, merge, renamed, signed_headers
from tests.deployment import WEBHOOK_SECRET, Deployment
from tests.proxy import Wire

MUTATIONS = 10_000
USELESS = [
    ("ping", {"zen": "Keep it logically awesome.", "hook_id": 1, "hook": {}}),
    ("push", merge()),
    ("check_run", {"action": "completed"}),
    ("unheard_of", {"action": "closed"}),
    ("", merge()),
    ("PULL_REQUEST", merge()),
    ("pull_request ", merge()),
    ("pull_request", changed(merge(), "action", "opened")),
    ("pull_request", changed(merge(), "action", "unheard_of")),
    ("pull_request", changed(merge(), "pull_request.merged", None)),
    ("pull_request", changed(merge(), "installation", None)),
    ("installation", changed(installed(), "action", "unheard_of")),
    ("repository", changed(renamed(), "action", "edited")),
    ("repository", changed(renamed(), "installation", None)),
]
REFUSED = [None, "", "sha256=", "sha1=0", "sha256=" + "0" * 64, "é", "sha256=\x80", "a" * 60_000]


@pytest.fixture
def wire(deployment: Deployment) -> Iterator[Wire]:
    with Wire(os.environ["FIRESTORE_EMULATOR_HOST"], deployment.tasks.url.removeprefix("http://")) as between:
        deployment.function("webhooks", **between.variables)
        yield between


def queued(wire: Wire) -> dict[str, Any]:
    """The one task that was created, as it was on the wire."""
    (call,) = wire.queue.calls
    task: dict[str, Any] = json.loads(call.body)["task"]
    return task


class TestRefusedDelivery:
    @pytest.mark.parametrize("signature", REFUSED)
    def test_touches_nothing(self, signature: str | None, deployment: Deployment, wire: Wire) -> None:
        body = json.dumps(merge()).encode()
        sent = signed_headers(body)
        del sent["X-Hub-Signature-256"]
        if signature is not None:
            sent["X-Hub-Signature-256"] = signature
        answer = deployment.function("webhooks").post(PATH, data=body, headers=sent)
        assert answer.status_code == 401
        assert answer.get_json()["code"] == "unauthenticated"
        assert not wire.calls

    def test_touches_nothing_under_another_secret(self, deployment: Deployment, wire: Wire) -> None:
        assert deployment.deliver(merge(), secret=b"not the secret of this webhook").status_code == 401
        assert not wire.calls

    def test_is_none_of_ten_thousand_that_were_accepted(self, deployment: Deployment, wire: Wire) -> None:
        dice, client = random.Random(1), deployment.function("webhooks")
        body = json.dumps(merge()).encode()
        good = signatures(body, WEBHOOK_SECRET)["X-Hub-Signature-256"]
        statuses = set()
        for number in range(MUTATIONS):
            spoiled, header = _spoiled(body, good, dice) if number % 2 else (body, _garbled(good, dice))
            sent = {**signed_headers(b""), "X-Hub-Signature-256": header}
            statuses.add(client.post(PATH, data=spoiled, headers=sent).status_code)
        assert statuses == {401}
        assert not wire.calls
        assert deployment.deliver(body).status_code == 200


def _spoiled(body: bytes, header: str, dice: random.Random) -> tuple[bytes, str]:
    """Other bytes under the good signature: a flipped bit, a piece less or more, the same JSON written anew."""
    place = dice.randrange(len(body))
    payload = json.loads(body)
    shuffled = dict(sorted(payload.items(), key=lambda _: dice.random()))
    kinds = [
        body[:place] + bytes([body[place] ^ 1 << dice.randrange(8)]) + body[place + 1 :],
        body[:place],
        body + dice.randbytes(3),
        json.dumps(payload, indent=dice.randrange(1, 5)).encode(),
        json.dumps(payload, separators=(",", ":")).encode(),
        json.dumps({**shuffled, "x": place}).encode(),
    ]
    return dice.choice(kinds), header


def _garbled(header: str, dice: random.Random) -> str:
    """Another header over the good bytes."""
    place = dice.randrange(len(header))
    other = chr(dice.choice([ord(header[place]) ^ 1, dice.randrange(33, 127), dice.randrange(161, 256)]))
    garbled = dice.choice(
        [
            header[:place] + other + header[place + 1 :],
            header[:place],
            f"{header},{header}",
            header.upper(),
            header + other,
            "".join(dice.choices("0123456789abcdef", k=64)),
        ]
    )
    return f"{header}0" if garbled == header else garbled


class TestUselessDelivery:
    @pytest.mark.parametrize(("event", "payload"), USELESS)
    def test_is_ignored_without_a_call(
        self, event: str, payload: dict[str, Any], deployment: Deployment, wire: Wire
    ) -> None:
        answer = deployment.deliver(payload, event=event)
        assert (answer.status_code, answer.get_json()) == (200, {"outcome": "ignored"})
        assert not wire.calls

    def test_is_ignored_where_the_event_is_not_named(self, deployment: Deployment, wire: Wire) -> None:
        body = json.dumps(merge()).encode()
        sent = {name: value for name, value in signed_headers(body).items() if name != "X-GitHub-Event"}
        answer = deployment.function("webhooks").post(PATH, data=body, headers=sent)
        assert (answer.status_code, answer.get_json()) == (200, {"outcome": "ignored"})
        assert not wire.calls

    def test_asks_nobody_else_either(self, deployment: Deployment, wire: Wire) -> None:
        for event, payload in USELESS:
            deployment.deliver(payload, event=event)
        deployment.deliver(merge())
        assert len(wire.calls) == 2
        assert not deployment.github.calls()


class TestAcceptedDelivery:
    def test_costs_one_create_and_one_task(self, deployment: Deployment, wire: Wire) -> None:
        assert deployment.deliver(merge()).get_json() == {"outcome": "accepted"}
        (create,), (queue,) = wire.firestore.calls, wire.queue.calls
        documents = f"projects/{deployment.project}/databases/(default)/documents"
        assert str(create) == f"POST /v1/{documents}:commit -> 200"
        assert (
            str(queue)
            == f"POST /v2/projects/{deployment.project}/locations/{LOCATION}/queues/{FETCH.function}/tasks -> 200"
        )
        sent = json.loads(create.body)
        assert sent.keys() == {"writes"}
        (write,) = sent["writes"]
        assert write["currentDocument"] == {"exists": False}
        assert write["update"]["name"].startswith(f"{documents}/{PR_EVENTS}/")

    @pytest.mark.parametrize(
        ("event", "payload"), [("pull_request", merge()), ("installation", installed()), ("repository", renamed())]
    )
    def test_is_stored_as_the_processor_reads_it(
        self, event: str, payload: dict[str, Any], deployment: Deployment
    ) -> None:
        body = json.dumps(payload).encode()
        before = datetime.now(UTC)
        assert deployment.deliver(body, event=event).get_json() == {"outcome": "accepted"}
        (stored_id,) = deployment.documents(PR_EVENTS)
        stored = deployment.services().store.pr_events.get(stored_id)
        assert stored is not None
        assert before <= stored.value.received_at <= datetime.now(UTC)
        assert stored.value == read_delivery(event, payload, body=body, delivery_id=GUID, at=stored.value.received_at)
        assert stored.value.due_at == stored.value.received_at + GRACE

    def test_has_one_task_that_carries_the_id_alone(self, deployment: Deployment, wire: Wire) -> None:
        deployment.deliver(merge())
        (stored_id,) = deployment.documents(PR_EVENTS)
        task = queued(wire)
        assert json.loads(base64.b64decode(task["httpRequest"]["body"])) == {"prEventId": stored_id}
        assert task["httpRequest"]["httpMethod"] == "POST"
        assert task["httpRequest"]["headers"] == {"Content-Type": "application/json"}
        assert task["httpRequest"]["url"] == f"{deployment.gateway.url}{FETCH.path}"
        assert task["dispatchDeadline"] == f"{FETCH.dispatch_deadline}s"
        assert task["name"].rpartition("/")[2] == derived_id("task", stored_id, "fetch", 0)

    def test_has_a_small_task_however_large_it_is(self, deployment: Deployment, wire: Wire) -> None:
        large = changed(merge(), "pull_request.body", "x" * 20_000_000)
        assert deployment.deliver(large).get_json() == {"outcome": "accepted"}
        (queue,), (create,) = wire.queue.calls, wire.firestore.calls
        assert len(queue.body) < 1000
        assert len(create.body) < 4000

    def test_is_known_by_ids_whatever_it_is_called(self, deployment: Deployment) -> None:
        deployment.deliver(merge())
        answer = deployment.deliver(changed(merge(), "repository.full_name", "squatter/parcel-tracker"))
        assert answer.get_json() == {"outcome": "duplicate"}
        again = changed(changed(merge(), "repository.id", 999), "repository.full_name", "sample-org/parcel-tracker")
        assert deployment.deliver(again).get_json() == {"outcome": "accepted"}
        assert len(deployment.documents(PR_EVENTS)) == 2

    def test_may_come_from_an_installation_that_nobody_connected(self, deployment: Deployment) -> None:
        """Whether anybody connected it is the processor's question: intake costs no read."""
        assert deployment.deliver(changed(merge(), "installation.id", 424242)).status_code == 200


class TestAudience:
    """What a task's token is for, and what its function takes, come from one setting."""

    URL = "http://{function}-1.sample.invalid"

    def test_is_the_address_that_the_function_checks(self, deployment: Deployment, wire: Wire) -> None:
        deployment.function("webhooks", TASKS_URL=self.URL, **wire.variables)
        deployment.deliver(merge())
        sent = queued(wire)["httpRequest"]
        assert sent["oidcToken"] == {
            "serviceAccountEmail": TASK_ACCOUNT,
            "audience": f"http://{FETCH.function}-1.sample.invalid",
        }
        assert sent["url"] == f"{sent['oidcToken']['audience']}{FETCH.path}"
        deployment.function("pr_event_processor", TASKS_URL=self.URL)
        processor = deployment.function("pr_event_processor")
        body = {"prEventId": "absent"}
        right = deployment.task_bearer(aud=sent["oidcToken"]["audience"])
        assert processor.post(FETCH.path, json=body, headers=right).status_code == 200
        for wrong in (sent["url"], f"{sent['oidcToken']['audience']}/", "http://asset-generator-1.sample.invalid"):
            headers = deployment.task_bearer(aud=wrong)
            assert processor.post(FETCH.path, json=body, headers=headers).status_code == 401

    @pytest.mark.parametrize("stage", STAGES)
    def test_belongs_to_the_function_of_every_stage(self, stage: str, deployment: Deployment, wire: Wire) -> None:
        services = Services({**deployment.variables, **wire.variables, "TASKS_URL": self.URL})
        with suppress(RetryLaterError):  # the stand-in takes no address but its own
            services.tasks.enqueue(stage, "an-id", epoch=3)
        task, where = queued(wire), STAGES[stage]
        audience = services.task_settings.address(where.function)
        assert task["httpRequest"]["oidcToken"]["audience"] == audience
        assert task["httpRequest"]["url"] == f"{audience}{where.path}"
        assert task["dispatchDeadline"] == f"{where.dispatch_deadline}s"
        assert f"/queues/{where.function}/tasks/" in task["name"]
        assert json.loads(base64.b64decode(task["httpRequest"]["body"])) == {where.id_name: "an-id"}


class TestOrder:
    """GitHub promises none."""

    @pytest.mark.parametrize("seed", range(8))
    def test_of_deliveries_makes_no_difference(self, seed: int, deployment: Deployment) -> None:
        actions = ["opened", "synchronize", "edited", "closed", "labeled", "closed"]
        random.Random(seed).shuffle(actions)
        outcomes = [deployment.deliver(changed(merge(), "action", each)).get_json()["outcome"] for each in actions]
        assert sorted(outcomes) == ["accepted", "duplicate", *["ignored"] * 4]
        (stored,) = deployment.documents(PR_EVENTS).values()
        assert (stored["state"], stored["stage"], stored["epoch"]) == ("received", "fetch", 0)
        assert stored["mergeCommitSha"] == merge()["pull_request"]["merge_commit_sha"]

    def test_of_the_due_time_is_a_minute_after_the_delivery(self, deployment: Deployment) -> None:
        deployment.deliver(merge())
        (stored,) = deployment.documents(PR_EVENTS).values()
        assert stored["dueAt"] - stored["receivedAt"] == timedelta(seconds=60)
