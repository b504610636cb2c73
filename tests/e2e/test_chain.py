"""The whole chain over HTTP: connect, signed delivery, fetch, write, ground, inbox, library."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from local.cloud import app_key, public_key
from local.firestore import FirestoreEmulator
from local.github import APP_ID, GitHub, Sample, read_samples
from local.identity import Identity
from local.secret_manager import SecretManager
from local.walk import Passage, Walk, authors
from shared.domain.credit import may_credit
from shared.domain.pull_request import Account
from tests.conftest import SAMPLES
from tests.deployment import WEBHOOK_SECRET, Deployment
from tests.trials import trials

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
COLLECTIONS = ("pr-events", "pr-snapshots", "repositories", "asset-cards")
SECONDS = 60.0


class Chain:
    """Samples that went through a deployment of their own, and what became of each."""

    def __init__(self, deployment: Deployment, state: Path, samples: list[Sample]) -> None:
        self.deployment = deployment
        self.samples = samples
        self.walk = Walk(
            api=deployment.gateway.url,
            secret=WEBHOOK_SECRET,
            app_id=APP_ID,
            state=state,
            services=deployment.services(),
            project=deployment.project,
        )
        deployment.load_all()
        self.walk.connect(samples)
        self.walk.deliver(samples)
        self.passages = list(self.walk.follow(samples, progress=lambda _: None))

    def everything(self) -> dict[str, Any]:
        """Every document there is, with the chains and revisions of the cards."""
        found = {name: self.deployment.documents(name) for name in COLLECTIONS}
        for card in found["asset-cards"]:
            for below in ("ledger", "revisions"):
                found[f"{card}/{below}"] = self.deployment.documents("asset-cards", card, below)
        return found


def _folders() -> list[tuple[str, Path | None]]:
    given = trials("the given pull requests through the chain")
    return [("own samples", SAMPLES), ("given pull requests", given / "prs" if given else None)]


@pytest.fixture(scope="module", params=_folders(), ids=lambda param: param[0])
def chain(
    request: pytest.FixtureRequest,
    emulator: FirestoreEmulator,
    state: Path,
    identity: Identity,
    secret_manager: SecretManager,
) -> Iterator[Chain | None]:
    """The samples of a folder, sent through the chain once; None where no data were given."""
    folder: Path | None = request.param[1]
    if folder is None:
        yield None
        return
    samples = read_samples(folder)
    key = public_key(app_key(state / "github-app.pem"))
    with GitHub(samples, public_key=key, webhook_secret=WEBHOOK_SECRET) as github:
        deployment = Deployment(state, identity, secret_manager, github)
        walked = Chain(deployment, state, samples)
        yield walked
        walked.walk.close()
        deployment.close()


def _cards(passages: list[Passage]) -> list[tuple[Sample, dict[str, Any]]]:
    return [(passage.sample, card) for passage in passages for card in passage.cards]


class TestChain:
    def test_gives_every_author_exactly_one_card_and_bots_none(self, chain: Chain | None) -> None:
        if chain is None:
            return
        for passage in chain.passages:
            user = passage.sample.pull.document["user"]
            is_bot = not may_credit(Account(id=user["id"], login=user["login"], type=user["type"]))
            expected = 0 if is_bot else len(authors(passage.sample))
            assert len(passage.cards) == expected, passage.sample.name
            assert passage.state == ("ignored" if is_bot else "done"), (passage.sample.name, passage.reason)
        assert sum(len(passage.cards) for passage in chain.passages) == len(chain.deployment.documents("asset-cards"))

    def test_quotes_verbatim_what_stands_in_the_pull_request(self, chain: Chain | None) -> None:
        if chain is None:
            return
        quotes = 0
        for sample, card in _cards(chain.passages):
            for claim in card["claims"]:
                assert claim["evidence"] or "ungrounded_claim" in card["flags"]
                for proof in claim["evidence"]:
                    assert proof["quote"] in _source(sample, proof), (sample.name, proof)
                    quotes += 1
        assert quotes >= len(chain.samples)

    def test_leaves_no_number_unflagged_that_the_pull_request_does_not_have(self, chain: Chain | None) -> None:
        if chain is None:
            return
        for sample, card in _cards(chain.passages):
            known = set(NUMBER.findall(_everything_said(sample)))
            words = " ".join([card["title"], card["description"], card["impact"], *map(_text, card["claims"])])
            invented = {number for number in NUMBER.findall(words) if number not in known}
            assert not invented or "ungrounded_number" in card["flags"], (sample.name, invented)

    def test_changes_nothing_when_everything_is_delivered_again(self, chain: Chain | None) -> None:
        if chain is None:
            return
        chain.deployment.tasks.wait_until_idle(SECONDS)
        before = chain.everything()
        chain.walk.deliver(chain.samples)
        chain.deployment.tasks.wait_until_idle(SECONDS)
        assert chain.everything() == before

    def test_moves_an_approved_card_from_the_inbox_to_the_library(self, chain: Chain | None) -> None:
        if chain is None:
            return
        sample, card = _cards(chain.passages)[0]
        owner = next(
            person.id for person in authors(sample) if card["assetCardId"] in _shelf(chain, person.id, "inbox")
        )
        bearer = chain.deployment.bearer(f"gh-{owner}", owner)
        url = f"{chain.deployment.gateway.url}/api/assets/{card['assetCardId']}/approve"
        approved = requests.post(url, headers=bearer, timeout=SECONDS)
        assert approved.status_code == requests.codes.ok
        assert approved.json()["status"] == "approved"
        assert card["assetCardId"] not in _shelf(chain, owner, "inbox")
        assert card["assetCardId"] in _shelf(chain, owner, "library")


def _shelf(chain: Chain, github_id: int, name: str) -> set[str]:
    bearer = chain.deployment.bearer(f"gh-{github_id}", github_id)
    answer = requests.get(f"{chain.deployment.gateway.url}/api/assets/{name}", headers=bearer, timeout=SECONDS)
    return {each["assetCardId"] for each in answer.json()["assets"]}


def _text(claim: dict[str, Any]) -> str:
    return str(claim["text"])


def _source(sample: Sample, proof: dict[str, str]) -> str:
    """The text that a quote must stand in, as GitHub has it."""
    pull = sample.pull
    if proof["source"] in ("title", "body"):
        return str(pull.document[proof["source"]] or "")
    if proof["source"] == "commit":
        return next(str(each["commit"]["message"]) for each in pull.commits if each["sha"] == proof["ref"])
    file = next(each for each in pull.files if each["filename"] == proof["ref"])
    lines = (line[1:] for line in str(file.get("patch", "")).split("\n"))
    return "\n".join([file["filename"], *lines])


def _everything_said(sample: Sample) -> str:
    """All words and figures of the pull request."""
    pull = sample.pull
    figures = {name: pull.document[name] for name in ("additions", "deletions", "changed_files", "number", "merged_at")}
    patches = [str(each.get("patch", "")) + " " + each["filename"] for each in pull.files]
    messages = [each["commit"]["message"] for each in pull.commits]
    said = [pull.document["title"], pull.document["body"] or "", *messages, *patches]
    by_status = Counter(each["status"] for each in pull.files)
    counts = {"commits": len(pull.commits), "files": len(pull.files), **by_status}
    return "\n".join([*said, json.dumps(figures), json.dumps(counts)])
