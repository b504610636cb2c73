"""Do 300 seeded secrets in pull requests reach the model, a log, the store or an answer?"""

import json
import re
from collections.abc import Iterator

import pytest

from local.gemini import API_KEY, Gemini
from local.github import Change
from tests.secrets import SeededSecret, seeded_secrets
from tests.steps import ADA, TRACKER, Steps

KEY_SECRET = "gemini-api-key"
SEED = 20260301
PULLS = 10


@pytest.fixture
def gemini() -> Iterator[Gemini]:
    with Gemini() as running:
        yield running


def add_pull(steps: Steps, number: int, secrets: tuple[SeededSecret, ...]) -> None:
    """A merged pull request with a secret in its title, three in its body and commits, the others in its diff."""
    first, second, third, fourth, *rest = secrets
    one_line = next((each for each in secrets if "\n" not in each.text), first)
    lines = "\n".join(each.text for each in rest)
    steps.github.add_pull(
        TRACKER,
        number=number,
        title=f"Add the settings of service {number} with {one_line.text}",
        author="sample-dev-ada",
        body=f"Adds the settings.\n\n{second.text}\n\nAnd more:\n\n{third.text}\n",
        changes=[Change(path=f"services/settings_{number}.py", before="", after=f"{lines}\n", previous=None)],
        commits=[(f"Add the settings\n\n{fourth.text}\n{first.text}", "sample-dev-ada")],
        merged_at="now",
    )


@pytest.mark.parametrize("writer", ["gemini", "offline"])
class TestSecrets:
    @pytest.mark.timeout(240)
    def test_stay_out_of_everything(
        self, steps: Steps, gemini: Gemini, writer: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        deployment = steps.deployment
        if writer == "gemini":
            deployment.secret_manager.put(KEY_SECRET, API_KEY, project=deployment.project)
            deployment.function("asset_generator", GEMINI_API_KEY_SECRET=KEY_SECRET, GOOGLE_GEMINI_BASE_URL=gemini.url)
        steps.connect("ada", TRACKER, ADA)
        secrets = seeded_secrets(SEED)
        share = len(secrets) // PULLS
        for number in range(PULLS):
            add_pull(steps, 900 + number, secrets[number * share : (number + 1) * share])
            steps.run(steps.merge(TRACKER, 900 + number))

        bearer = deployment.bearer("ada", ADA)
        answers = [deployment.function("assets").get("/api/assets/inbox?limit=200", headers=bearer)]
        cards = answers[0].get_json()["assets"]
        answers += [
            deployment.function("assets").get(f"/api/assets/{card['assetCardId']}", headers=bearer) for card in cards
        ]
        assert len(cards) == PULLS
        assert all("secret_redacted" in card["flags"] for card in cards)
        places = {
            "the model": "\n".join(raw.decode("utf-8", "replace") for raw in gemini.requests_bytes()),
            "a log": "".join(capsys.readouterr()),
            "the store": "\n".join(map(_readable, deployment.everything().values())),
            "an answer": "\n".join(answer.text for answer in answers),
        }
        assert (writer == "gemini") == bool(places["the model"])
        for place, text in places.items():
            leaked = {(each.kind, survivor) for each in secrets for survivor in each.survivors(text)}
            assert not leaked, (place, sorted(leaked)[:20])


def _readable(document: object) -> str:
    """A document with its bytes as text, and with escapes undone."""
    text = json.dumps(document, default=lambda value: value.decode() if isinstance(value, bytes) else str(value))
    return text + re.sub(r'\\+"', '"', text)
