"""People who state intents, decide about them and start runs, through the API as they would."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from werkzeug.test import Client, TestResponse

from local.cloud import LOCATION
from local.github import GitHub
from tests.deployment import Deployment

REPOSITORY, PULL = "sample-org/parcel-map", 58
RISKY_REPOSITORY, RISKY_PULL = "sample-org/parcel-tracker", 52
"""Two of the samples: a change of Low risk, and one of workflows and infrastructure."""
HARMLESS = {
    "goal": "Correct two spelling mistakes in the user guide",
    "constraints": {"language": "English"},
    "success": "The guide reads well",
    "prMeta": {"paths": ["docs/guide.md"], "additions": 2, "deletions": 2, "changedFiles": 1},
}
RISKY = {
    "goal": "Review the change of the login and the payment of invoices",
    "constraints": ["no access to production"],
    "success": "Every finding names its line",
    "prMeta": {"paths": ["src/auth/login.py", "src/payments/charge.py"], "changedFiles": 2},
}
PROJECT = {
    "kind": "project",
    "goal": "A small service that tells customers when their parcel arrives",
    "constraints": {"language": "Python"},
    "success": "Customers are told within a minute",
}


class Office:
    """A deployment whose queues are held: nothing runs until a test lets it."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.github: GitHub = deployment.github

    def person(self, uid: str, *roles: str, github_id: int | None = None) -> "Person":
        """Somebody with these roles."""
        return Person(self, uid, roles, github_id)

    def hold(self, *queues: str) -> None:
        """Keep what is queued in these queues."""
        parent = f"projects/{self.deployment.project}/locations/{LOCATION}/queues"
        for name in queues or ("agent-runner",):
            for path, body in ((parent, {"name": f"{parent}/{name}"}), (f"{parent}/{name}:pause", {})):
                url = f"{self.deployment.tasks.url}/v2/{path}"
                assert requests.post(url, json=body, timeout=5).ok

    def run_queued(self, agent_run_id: str) -> TestResponse:
        """Call the agent runner as its queue does."""
        client = Client(self.deployment.function("agent_runner").application)
        body = {"agentRunId": agent_run_id}
        return client.post("/api/tasks/agent-runner", json=body, headers=self.deployment.task_bearer())


class Person:
    """A signed-in person; every method is one call of the API."""

    def __init__(self, office: Office, uid: str, roles: tuple[str, ...], github_id: int | None) -> None:
        self.uid = uid
        self._office = office
        self._bearer = office.deployment.bearer(uid, github_id, dict.fromkeys(roles, True))

    def state(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """State an intent; returns what is answered."""
        return self._created("intents", "/api/intents", said)

    def decide(self, intent_id: str, status: str = "approved", *, days: float = 30, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """Decide about an intent."""
        return self._created("approvals", "/api/approvals", decision(intent_id, status, days=days, **more))

    def start(self, intent_id: str, **more: Any) -> TestResponse:  # noqa: ANN401 -- fields of a run
        """Start a run."""
        return self.post("agent_runs", "/api/agent-runs", {**a_run(self._office.github), "intentId": intent_id, **more})

    def get(self, function: str, path: str, **query: str) -> TestResponse:
        """A GET as this person."""
        return self._client(function).get(path, query_string=query, headers=self._bearer)

    def post(
        self,
        function: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """A POST as this person."""
        return self._client(function).post(path, json=body or {}, headers={**self._bearer, **(headers or {})})

    def _created(self, function: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.post(function, path, body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.get_json()
        return found

    def _client(self, function: str) -> Client:
        return Client(self._office.deployment.function(function).application)


def decision(intent_id: str, status: str = "approved", *, days: float = 30, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """The body of a decision."""
    valid_to = datetime.now(UTC) + timedelta(days=days)
    return {"intentId": intent_id, "status": status, "templateAnswers": {}, "validTo": moment(valid_to), **more}


def moment(at: datetime) -> str:
    """A time as JSON carries it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def a_run(github: GitHub, full_name: str = REPOSITORY, number: int = PULL) -> dict[str, Any]:
    """The body of a run on a pull request as it is now, without an intent."""
    repository = github.world.repository(full_name)
    assert repository
    pull = github.world.pulls[repository.id, number]
    return {
        "repoFullName": full_name,
        "prNumber": number,
        "prUrl": f"https://github.com/{full_name}/pull/{number}",
        "baseSHA": pull.document["base"]["sha"],
        "headSHA": pull.document["head"]["sha"],
        "diffHash": hashlib.sha256(pull.diff).hexdigest(),
        "agentName": "worklog-reviewer",
        "agentVersion": "1.0",
        "model": "offline",
    }
