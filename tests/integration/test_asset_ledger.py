"""Does every change of a card leave its link in the chain, in the same commit, and in the log?"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api import Person
from tests.cards import a_card, put, stored
from tests.chains import chain
from tests.deployment import Deployment

UID = "ann"
CHANGES: dict[str, Callable[[Person, str], TestResponse]] = {
    "approve": lambda person, card: person.post(f"/api/assets/{card}/approve"),
    "reject": lambda person, card: person.post(f"/api/assets/{card}/reject"),
    "edit": lambda person, card: person.put(f"/api/assets/{card}/edit", {"title": "Mine"}),
}


@pytest.fixture
def card(deployment: Deployment) -> str:
    """A card that waits for its owner."""
    return put(deployment, a_card(UID))


@pytest.mark.parametrize("action", CHANGES)
class TestChange:
    def test_is_committed_with_its_entry(self, deployment: Deployment, card: str, action: str) -> None:
        assert CHANGES[action](Person(deployment, UID), card).status_code == 200
        paths = [f"asset-cards/{card}", f"asset-cards/{card}/ledger/00000002"]
        if action == "edit":
            paths.append(f"asset-cards/{card}/revisions/00000002")
        times = {path: deployment.firestore.document(path).get().update_time for path in paths}
        assert None not in times.values()
        assert len(set(times.values())) == 1
        assert chain(deployment, "asset-cards", card)[-1]["action"] == action

    def test_is_anchored_in_the_log(
        self, deployment: Deployment, card: str, action: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        person = Person(deployment, UID)
        capsys.readouterr()
        CHANGES[action](person, card)
        lines: list[dict[str, Any]] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        (anchor,) = [line for line in lines if line["message"] == "ledger_anchor"]
        assert anchor["subject"] == f"asset-cards/{card}"
        assert {"count": anchor["count"], "head": anchor["head"]} == stored(deployment, card)["ledger"]

    def test_writes_over_no_entry_that_is_there(self, deployment: Deployment, card: str, action: str) -> None:
        """Somebody who could write put it there: it is for the audit to find."""
        strange = deployment.firestore.document("asset-cards", card, "ledger", "00000002")
        strange.set({"seq": 2})
        before = deployment.everything()
        assert CHANGES[action](Person(deployment, UID), card).status_code == 503
        assert deployment.everything() == before
