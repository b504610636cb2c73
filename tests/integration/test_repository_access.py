"""Who may connect a repository? Nobody who could not read it at GitHub, whatever the App may read."""

from typing import Any

import pytest

from local.github.faults import Proceed
from tests.api import Person, answer
from tests.deployment import Deployment
from tests.forgeries import genuine_id_token

ADA, REN = 1000000101, 1000000102
TRACKER = {"owner": "sample-org", "name": "parcel-tracker"}
SECRET = {"owner": "sample-org", "name": "secret-plans"}
ABSENT = (
    b'{"type": "about:blank", "title": "Not Found", "status": 404, "code": "not_found", "detail": "no such repository"}'
)


def connections(deployment: Deployment) -> list[dict[str, Any]]:
    """Every connection that is stored."""
    return list(deployment.documents("repositories").values())


def add_secret(deployment: Deployment) -> None:
    """A private repository that Ren may write to and Ada may not see."""
    deployment.github.add_repository("sample-org/secret-plans", private=True, collaborators={"sample-dev-ren": "write"})


class TestPrivateRepository:
    """Nobody connects what they could not read at GitHub, whatever the App may read."""

    def test_is_absent_for_a_person_who_may_not_read_it(self, deployment: Deployment) -> None:
        add_secret(deployment)
        ada = Person(deployment, "ada", ADA)
        refused = ada.post("/api/repositories", SECRET)
        assert (refused.status_code, refused.data) == (404, ABSENT)
        assert refused.data == ada.delete("/api/repositories/0123456789").data
        assert not connections(deployment)

    def test_is_connected_by_a_person_who_may(self, deployment: Deployment) -> None:
        add_secret(deployment)
        answered = Person(deployment, "ren", REN).post("/api/repositories", SECRET)
        assert answered.status_code == 201
        assert answered.get_json()["private"] is True
        assert answered.get_json()["connectionStatus"] == "connected"

    @pytest.mark.parametrize("role", ["read", "triage", "write", "maintain", "admin"])
    def test_is_theirs_with_any_role(self, deployment: Deployment, role: str) -> None:
        add_secret(deployment)
        deployment.github.set_role("sample-org/secret-plans", "sample-dev-ada", role)
        assert Person(deployment, "ada", ADA).post("/api/repositories", SECRET).status_code == 201

    def test_is_absent_again_once_the_role_is_gone(self, deployment: Deployment) -> None:
        add_secret(deployment)
        ren = Person(deployment, "ren", REN)
        gone = ren.post("/api/repositories", SECRET).get_json()["repositoryId"]
        ren.delete(f"/api/repositories/{gone}")
        deployment.github.set_role("sample-org/secret-plans", "sample-dev-ren", None)
        assert ren.post("/api/repositories", SECRET).data == ABSENT
        assert not connections(deployment)

    def test_is_absent_for_a_login_that_somebody_else_had(self, deployment: Deployment) -> None:
        add_secret(deployment)
        deployment.github.rename_user("sample-dev-ren", "sample-dev-ren-2")
        newcomer = deployment.github.add_user("sample-dev-ren")
        assert Person(deployment, "new", newcomer["id"]).post("/api/repositories", SECRET).data == ABSENT
        assert Person(deployment, "ren", REN).post("/api/repositories", SECRET).status_code == 201

    def test_is_absent_when_the_login_changes_hands_between_two_calls(self, deployment: Deployment) -> None:
        add_secret(deployment)
        github = deployment.github

        def swap(proceed: Proceed) -> Any:  # noqa: ANN401  # whatever the stand-in answers
            answered = proceed()
            github.rename_user("sample-dev-ada", "sample-dev-ada-2")
            github.rename_user("sample-dev-ren", "sample-dev-ada")
            return answered

        swapped = github.faults.add(f"GET /user/{ADA}", swap)
        assert Person(deployment, "ada", ADA).post("/api/repositories", SECRET).data == ABSENT
        assert swapped.fired == 1
        assert github.calls("GET /repos/*/*/collaborators/sample-dev-ada/permission")
        assert not connections(deployment)

    def test_is_absent_for_an_account_that_github_does_not_know(self, deployment: Deployment) -> None:
        add_secret(deployment)
        assert Person(deployment, "ghost", 424242).post("/api/repositories", SECRET).data == ABSENT

    def test_is_not_opened_by_what_the_caller_says(self, deployment: Deployment) -> None:
        add_secret(deployment)
        claims = {"githubId": REN, "github_user_id": REN, "login": "sample-dev-ren"}
        headers = deployment.bearer("ada", ADA, claims)
        headers |= {"X-GitHub-User": "sample-dev-ren", "X-Forwarded-User": "sample-dev-ren"}
        assert answer(deployment, "POST", "/api/repositories", json=SECRET, headers=headers).data == ABSENT


class TestAccountWithoutGitHub:
    IDENTITIES: tuple[object, ...] = (
        None,
        {},
        {"identities": {}},
        {"identities": []},
        {"identities": {"github.com": []}},
        {"identities": {"github.com": str(REN)}},
        {"identities": {"github.com": [None]}},
        {"identities": {"github.com": [f"{REN} "]}},
        {"identities": {"github.com": [f"-{REN}"]}},
        {"identities": {"github.com": [f"{REN}.0"]}},
        {"identities": {"github.com": ["١٢٣"]}},
        {"identities": {"google.com": [str(REN)], "email": ["ren@sample.invalid"]}},
        [],
        "github.com",
    )

    @pytest.mark.parametrize("firebase", IDENTITIES, ids=str)
    def test_connects_public_repositories_alone(self, deployment: Deployment, firebase: object) -> None:
        add_secret(deployment)
        genuine = genuine_id_token(deployment.identity.keys.newest, project=deployment.project, uid="mail")
        bearer = {"Authorization": f"Bearer {genuine.saying(firebase=firebase).token()}"}
        public = answer(deployment, "POST", "/api/repositories", json=TRACKER, headers=bearer)
        private = answer(deployment, "POST", "/api/repositories", json=SECRET, headers=bearer)
        assert (public.status_code, private.data) == (201, ABSENT)
        assert [each["githubUserId"] for each in connections(deployment)] == [None]
        assert not deployment.github.calls("GET **/permission")
