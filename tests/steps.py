"""The chain with its queues held: a test moves each step by hand, in whatever order and as often as it likes."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import requests
from werkzeug.test import Client, TestResponse

from local.cloud import LOCATION
from local.github import GitHub
from tests.deployment import Deployment

TRACKER, TRACKER_ID = "sample-org/parcel-tracker", 2000000001
MAP, MAP_ID = "sample-org/parcel-map", 2000000002
SAMPLE_INSTALLATION = 3000000001
ADA, REN = 1000000101, 1000000102
"""Who wrote the samples: Ada pull request 41 of the tracker, both of them 58 of the map."""
PROCESSOR, GENERATOR = "pr-event-processor", "asset-generator"


class Steps:
    """The steps of a deployment; GitHub's deliveries reach its webhook, and what is queued stays queued."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.github: GitHub = deployment.github
        self._queues = f"projects/{deployment.project}/locations/{LOCATION}/queues"
        for name in (PROCESSOR, GENERATOR):
            self._post(self._queues, {"name": f"{self._queues}/{name}"})
            self._post(f"{self._queues}/{name}:pause")
        deployment.function("webhooks")
        self.github.hooks.url = f"{deployment.gateway.url}/api/webhooks/github"

    def connect(self, uid: str, full_name: str, github_id: int | None = None) -> str:
        """Connect a repository as this person does; returns the connection's id."""
        owner, name = full_name.split("/")
        bearer = self.deployment.bearer(uid, github_id)
        client = Client(self.deployment.function("repositories").application)
        answer = client.post("/api/repositories", json={"owner": owner, "name": name}, headers=bearer)
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["repositoryId"])

    def connection(self, repository_id: str) -> dict[str, Any]:
        """A connection as it is stored."""
        return self.deployment.documents("repositories")[repository_id]

    def disconnect(self, uid: str, repository_id: str) -> None:
        """Take a connection away."""
        client = Client(self.deployment.function("repositories").application)
        answer = client.delete(f"/api/repositories/{repository_id}", headers=self.deployment.bearer(uid))
        assert answer.status_code == 200, answer.text

    def merge(self, full_name: str, number: int) -> str:
        """Let GitHub deliver that a pull request was merged; returns the event's id."""
        return self.told(lambda: self.github.deliver_pull(full_name, number))

    def told(self, change: Callable[[], object]) -> str:
        """Let something happen at GitHub, of which it tells us; returns the event's id."""
        before = self.events()
        change()
        last = self.github.hooks.deliveries()[0]
        assert last.status_code == 200, last.response_body
        (event_id,) = self.events().keys() - before.keys()
        return event_id

    def fetch(self, event_id: str) -> TestResponse:
        """Call the PR event processor as its queue does."""
        return self._call(PROCESSOR, event_id)

    def generate(self, event_id: str) -> TestResponse:
        """Call the asset generator as its queue does."""
        return self._call(GENERATOR, event_id)

    def run(self, event_id: str) -> dict[str, Any]:
        """Fetch and generate, each once; returns the event."""
        for call in (self.fetch, self.generate):
            answer = call(event_id)
            assert answer.status_code == 200, answer.text
        return self.event(event_id)

    def event(self, event_id: str) -> dict[str, Any]:
        """An event as it is stored."""
        return self.events()[event_id]

    def events(self) -> dict[str, dict[str, Any]]:
        """All events."""
        return self.deployment.documents("pr-events")

    def cards(self) -> dict[str, dict[str, Any]]:
        """All cards, by the person who owns them: no test gives anybody two."""
        found = self.deployment.documents("asset-cards").values()
        assert len({card["ownerId"] for card in found}) == len(found)
        return {card["ownerId"]: card for card in found}

    def change(self, event_id: str, **fields: Any) -> None:  # noqa: ANN401 -- any fields of a document
        """Change an event's document behind everybody's back."""
        self.deployment.firestore.document("pr-events", event_id).update(fields)

    def queued(self) -> list[tuple[str, dict[str, Any]]]:
        """What is queued: the function and the body of each task."""
        return [(task["name"].split("/")[5], self._body(task["name"])) for task in self.deployment.tasks.tasks()]

    def _call(self, function: str, event_id: str) -> TestResponse:
        client = Client(self.deployment.function(function.replace("-", "_")).application)
        body = {"prEventId": event_id}
        return client.post(f"/api/tasks/{function}", json=body, headers=self.deployment.task_bearer())

    def _body(self, name: str) -> dict[str, Any]:
        answer = requests.get(f"{self.deployment.tasks.url}/v2/{name}?responseView=FULL", timeout=5)
        found: dict[str, Any] = json.loads(base64.b64decode(answer.json()["httpRequest"]["body"]))
        return found

    def _post(self, path: str, body: Mapping[str, Any] | None = None) -> None:
        answer = requests.post(f"{self.deployment.tasks.url}/v2/{path}", json=body or {}, timeout=5)
        assert answer.ok, answer.text
