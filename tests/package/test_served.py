"""Does every archive work where nothing else is: its own files, its own requirements, a process of its own?"""

import base64
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from local.cloud import QUEUES
from local.functions import ROOT, names, prefixes
from local.package.archive import contents, packed
from shared.domain.step import STAGES, Stage
from tests.api import ASKED, people
from tests.cards import NOON, a_card, put
from tests.deliveries import PATH, merge, signed_headers
from tests.deployment import Deployment
from tests.governance import Office
from tests.governed import an_intent, put_event, put_exception, put_intent, put_job, put_run
from tests.package.environments import installed
from tests.served import Running, started

OWNER, OWNERS_GITHUB_ID = "packed-owner", 1000000101
ROLES = {"approver": True, "auditor": True}
SECONDS = 30
_TASKS = "/api/tasks/"
TASK_FUNCTIONS = sorted({name for prefix, name in prefixes().items() if prefix.startswith(_TASKS)})
PUBLIC = sorted(set(names()) - {*TASK_FUNCTIONS, "webhooks"})
STEPS = {"prEventId": "pr-events", "agentRunId": "agent-runs", "jobId": "provisioning-jobs"}
"""Where the documents are that a task's body names."""


@contextmanager
def unpacked(name: str, deployment: Deployment, folder: Path) -> Iterator[Running]:
    """The archive of `functions/<name>` in an empty folder, started as the buildpack starts it."""
    files = contents(ROOT, name)
    archive, source = folder / "function.zip", folder / "source"
    archive.write_bytes(packed(files))
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(source)
    commands = installed(files["requirements.txt"])
    starting = [str(commands / "functions-framework"), "--target", "main", "--source", "main.py"]
    told = {**deployment.variables, "PATH": f"{commands}:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    with started(starting, told, folder=source) as running:
        yield running


@pytest.fixture(scope="module")
def filled(standing: Deployment) -> tuple[Deployment, set[str]]:
    """A deployment whose queues are held, with one of everything of one person; and the ids of it all."""
    office = Office(standing)
    office.hold(*QUEUES)
    owner = office.person(OWNER, *ROLES, github_id=OWNERS_GITHUB_ID)
    connecting = {"owner": "sample-org", "name": "parcel-tracker"}
    assert owner.post("repositories", "/api/repositories", connecting).status_code in (200, 201)
    intent_id = put_intent(standing, an_intent(OWNER))
    attaching = {"linkedType": "intent", "linkedId": intent_id, "kind": "ticket", "hash": "0" * 64}
    assert owner.post("evidences", "/api/evidences", attaching).status_code == 201
    ids = {intent_id, put(standing, a_card(OWNER)), put_run(standing, OWNER), put_exception(standing, OWNER)}
    ids |= {put_event(standing, OWNER), *standing.documents("repositories"), "run-1"}
    return standing, ids


def answers(name: str, deployment: Deployment, running: Running, linked: str) -> list[str]:
    """What the function answers to every question that names nothing, each of them a 200."""
    bearer = deployment.bearer(OWNER, OWNERS_GITHUB_ID, ROLES)
    asked = {**ASKED, "linkedType": "intent", "linkedId": linked}
    found = []
    for operation in people():
        if operation.function == name and operation.verb == "GET" and not operation.ids:
            query = {each: asked[each] for each in operation.required}
            answer = requests.get(running.url + operation.path, params=query, headers=bearer, timeout=SECONDS)
            assert answer.status_code == 200, answer.text
            found.append(answer.text)
    return found


def first_stage(name: str) -> Stage | None:
    """A stage whose tasks this function takes; none where it is called by the clock alone."""
    paths = {prefix for prefix, function in prefixes().items() if function == name}
    return next((stage for stage in STAGES.values() if stage.path in paths and stage.id_name in STEPS), None)


@pytest.mark.timeout(600)  # the first of them waits for the environment
class TestUnpackedArchive:
    """Started by functions-framework from an empty folder, in an environment of its own requirements alone."""

    @pytest.mark.parametrize("name", PUBLIC)
    def test_answers_a_person_out_of_firestore(
        self, name: str, filled: tuple[Deployment, set[str]], tmp_path: Path
    ) -> None:
        deployment, ids = filled
        linked = next(iter(deployment.documents("evidences").values()))["linkedId"]
        with unpacked(name, deployment, tmp_path) as running:
            said = answers(name, deployment, running, linked)
        assert any(each in text for text in said for each in ids), f"{name} tells of no document"

    def test_of_the_webhook_stores_a_signed_delivery(self, filled: tuple[Deployment, set[str]], tmp_path: Path) -> None:
        deployment, _ = filled
        body, before = json.dumps(merge()).encode(), deployment.documents("pr-events")
        with unpacked("webhooks", deployment, tmp_path) as running:
            sent = {each: str(value) for each, value in signed_headers(body).items()}
            answer = requests.post(running.url + PATH, data=body, headers=sent, timeout=SECONDS)
        assert answer.status_code == 200, answer.text
        (event_id,) = deployment.documents("pr-events").keys() - before.keys()
        assert {"prEventId": event_id} in [_body(deployment, task["name"]) for task in deployment.tasks.tasks()]

    @pytest.mark.parametrize("name", TASK_FUNCTIONS)
    def test_does_a_task_on_a_document_that_is_there(
        self, name: str, filled: tuple[Deployment, set[str]], tmp_path: Path
    ) -> None:
        deployment, _ = filled
        stage = first_stage(name)
        collection = STEPS[stage.id_name] if stage else "agent-runs"
        number = 100 + TASK_FUNCTIONS.index(name)
        put_step = {"pr-events": put_exception, "agent-runs": put_run, "provisioning-jobs": put_job}[collection]
        before = deployment.documents(collection)
        put_step(deployment, OWNER, number)
        (step_id,) = deployment.documents(collection).keys() - before.keys()
        document = deployment.firestore.document(collection, step_id)
        waiting = {"pr-events": "received"}.get(collection, "queued")
        document.update({"stage": stage.name if stage else "review", "state": waiting, "dueAt": NOON})
        path = stage.path if stage else f"{_TASKS}reconcile"
        with unpacked(name, deployment, tmp_path) as running:
            body = {stage.id_name: step_id} if stage else None
            bearer = deployment.task_bearer()
            answer = requests.post(running.url + path, json=body, headers=bearer, timeout=SECONDS)
        assert answer.status_code in (200, 503), answer.text
        found = document.get().to_dict() or {}
        moved = "fence" if stage else "epoch"
        assert found[moved] == 1, (answer.text, found)


def _body(deployment: Deployment, task: str) -> object:
    """What a queued task will say to its function."""
    url = f"{deployment.tasks.url}/v2/{task}"
    found = requests.get(url, params={"responseView": "FULL"}, timeout=SECONDS).json()
    return json.loads(base64.b64decode(found["httpRequest"]["body"]))
