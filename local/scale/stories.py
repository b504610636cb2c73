"""What is counted: each story is told to a running deployment, and what every function spent on it is written down."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from google.cloud.firestore import FieldFilter

from local.github import Sample
from local.governance import Chosen, choose, decision_on, run_of
from local.provisioning import PROJECT, leave_for
from local.scale.counts import Story
from local.scale.deployment import Amounts, Deployment
from local.story import APPROVER, StoryError
from local.token import mint

_TIMEOUT, _PATIENCE, _PAUSE = 60.0, 150.0, 0.05
_OVER = ("completed", "failed")
_MOST_CARDS = 20
_FOUNDER = "a-founder"
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Teller:
    """Tells stories to a deployment, as whoever they are about."""

    deployment: Deployment

    def told(self, name: str, turns: int, act: Callable[[], object]) -> Story:
        """What one of so many turns took, from queues at rest to queues at rest."""
        self.deployment.await_queues(_PATIENCE)
        before = self.deployment.read()
        act()
        self.deployment.await_queues(_PATIENCE)
        return Story(name, turns, _spent(before, self.deployment.read(), turns))

    def connect(self, people: Sequence[str], pulls: Sequence[Sample]) -> None:
        """Let people without a GitHub identity connect the repositories: each merge gives each of them a card."""
        for full_name in sorted({pull.repository["full_name"] for pull in pulls}):
            owner, name = full_name.split("/")
            for person in people:
                self.post("/api/repositories", {"owner": owner, "name": name}, person, expected=201)

    def merge(self, pulls: Sequence[Sample], cards: int) -> None:
        """Deliver merges one after the other; each has to end well, whatever else is in the inboxes."""
        for pull in pulls:
            self.deployment.walk.deliver([pull])
            self._await_event(pull)
        last = FieldFilter("prNumber", "==", pulls[-1].pull.number)
        if len(list(self.deployment.client.collection("asset-cards").where(filter=last).stream())) != cards:
            raise StoryError(f"{pulls[-1].path} did not give {cards} cards")

    def ignore(self, pull: Sample, turns: int) -> None:
        """Deliver so many times what GitHub tells of an open pull request: nothing is stored."""
        opened = {**pull.webhook, "action": "synchronize"}
        for number in range(turns):
            guid = f"00000000-0000-4000-9000-{number:012}"
            outcome = self.deployment.walk.send(opened, guid)
            if outcome != "ignored":
                raise StoryError(f"a delivery of no merge was {outcome}")

    def review(self, chosen: Chosen, turns: int) -> None:
        """An intent, its approval, the run, and its result looked at once."""
        person = f"gh-{chosen.github_id}"
        for _ in range(turns):
            intent = self.post("/api/intents", chosen.said, person, chosen.github_id, expected=201)
            approval = self.post(
                "/api/approvals", decision_on(intent["intentId"]), APPROVER, claims=("approver",), expected=201
            )
            asked = {**run_of(chosen, intent), "approvalId": approval["approvalId"]}
            run = self.post("/api/agent-runs", asked, person, chosen.github_id, expected=201)
            self._await_end("agent-runs", runId=run["runId"])
            if self.get(f"/api/agent-runs/{run['runId']}", person)["status"] != "completed":
                raise StoryError("a run has failed")

    def provision(self, turns: int) -> None:
        """A project's intent, its approval, the job, and the repository that comes of it looked at once."""
        for _ in range(turns):
            intent = self.post("/api/intents", PROJECT, _FOUNDER, expected=201)["intentId"]
            approval = self.post("/api/approvals", leave_for(intent), APPROVER, claims=("approver",), expected=201)
            name = f"parcel-alerts-{intent[-12:].lower()}"
            asked = {"intentId": intent, "approvalId": approval["approvalId"], "repositoryName": name}
            job = self.post("/api/provisioning", asked, _FOUNDER, expected=202)["jobId"]
            self._await_end("provisioning-jobs", jobId=job)
            if self.get(f"/api/provisioning/jobs/{job}", _FOUNDER)["status"] != "completed":
                raise StoryError("a repository was not made")

    def audit(self, what: str, turns: int, *, since: datetime) -> None:
        """An auditor's report, or ledger, of what has changed since then, so many times."""
        begin, end = (f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}" for moment in (since, since + _HOUR))
        for _ in range(turns):
            found = self.get(f"/api/audit/{what}?from={begin}&to={end}", "an-auditor", ("auditor",))
            if not found["complete"]:
                raise StoryError(f"the {what} broke off")

    def rates(self, turns: int) -> None:
        """An auditor's KPIs, so many times."""
        for _ in range(turns):
            self.get("/api/kpi/summary", "an-auditor", ("auditor",))

    def fold(self) -> None:
        """Call the reconciler until the figures of every day are folded: a task of a day has a name for each minute."""
        until = time.monotonic() + _PATIENCE
        while next(self.deployment.client.collection("audit-marks").limit(1).stream(), None):
            if time.monotonic() > until:
                raise StoryError("a day is not folded")
            self.reconcile(1)
            self.deployment.await_queues(_PATIENCE)

    def approve(self, person: str) -> list[str]:
        """Approve twenty cards of somebody's inbox, after one look at it; returns their ids."""
        inbox = self.get(f"/api/assets/inbox?limit={_MOST_CARDS}", person)["assets"]
        cards = [card["assetCardId"] for card in inbox]
        for card in cards:
            self.post(f"/api/assets/{card}/approve", None, person)
        return cards

    def export(self, person: str, cards: Sequence[str], turns: int) -> None:
        """A résumé of these cards, so many times."""
        for _ in range(turns):
            self.post("/api/export", {"format": "resume", "assetIds": list(cards)}, person)

    def reconcile(self, turns: int) -> None:
        """So many minutes in which nothing is due."""
        for _ in range(turns):
            bearer = {"Authorization": f"Bearer {self.deployment.scheduler_token}"}
            url = f"{self.deployment.api}/api/tasks/reconcile"
            _json(requests.post(url, json={}, headers=bearer, timeout=_TIMEOUT), requests.codes.ok)

    def get(self, path: str, person: str, claims: Sequence[str] = ()) -> dict[str, Any]:
        """A page or a thing, as somebody sees it."""
        bearer = self._bearer(person, None, claims)
        return _json(requests.get(self.deployment.api + path, headers=bearer, timeout=_TIMEOUT), requests.codes.ok)

    def post(
        self,
        path: str,
        body: Mapping[str, Any] | None,
        person: str,
        github_id: int | None = None,
        *,
        claims: Sequence[str] = (),
        expected: int = requests.codes.ok,
    ) -> dict[str, Any]:
        """What somebody does."""
        bearer = self._bearer(person, github_id, claims)
        return _json(requests.post(self.deployment.api + path, json=body, headers=bearer, timeout=_TIMEOUT), expected)

    def _bearer(self, person: str, github_id: int | None, claims: Sequence[str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {mint(person, github_id, claims, state=self.deployment.state)}"}

    def _await_event(self, pull: Sample) -> None:
        for passage in self.deployment.walk.events([pull]):
            if passage.state != "done":
                raise StoryError(f"{pull.path} ended {passage.state}: {passage.last_error}")

    def _await_end(self, collection: str, **named: str) -> None:
        until = time.monotonic() + _PATIENCE
        ((field, value),) = named.items()
        found = self.deployment.client.collection(collection).where(filter=FieldFilter(field, "==", value))
        while not any(each.get("state") in _OVER for each in found.stream()):
            if time.monotonic() > until:
                raise StoryError(f"one of {collection} has no end")
            time.sleep(_PAUSE)


def harmful(samples: Sequence[Sample]) -> Chosen:
    """The review of a sample that needs an approval."""
    chosen = choose(samples, "High")
    if chosen is None:
        raise StoryError("no sample needs an approval")
    return chosen


def _spent(before: Amounts, after: Amounts, turns: int) -> dict[str, dict[str, float]]:
    """What each function that was asked for anything spent on one turn."""
    spent = {
        function: {name: (amount - before[function].get(name, 0.0)) / turns for name, amount in amounts.items()}
        for function, amounts in after.items()
    }
    return {
        function: {name: round(amount, 6) for name, amount in amounts.items() if amount}
        for function, amounts in spent.items()
        if amounts.get("requests")
    }


def _json(answer: requests.Response, expected: int) -> dict[str, Any]:
    if answer.status_code != expected:
        raise StoryError(f"{answer.request.path_url} was answered {answer.status_code}: {answer.text[:300]}")
    found: dict[str, Any] = answer.json()
    return found
