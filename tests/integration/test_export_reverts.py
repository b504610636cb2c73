"""Does an export say which of its pull requests a later one took back, however and whenever that came to be known?"""

import json
from collections.abc import Callable

import pytest

from local.github import GitHub
from tests.api import Person
from tests.steps import ADA, MAP, REN, TRACKER, Steps

BODY = f"Reverts {TRACKER}#41"
SAMPLE = 41


class History:
    """Pull request 41 of the tracker, which Ada wrote, and what others merge after it."""

    def __init__(self, steps: Steps, github: GitHub) -> None:
        self.steps, self.github = steps, github
        self._days = 0
        github.add_user("mallory")
        steps.connect("ada", TRACKER, ADA)

    def card(self) -> str:
        """Ada's card of it, approved."""
        assert self.steps.run(self.steps.merge(TRACKER, SAMPLE))["state"] == "done"
        (card_id,) = self.steps.deployment.documents("asset-cards")
        assert Person(self.steps.deployment, "ada").post(f"/api/assets/{card_id}/approve").status_code == 200
        return card_id

    def merge(self, number: int, body: str, *, author: str = "mallory", where: str = TRACKER, day: int = 0) -> str:
        """Another pull request, merged days later by somebody who is nobody to us; returns its event."""
        self._days += 1
        at = f"2026-10-{day or self._days:02}T12:00:00Z"
        self.github.add_pull(where, title='Revert "X"', author=author, body=body, number=number, merged_at=at)
        event_id = self.steps.merge(where, number)
        self.steps.fetch(event_id)
        return event_id

    def highlight(self, card_id: str) -> str:
        """What an export says of the card."""
        body = {"format": "resume", "assetIds": [card_id]}
        answered = Person(self.steps.deployment, "ada").post("/api/export", body)
        (project,) = json.loads(answered.get_json()["content"])["projects"]
        (highlight,) = project["highlights"]
        return str(highlight)


@pytest.fixture
def history(steps: Steps, github: GitHub) -> History:
    """A repository that Ada has connected."""
    return History(steps, github)


class TestReverted:
    def test_after_its_approval_is_marked(self, history: History) -> None:
        card_id = history.card()
        assert "reverted" not in history.highlight(card_id)
        before = history.steps.deployment.documents("asset-cards")
        event_id = history.merge(90, BODY)
        assert history.steps.event(event_id)["lastError"] == "nobody_to_credit"
        assert history.highlight(card_id).endswith("(reverted by #90)")
        assert history.steps.deployment.documents("asset-cards") == before

    def test_before_its_card_is_written_is_marked(self, history: History) -> None:
        history.merge(90, BODY)
        assert history.highlight(history.card()).endswith("(reverted by #90)")

    def test_by_its_own_author_is_marked(self, history: History) -> None:
        card_id = history.card()
        history.merge(90, BODY, author="sample-dev-ada")
        assert history.highlight(card_id).endswith("(reverted by #90)")

    def test_by_its_commit_is_marked(self, history: History) -> None:
        card_id = history.card()
        sha = history.steps.deployment.documents("asset-cards")[card_id]["mergeCommitSha"]
        history.merge(90, f"This reverts commit {sha}.")
        assert history.highlight(card_id).endswith("(reverted by #90)")

    def test_once_however_often_it_is_told(self, history: History) -> None:
        card_id = history.card()
        event_id = history.merge(90, BODY)
        history.steps.change(event_id, state="received")
        history.steps.fetch(event_id)
        assert len(history.steps.deployment.documents("reversals")) == 1
        assert history.highlight(card_id).endswith("(reverted by #90)")

    def test_and_brought_back_is_not_marked(self, history: History) -> None:
        card_id = history.card()
        history.merge(90, BODY)
        history.merge(91, f"Reverts {TRACKER}#90")
        assert "reverted" not in history.highlight(card_id)
        history.merge(92, f"Reverts {TRACKER}#91")
        assert history.highlight(card_id).endswith("(reverted by #90)")

    def test_and_brought_back_in_the_other_order_is_not_marked(self, history: History) -> None:
        history.merge(91, f"Reverts {TRACKER}#90", day=20)
        history.merge(90, BODY, day=10)
        assert "reverted" not in history.highlight(history.card())

    @pytest.mark.parametrize(
        "elsewhere",
        [
            lambda history: history.merge(90, f"Reverts {MAP}#41"),
            lambda history: history.merge(90, f"Reverts {TRACKER}#411"),
            lambda history: history.merge(90, f"> {BODY}"),
            lambda history: history.merge(90, "Reverts #41", where=MAP),
            lambda history: history.merge(90, BODY, where=MAP),
        ],
    )
    def test_elsewhere_is_not_marked(self, history: History, elsewhere: Callable[[History], object]) -> None:
        history.steps.connect("ren", MAP, REN)
        card_id = history.card()
        elsewhere(history)
        assert "reverted" not in history.highlight(card_id)
