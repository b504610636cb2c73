"""The webhook under fault: a merge that is new, and one that is delivered again while its task is lost."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from local.github import events
from shared.store.store import PR_EVENTS
from tests.chains import chain
from tests.crash.nursery import Outcome, Request
from tests.crash.scenario import Scenario
from tests.crash.stage import Stage
from tests.deliveries import PATH, signed_headers
from tests.steps import ADA, REN, TRACKER

PEOPLE = {"ada": ADA, "ren": REN}
HELPED = "Count the parcels\n\nCo-authored-by: Ren <1000000102+sample-dev-ren@users.noreply.github.com>"


def merged(stage: Stage) -> int:
    """A merged pull request by both, who have connected its repository; returns its number."""
    stage.connect(PEOPLE, TRACKER)
    number = stage.number()
    title, commits = f"Count parcels {number}", [(HELPED, "sample-dev-ada")]
    stage.github.add_pull(TRACKER, number=number, title=title, author="sample-dev-ada", commits=commits)
    return number


def check_cards(stage: Stage, *numbers: int, owners: frozenset[str] = frozenset(PEOPLE)) -> None:
    """Each of these pull requests is one event that is done, and one card for each owner, its chain whole."""
    found = list(stage.deployment.documents(PR_EVENTS).values())
    merges = [each for each in found if each["prNumber"] is not None]
    assert sorted(each["prNumber"] for each in merges) == sorted(numbers)
    assert {each["state"] for each in found} == {"done"}
    cards = stage.deployment.documents("asset-cards")
    whose = sorted((card["prNumber"], card["ownerId"]) for card in cards.values())
    assert whose == sorted((number, owner) for number in numbers for owner in owners)
    for card_id, card in cards.items():
        said = chain(stage.deployment, "asset-cards", card_id)
        assert [each["action"] for each in said] == ["create"]
        assert len(stage.deployment.documents("asset-cards", card_id, "revisions")) == card["revision"] == 1


class Merge(Scenario):
    """A merge is delivered for the first time."""

    function = "webhooks"
    peers = frozenset({"firestore", "tasks"})

    def prepare(self) -> Request:
        """Merge; the delivery has not been made yet."""
        self._merged = merged(self.stage)
        self._payload = payload(self.stage, self._merged)
        return self.delivery()

    def delivery(self) -> Request:
        """GitHub's request."""
        body = json.dumps(self._payload)
        self._guid = str(uuid4())
        return Request(self.function, PATH, signed_headers(body.encode()), body)

    def ended(self, outcome: Outcome) -> None:
        """GitHub lists as failed what was not answered, and what was refused; it repeats nothing by itself."""
        if not outcome.is_ok:
            assert outcome.status in (None, 503), outcome
            self.stage.github.hooks.lose("pull_request", self._payload, guid=self._guid)

    def check(self) -> None:
        """One event, one card for each author."""
        check_cards(self.stage, self._merged)


class RepeatedMerge(Merge):
    """A merge is delivered again; it was stored, its task was lost, and it is overdue."""

    def prepare(self) -> Request:
        """Deliver once, lose the task."""
        request = super().prepare()
        assert self.stage.post(request).status_code == 200
        (task,) = self.stage.queued()
        self.stage.forget(task)
        self.stage.let_time_pass()
        return request


def payload(stage: Stage, number: int) -> Mapping[str, Any]:
    """What GitHub delivers about the merge."""
    world = stage.github.world
    repository, installation = world.repository(TRACKER), world.installation_of("sample-org")
    assert repository
    assert installation
    pull = world.pulls[repository.id, number]
    return events.pull_request(pull, repository, installation, sender=pull.document["user"])
