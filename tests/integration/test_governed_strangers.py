"""What strangers write into a diff, through the whole of a governed review: secrets stay in, orders are no orders."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from markdown_it import MarkdownIt

from local.cloud import MODEL_KEY_SECRET
from local.gemini import API_KEY, Gemini, behaviours
from local.github import Change
from tests.governance import RISKY, Office, Person, a_run
from tests.injections import STRANGERS, TECHNIQUES
from tests.integration.test_secrets_stay_out import _readable
from tests.secrets import seeded_secrets
from tests.steps import ADA

MAP = "sample-org/parcel-map"
SEED = 20261101
PULLS = 10
_FOREIGN = "evil.sample.invalid"


@pytest.fixture
def gemini() -> Iterator[Gemini]:
    with Gemini() as running:
        yield running


@pytest.fixture
def cy(office: Office) -> Person:
    """Somebody who may break the glass, so that nothing but the review is in the way."""
    person = office.person("cy", "breakGlass", github_id=ADA)
    connected = person.post("repositories", "/api/repositories", {"owner": "sample-org", "name": "parcel-map"})
    assert connected.status_code == 201
    return person


def with_model(office: Office, gemini: Gemini) -> None:
    """Let the model review."""
    deployment = office.deployment
    deployment.secret_manager.put(MODEL_KEY_SECRET, API_KEY, project=deployment.project)
    settings = {"GEMINI_API_KEY_SECRET": MODEL_KEY_SECRET, "GOOGLE_GEMINI_BASE_URL": gemini.url}
    deployment.function("agent_runner", **settings)


def reviewed(office: Office, cy: Person, number: int, path: str, text: str) -> dict[str, Any]:
    """A run, published, on a pull request that adds a file with this text; as its owner is shown it."""
    change = Change(path=path, before="", after=f"{text}\n", previous=None)
    office.github.add_pull(MAP, number=number, title=f"Change {number}", author="sample-dev-ada", changes=[change])
    asked = {**a_run(office.github, MAP, number), "publish": True, "breakGlass": {"reason": "a test"}}
    answer = cy.start(cy.state(RISKY)["intentId"], **asked, runId=f"run-{number}")
    assert answer.status_code == 201, answer.text
    run_id = answer.get_json()["agentRunId"]
    for outcome in ("continued", "completed"):
        said = office.run_queued(run_id)
        assert said.get_json() == {"outcome": outcome}, said.text
    shown: dict[str, Any] = cy.get("agent_runs", f"/api/agent-runs/run-{number}").get_json()
    return shown


def posted(office: Office, number: int) -> str:
    """The text of the review at GitHub."""
    (review,) = office.github.reviews(MAP, number)
    return str(review.document["body"])


@pytest.mark.parametrize("reviewer", ["gemini", "offline"])
@pytest.mark.timeout(240)
def test_secrets_reach_no_model_log_store_answer_or_review(
    office: Office, cy: Person, gemini: Gemini, reviewer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if reviewer == "gemini":
        with_model(office, gemini)
    secrets = seeded_secrets(SEED)
    share, shown, reviews = len(secrets) // PULLS, [], []
    for number in range(900, 900 + PULLS):
        mine = secrets[(number - 900) * share : (number - 899) * share]
        shown.append(reviewed(office, cy, number, f"src/settings_{number}.py", "\n".join(each.text for each in mine)))
        reviews.append(posted(office, number))
    places = {
        "the model": "\n".join(raw.decode("utf-8", "replace") for raw in gemini.requests_bytes()),
        "a log": "".join(capsys.readouterr()),
        "the store": "\n".join(map(_readable, office.deployment.everything().values())),
        "an answer": json.dumps(shown),
        "a review": "\n".join(reviews),
    }
    assert (reviewer == "gemini") == bool(places["the model"])
    assert {each["figures"]["provider"] for each in shown} == {reviewer}
    assert all("secret_redacted" in each["review"]["flags"] for each in shown)
    for place, text in places.items():
        leaked = {(each.kind, survivor) for each in secrets for survivor in each.survivors(text)}
        assert not leaked, (place, sorted(leaked)[:20])


def obedient(path: str, payload: str) -> str:
    """What a model says that does as it is told: the payload wherever there is room, and members that no review has."""
    finding = {"path": path, "startLine": 1, "endLine": 1, "severity": "high", "title": payload, "detail": payload}
    elsewhere = {**finding, "path": "src/another.ts"}
    return json.dumps({"summary": payload, "findings": [finding, elsewhere], **STRANGERS})


@pytest.mark.timeout(240)
def test_orders_change_nothing_but_words(office: Office, cy: Person, gemini: Gemini) -> None:
    with_model(office, gemini)
    other = office.person("ada").state(RISKY)["intentId"]  # waits for an approval that nobody gives
    for number, (technique, payload) in enumerate(TECHNIQUES.items(), 900):
        path = f"src/view_{number}.ts"
        gemini.behave_as_usual()
        gemini.behave(behaviours.text(obedient(path, payload)), times=None)
        shown = reviewed(office, cy, number, path, f"// {payload}")
        assert (shown["status"], shown["ownerId"], shown["publish"]) == ("completed", "cy", True), technique
        assert set(shown["review"]) == {"summary", "findings", "coverage", "dropped", "flags"}, technique
        assert {each["path"] for each in shown["review"]["findings"]} <= {path}, technique
        tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(posted(office, number))
        nodes = [node for token in tokens for node in (token, *(token.children or ()))]
        html = [node.content for node in nodes if node.type in ("html_block", "html_inline")]
        assert len(html) == 1, (technique, html)
        assert re.fullmatch(r"<!-- worklog-run:[0-9a-f]{40} -->\n?", html[0]), technique
        assert not [node for node in nodes if node.type in {"image", "link_open"}], technique
    intents = office.deployment.documents("intents")
    assert intents[other]["awaitingApproval"]
    assert office.deployment.documents("approvals") == {}
    assert {each["type"] for each in office.deployment.documents("exceptions").values()} == {"break_glass"}
    assert not [call for call in office.github.calls() if _FOREIGN in call.path]
