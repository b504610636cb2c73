"""What becomes of connecting a repository while GitHub is in trouble?"""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from local.github import faults
from local.github.faults import Fault
from tests.api import Person
from tests.deployment import Deployment

REN = 1000000102
TRACKER = {"owner": "sample-org", "name": "parcel-tracker"}
SECRET = {"owner": "sample-org", "name": "secret-plans"}


def connections(deployment: Deployment) -> list[dict[str, Any]]:
    """Every connection that is stored."""
    return list(deployment.documents("repositories").values())


def add_secret(deployment: Deployment) -> None:
    """A private repository that Ren may write to."""
    deployment.github.add_repository("sample-org/secret-plans", private=True, collaborators={"sample-dev-ren": "write"})


CALLS = {
    "the installation": "GET /repos/*/*/installation",
    "a token": "POST /app/installations/*/access_tokens",
    "the repository": "GET /repos/*/*",
    "the person": "GET /user/*",
    "their permission": "GET /repos/*/*/collaborators/*/permission",
}
TROUBLES: Mapping[str, Fault] = {
    "500": faults.server_error(500),
    "502": faults.server_error(502),
    "a page for people": faults.html(200),
    "half an answer": faults.cut_off,
    "half a compressed answer": faults.truncated_gzip,
    "a reset": faults.connection_reset,
    "another shape": faults.answer(200, "[]"),
    "no object": faults.answer(200, "null"),
    "a secondary limit": faults.secondary_limit(7),
    "a refusal for good": faults.refusal(403, "Resource not accessible by integration"),
    "an unprocessable call": faults.refusal(418, "I'm a teapot"),
    "a redirect to elsewhere": faults.answer(302, headers={"Location": "http://127.0.0.2:1/"}),
}


class TestGitHubInTrouble:
    """Whatever GitHub does: come again later, nothing written, nothing of its words."""

    @pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
    @pytest.mark.parametrize("pattern", CALLS.values(), ids=CALLS.keys())
    def test_writes_nothing(self, deployment: Deployment, pattern: str, trouble: Fault) -> None:
        add_secret(deployment)
        ren = Person(deployment, "ren", REN)
        rule = deployment.github.faults.add(pattern, trouble, times=None)
        answered = ren.post("/api/repositories", SECRET)
        assert rule.fired
        assert answered.status_code == 503
        assert int(answered.headers["Retry-After"]) > 0
        assert "integration" not in answered.text
        assert "teapot" not in answered.text
        assert not connections(deployment)

    def test_passes(self, deployment: Deployment) -> None:
        ren = Person(deployment, "ren", REN)
        rule = deployment.github.faults.add("GET /user/*", faults.connection_reset)
        assert [ren.post("/api/repositories", TRACKER).status_code for _ in range(2)] == [503, 201]
        assert rule.fired == 1

    def test_is_not_made_worse_before_its_limit_ends(self, deployment: Deployment) -> None:
        ren = Person(deployment, "ren", REN)
        limit = faults.primary_limit(time.time() + 120)
        rule = deployment.github.faults.add("GET /repos/*/*", limit)
        first = ren.post("/api/repositories", TRACKER)
        asked = len(deployment.github.calls("GET /repos/*/*"))
        second = ren.post("/api/repositories", TRACKER)
        assert rule.fired == 1
        assert first.status_code == second.status_code == 503
        assert 100 <= int(second.headers["Retry-After"]) <= int(first.headers["Retry-After"]) <= 121
        assert len(deployment.github.calls("GET /repos/*/*")) == asked

    def test_that_is_gone_altogether_is_the_same(self, deployment: Deployment) -> None:
        deployment.function("repositories", GITHUB_API_URL="http://127.0.0.1:1")
        ren = Person(deployment, "ren", REN)
        answered = ren.post("/api/repositories", TRACKER)
        assert (answered.status_code, answered.headers["Retry-After"]) == (503, "30")
        assert ren.get("/api/repositories").status_code == 200
        assert not connections(deployment)
