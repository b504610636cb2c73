"""Does what failed for good stand among the exceptions, for the people whose card it would have been?"""

import pytest

from local.github import faults
from tests.steps import ADA, REN, TRACKER, Steps

PULL = "GET /repositories/*/pulls/41"


@pytest.fixture
def merged(steps: Steps) -> str:
    """A merge that two people wait for; returns the event's id."""
    steps.connect("ada", TRACKER, ADA)
    steps.connect("ren", TRACKER, REN)
    return steps.merge(TRACKER, 41)


class TestFailure:
    def test_is_an_exception_of_everybody_who_waits_for_it(self, steps: Steps, merged: str) -> None:
        refused = steps.github.faults.add(PULL, faults.refusal(400, "canary of GitHub's"))
        assert steps.fetch(merged).get_json() == {"outcome": "failed"}
        assert refused.fired == 1
        (kept,) = steps.deployment.documents("exceptions").values()
        assert (kept["type"], kept["ownerIds"], kept["subject"]) == (
            "event_failed",
            ["ada", "ren"],
            f"pr-events/{merged}",
        )
        assert (kept["repoFullName"], kept["prNumber"], kept["retriedAt"]) == (TRACKER, 41, None)
        assert "canary" not in str(kept)

    def test_is_one_however_often_its_task_comes(self, steps: Steps, merged: str) -> None:
        steps.github.faults.add(PULL, faults.refusal(400, "No"))
        for outcome in ("failed", "duplicate", "duplicate"):
            assert steps.fetch(merged).get_json() == {"outcome": outcome}
        assert len(steps.deployment.documents("exceptions")) == 1

    def test_that_may_pass_is_none(self, steps: Steps, merged: str) -> None:
        steps.github.faults.add(PULL, faults.server_error(500))
        assert steps.fetch(merged).status_code == 503
        assert not steps.deployment.documents("exceptions")

    def test_is_none_where_all_went_well(self, steps: Steps, merged: str) -> None:
        assert steps.run(merged)["state"] == "done"
        assert not steps.deployment.documents("exceptions")
