"""The sample pull requests on their way through the real chain: people connect, GitHub delivers, cards appear."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from local.github import Sample
from local.github.signing import headers, signatures
from local.identity.tokens import PROJECT
from local.token import mint
from shared.domain.credit import may_credit
from shared.domain.pr_event import PrEvent, pr_event_id
from shared.domain.pull_request import Account
from shared.services import Services

_PATIENCE = 120.0
_PAUSE = 0.05
_TIMEOUT = 30.0
_HOOK_ID = 1
_ACCEPTED = ("accepted", "duplicate")


class WalkError(RuntimeError):
    """A sample did not get through; the message says which and where."""


@dataclass(frozen=True)
class Passage:
    """What became of a sample: the state its event ended in, why, its cards, and seconds from delivery to the end."""

    sample: Sample
    state: str
    reason: str
    cards: tuple[dict[str, Any], ...]
    seconds: float


class Walk:
    """Takes samples to the API at `api` and watches their events through `services`."""

    def __init__(
        self, *, api: str, secret: bytes, app_id: int, state: Path, services: Services, project: str = PROJECT
    ) -> None:
        self._api = api
        self._secret = secret
        self._app_id = app_id
        self._state = state
        self._services = services
        self._project = project
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy leads to loopback

    def connect(self, samples: Sequence[Sample]) -> int:
        """Let every human author connect the repository through the API; returns how many connections there are."""
        wanted = {(person.id, sample.repository["full_name"]) for sample in samples for person in authors(sample)}
        for github_id, full_name in sorted(wanted):
            owner, name = full_name.split("/")
            answer = self._session.post(
                f"{self._api}/api/repositories",
                json={"owner": owner, "name": name},
                headers=self._bearer(github_id),
                timeout=_TIMEOUT,
            )
            if answer.status_code != requests.codes.created:
                raise WalkError(f"connecting {full_name} was answered {answer.status_code}: {answer.text}")
        return len(wanted)

    def deliver(self, samples: Sequence[Sample]) -> None:
        """Deliver each sample's webhook, signed, as GitHub would."""
        for number, sample in enumerate(samples):
            outcome = self.send(sample.webhook, f"00000000-0000-4000-8000-{number:012}")
            if outcome not in _ACCEPTED:
                raise WalkError(f"delivering {sample.name} was answered {outcome}")

    def send(self, told: Mapping[str, Any], guid: str) -> str:
        """One `pull_request` delivery, signed; the outcome that it is answered with, else status and text."""
        body = json.dumps(told, ensure_ascii=False).encode()
        named = headers("pull_request", guid, _HOOK_ID, self._app_id)
        answer = self._session.post(
            f"{self._api}/api/webhooks/github",
            data=body,
            headers={**named, **signatures(body, self._secret)},
            timeout=_TIMEOUT,
        )
        if answer.status_code != requests.codes.ok:
            return f"{answer.status_code}: {answer.text}"
        return str(answer.json()["outcome"])

    def follow(self, samples: Sequence[Sample], progress: Callable[[str], None]) -> Iterator[Passage]:
        """Each sample's passage as its event ends; raises `WalkError` when none does for two minutes."""
        by_event = {event_id(sample): sample for sample in samples}
        for count, event in enumerate(self.events(samples), 1):
            progress(f"{count} of {len(samples)}")
            yield self._passage(by_event[event.pr_event_id], event)

    def events(self, samples: Sequence[Sample]) -> Iterator[PrEvent]:
        """The samples' events as they end; raises `WalkError` when none does for two minutes."""
        until = time.monotonic() + _PATIENCE
        waiting = {event_id(sample): sample for sample in samples}
        while waiting:
            for key in list(waiting):
                stored = self._services.store.pr_events.get(key)
                if stored is not None and stored.value.is_over:
                    del waiting[key]
                    yield stored.value
                    until = time.monotonic() + _PATIENCE
            if waiting and time.monotonic() > until:
                names = ", ".join(sample.name for sample in waiting.values())
                raise WalkError(f"no event has ended for {_PATIENCE:.0f} s; these have not: {names}")
            time.sleep(_PAUSE)

    def cards(self, sample: Sample) -> Iterator[dict[str, Any]]:
        """The cards that the sample's human authors find in their inboxes and libraries."""
        full_name, number = sample.repository["full_name"], sample.pull.document["number"]
        for person in sorted({person.id for person in authors(sample)}):
            for shelf in ("inbox", "library"):
                answer = self._session.get(
                    f"{self._api}/api/assets/{shelf}",
                    params={"repoFullName": full_name, "limit": 200},
                    headers=self._bearer(person),
                    timeout=_TIMEOUT,
                )
                answer.raise_for_status()
                yield from (card for card in answer.json()["assets"] if card["prNumber"] == number)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _passage(self, sample: Sample, event: PrEvent) -> Passage:
        seconds = (event.updated_at - event.received_at).total_seconds()
        return Passage(sample, event.state, event.last_error or "", tuple(self.cards(sample)), seconds)

    def _bearer(self, github_id: int) -> dict[str, str]:
        token = mint(f"gh-{github_id}", github_id, project=self._project, state=self._state)
        return {"Authorization": f"Bearer {token}"}


def authors(sample: Sample) -> tuple[Account, ...]:
    """The people who opened the pull request or wrote its commits: each becomes a local user."""
    found = [sample.pull.document["user"], *(commit.get("author") for commit in sample.pull.commits)]
    known = filter(None, found)  # of a deleted account GitHub says nothing
    accounts = {each["id"]: Account(id=each["id"], login=each["login"], type=each["type"]) for each in known}
    return tuple(account for account in accounts.values() if may_credit(account))


def event_id(sample: Sample) -> str:
    """The id under which the webhook stores the sample's delivery."""
    return pr_event_id(
        sample.installation_id,
        sample.repository["id"],
        sample.pull.document["number"],
        sample.pull.document["merge_commit_sha"],
    )
