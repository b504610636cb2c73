"""Connecting repositories: who may, under which names, how often, and what stands there afterwards."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.github import faults
from local.github.faults import Fault, Proceed
from tests.api import Person, answer
from tests.deployment import Deployment
from tests.forgeries import genuine_id_token

ADA, REN = 1000000101, 1000000102
TRACKER = {"owner": "sample-org", "name": "parcel-tracker"}
PLAN = {"owner": "elsewhere", "name": "plans"}
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


class TestInstallation:
    """The App is not there yet, or sleeps: the connection waits, and becomes the same one."""

    def test_is_awaited_where_the_app_is_not(self, deployment: Deployment) -> None:
        deployment.github.add_repository("elsewhere/plans", private=True)
        answered = Person(deployment, "ada", ADA).post("/api/repositories", PLAN)
        shown = answered.get_json()
        assert (answered.status_code, shown["connectionStatus"]) == (201, "awaiting_installation")
        assert shown["installUrl"] == "https://github.com/apps/worklog-local/installations/new"
        assert "private" not in shown

    def test_tells_nothing_of_what_the_app_does_not_cover(self, deployment: Deployment) -> None:
        deployment.github.add_repository("elsewhere/plans", private=True)
        ada = Person(deployment, "ada", ADA)
        shown = [ada.post("/api/repositories", {**PLAN, "name": name}).get_json() for name in ("plans", "nothing")]
        for each in shown:
            del each["repositoryId"], each["fullName"], each["createdAt"], each["updatedAt"]
        assert shown[0] == shown[1]

    def test_turns_the_awaiting_connection_into_a_connected_one(self, deployment: Deployment) -> None:
        deployment.github.add_repository("elsewhere/plans", private=True, collaborators={"sample-dev-ada": "read"})
        ada = Person(deployment, "ada", ADA)
        awaiting = ada.post("/api/repositories", PLAN).get_json()
        deployment.github.install("elsewhere")
        connected = ada.post("/api/repositories", {"owner": "ElseWhere", "name": "PLANS"}).get_json()
        assert connected["repositoryId"] == awaiting["repositoryId"]
        assert (connected["fullName"], connected["connectionStatus"]) == ("elsewhere/plans", "connected")
        assert connected["createdAt"] == awaiting["createdAt"]
        assert "installUrl" not in connected
        assert len(connections(deployment)) == 1

    def test_lets_no_stranger_in_who_waited_for_it(self, deployment: Deployment) -> None:
        deployment.github.add_repository("elsewhere/plans", private=True)
        ada = Person(deployment, "ada", ADA)
        ada.post("/api/repositories", PLAN)
        deployment.github.install("elsewhere")
        assert ada.post("/api/repositories", PLAN).data == ABSENT
        assert [each["connectionStatus"] for each in connections(deployment)] == ["awaiting_installation"]
        assert [each["githubRepositoryId"] for each in connections(deployment)] == [None]

    def test_proves_nothing_while_it_is_suspended(self, deployment: Deployment) -> None:
        add_secret(deployment)
        deployment.github.suspend("sample-org")
        people = [Person(deployment, "ada", ADA), Person(deployment, "ren", REN)]
        shown = [each.post("/api/repositories", SECRET).get_json() for each in people]
        assert [each["connectionStatus"] for each in shown] == ["awaiting_installation"] * 2
        assert not deployment.github.calls("POST /app/installations/*/access_tokens")
        deployment.github.unsuspend("sample-org")
        assert people[0].post("/api/repositories", SECRET).data == ABSENT
        assert people[1].post("/api/repositories", SECRET).get_json()["repositoryId"] == shown[1]["repositoryId"]

    @pytest.mark.parametrize("stop", ["suspend", "uninstall", "choose"])
    def test_that_is_taken_away_leaves_one_connection(self, deployment: Deployment, stop: str) -> None:
        ren, github = Person(deployment, "ren", REN), deployment.github
        first = ren.post("/api/repositories", TRACKER).get_json()
        stops: Mapping[str, Callable[[], object]] = {
            "suspend": lambda: github.suspend("sample-org"),
            "uninstall": lambda: github.uninstall("sample-org"),
            "choose": lambda: github.choose("sample-org/parcel-tracker", covered=False),
        }
        stops[stop]()
        waiting = ren.post("/api/repositories", TRACKER).get_json()
        assert waiting["connectionStatus"] == "awaiting_installation"
        starts: Mapping[str, Callable[[], object]] = {
            "suspend": lambda: github.unsuspend("sample-org"),
            "uninstall": lambda: github.install("sample-org"),
            "choose": lambda: github.choose("sample-org/parcel-tracker"),
        }
        starts[stop]()
        again = ren.post("/api/repositories", TRACKER).get_json()
        assert again["connectionStatus"] == "connected"
        assert first["repositoryId"] == waiting["repositoryId"] == again["repositoryId"]
        assert [each["githubRepositoryId"] for each in connections(deployment)] == [2000000001]


class TestConnection:
    def test_shows_what_was_connected(self, deployment: Deployment) -> None:
        ada = Person(deployment, "ada", ADA)
        shown = ada.post("/api/repositories", TRACKER).get_json()
        assert (shown["fullName"], shown["private"]) == ("sample-org/parcel-tracker", False)
        assert ada.get("/api/repositories").get_json() == {"repositories": [shown]}
        (kept,) = connections(deployment)
        assert (kept["ownerId"], kept["githubUserId"], kept["githubRepositoryId"]) == ("ada", ADA, 2000000001)

    def test_is_one_however_often_it_is_made(self, deployment: Deployment) -> None:
        ada = Person(deployment, "ada", ADA)
        bodies = [TRACKER, TRACKER, {"owner": "Sample-Org", "name": "Parcel-Tracker"}]
        shown = [ada.post("/api/repositories", body).get_json() for body in bodies]
        assert len({each["repositoryId"] for each in shown}) == 1
        assert {each["fullName"] for each in shown} == {"sample-org/parcel-tracker"}
        assert len(connections(deployment)) == 1

    @pytest.mark.parametrize("awaited", [False, True])
    def test_is_one_when_sixteen_make_it_at_once(self, deployment: Deployment, awaited: bool) -> None:  # noqa: FBT001
        ada = Person(deployment, "ada", ADA)
        if awaited:
            deployment.github.uninstall("sample-org")
            ada.post("/api/repositories", TRACKER)
            deployment.github.install("sample-org")
        deployment.function("repositories")
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: ada.post("/api/repositories", TRACKER), range(16)))
        assert {each.status_code for each in answers} <= {201, 503}
        made = [each.get_json()["repositoryId"] for each in answers if each.status_code == 201]
        assert len(set(made)) == 1
        (kept,) = connections(deployment)
        assert (kept["repositoryId"], kept["connectionStatus"]) == (made[0], "connected")

    def test_is_each_persons_own(self, deployment: Deployment) -> None:
        ada, ren = Person(deployment, "ada", ADA), Person(deployment, "ren", REN)
        ids = {each.post("/api/repositories", TRACKER).get_json()["repositoryId"] for each in (ada, ren)}
        assert len(ids) == 2
        assert len(ada.get("/api/repositories").get_json()["repositories"]) == 1

    def test_follows_a_new_name(self, deployment: Deployment) -> None:
        ada = Person(deployment, "ada", ADA)
        before = ada.post("/api/repositories", TRACKER).get_json()
        deployment.github.rename("sample-org/parcel-tracker", "parcels")
        after = ada.post("/api/repositories", {**TRACKER, "name": "parcels"}).get_json()
        assert (after["repositoryId"], after["fullName"]) == (before["repositoryId"], "sample-org/parcels")
        assert len(connections(deployment)) == 1

    def test_is_not_handed_to_whoever_takes_the_old_name(self, deployment: Deployment) -> None:
        ada, github = Person(deployment, "ada", ADA), deployment.github
        before = ada.post("/api/repositories", TRACKER).get_json()
        github.rename("sample-org/parcel-tracker", "parcels")
        squatted = github.squat("sample-org/parcel-tracker", private=True)
        github.choose("sample-org/parcel-tracker")
        ada.post("/api/repositories", TRACKER)  # with a token that was minted for the one that had the name before
        assert [each["githubRepositoryId"] for each in connections(deployment)] == [2000000001]
        deployment.function("repositories", RESTARTED="1")
        assert ada.post("/api/repositories", TRACKER).data == ABSENT
        assert [each["githubRepositoryId"] for each in connections(deployment)] == [2000000001]
        github.set_role("sample-org/parcel-tracker", "sample-dev-ada", "read")
        other = ada.post("/api/repositories", TRACKER).get_json()
        assert other["repositoryId"] != before["repositoryId"]
        assert {each["githubRepositoryId"] for each in connections(deployment)} == {2000000001, squatted.id}

    def test_learns_of_a_github_account_that_was_linked_later(self, deployment: Deployment) -> None:
        Person(deployment, "ada").post("/api/repositories", TRACKER)
        Person(deployment, "ada", ADA).post("/api/repositories", TRACKER)
        assert [each["githubUserId"] for each in connections(deployment)] == [ADA]

    def test_asks_github_with_no_more_rights_than_it_needs(self, deployment: Deployment) -> None:
        Person(deployment, "ada", ADA).post("/api/repositories", TRACKER)
        asked = [call.body for call in deployment.github.calls("POST /app/installations/*/access_tokens")]
        assert asked
        for body in asked:
            assert body["permissions"] == {"metadata": "read"}
            assert body.get("repository_ids") == [2000000001] or body.get("repositories") == ["parcel-tracker"]

    def test_is_refused_for_a_while_past_thirty_a_minute(self, deployment: Deployment) -> None:
        ada = Person(deployment, "ada", ADA)
        for _ in range(61):  # twice the limit: a minute may end in between
            asked = len(deployment.github.calls())
            answered = ada.post("/api/repositories", {"owner": "nobody", "name": "nothing"})
            if answered.status_code != 201:
                break
        assert answered.status_code == 429
        assert 1 <= int(answered.headers["Retry-After"]) <= 60
        assert len(deployment.github.calls()) == asked
        assert Person(deployment, "ren", REN).post("/api/repositories", TRACKER).status_code == 201


class TestDisconnecting:
    def test_is_done_once(self, deployment: Deployment) -> None:
        ada = Person(deployment, "ada", ADA)
        path = f"/api/repositories/{ada.post('/api/repositories', TRACKER).get_json()['repositoryId']}"
        first, second = ada.delete(path), ada.delete(path)
        assert (first.status_code, first.get_json()["connectionStatus"]) == (200, "disconnected")
        assert (second.status_code, second.data) == (404, ABSENT)
        assert not connections(deployment)
        assert ada.get("/api/repositories").get_json() == {"repositories": []}

    def test_can_be_taken_back(self, deployment: Deployment) -> None:
        ada = Person(deployment, "ada", ADA)
        first = ada.post("/api/repositories", TRACKER).get_json()
        ada.delete(f"/api/repositories/{first['repositoryId']}")
        again = ada.post("/api/repositories", TRACKER).get_json()
        assert (again["repositoryId"], again["connectionStatus"]) == (first["repositoryId"], "connected")
        assert again["createdAt"] > first["createdAt"]

    def test_leaves_everybody_elses_connection(self, deployment: Deployment) -> None:
        ada, ren = Person(deployment, "ada", ADA), Person(deployment, "ren", REN)
        hers = ada.post("/api/repositories", TRACKER).get_json()["repositoryId"]
        ren.post("/api/repositories", TRACKER)
        assert ren.delete(f"/api/repositories/{hers}").status_code == 404
        ada.delete(f"/api/repositories/{hers}")
        assert [each["ownerId"] for each in connections(deployment)] == ["ren"]

    def test_needs_nothing_of_github(self, deployment: Deployment) -> None:
        ada = Person(deployment, "ada", ADA)
        path = f"/api/repositories/{ada.post('/api/repositories', TRACKER).get_json()['repositoryId']}"
        deployment.github.calls.clear()
        ada.delete(path)
        assert not deployment.github.calls()


WRONG_OWNERS = [
    *["", " ", ".", "..", "-sample-org", "a" * 101, "sample org", "sample-org/..", "sample-org/parcel-tracker"],
    *["../..", "%2e%2e", "sample-org%2Fx", "sample.org", "sample@org", "a?b", "a#b", "a:b", "a\\b", "a&b", "a,b"],
    *[
        "sample-org\n",
        "\nsample-org",
        "sample-org\t",
        "sample-org ",
        "café",
        "ｓample-org",
        "sаmple-org",
        "\u200bsample-org",
    ],
    *["sample-bot[bot]", "<script>", "${jndi}", "sample-org;", "*", "~", "\u202egro-elpmas"],
]
WRONG_NAMES = [
    *["", " ", ".", "..", "a" * 101, "parcel tracker", "parcel-tracker/", "/parcel-tracker", "../secret-plans", "a/b"],
    *[
        "parcel-tracker.git",
        ".git",
        "%2e%2e",
        "parcel-tracker%2F..",
        "a?x=1",
        "a#b",
        "a:b",
        "a\\b",
        "a&b",
        "a\nb",
        "a\x7f",
    ],
    *[
        "parcel-tracker\n",
        " parcel-tracker",
        "小包",
        "parcel‐tracker",
        "\ufeffparcel-tracker",
        "a\u0301",
        "*",
        "a+b",
        "a@b",
    ],
]
WRONG_TYPES: list[object] = [None, 1, 1.5, True, [], ["sample-org"], {}, {"login": "sample-org"}]


class TestNames:
    """What can't be a name at GitHub never becomes part of an address there."""

    @pytest.mark.parametrize("owner", [*WRONG_OWNERS, *WRONG_TYPES], ids=repr)
    def test_that_no_account_has_are_refused(self, standing: Deployment, owner: object) -> None:
        self.refused(standing, {**TRACKER, "owner": owner}, "owner")

    @pytest.mark.parametrize("name", [*WRONG_NAMES, *WRONG_TYPES], ids=repr)
    def test_that_no_repository_has_are_refused(self, standing: Deployment, name: object) -> None:
        self.refused(standing, {**TRACKER, "name": name}, "name")

    @pytest.mark.parametrize("field", ["owner", "name"])
    def test_that_are_left_out_are_refused(self, standing: Deployment, field: str) -> None:
        self.refused(standing, {name: value for name, value in TRACKER.items() if name != field}, field)

    @pytest.mark.parametrize("days", [-1, 366, 1.0, "30", True, None, [], 2**53 - 1], ids=repr)
    def test_come_with_days_that_can_be_looked_back(self, standing: Deployment, days: object) -> None:
        self.refused(standing, {**TRACKER, "backfillDays": days}, "backfillDays")

    @pytest.mark.parametrize("name", ["-", "_", "a.b", ".github", "...", "a" * 100, "git", "A.GITHUB.io", "0"])
    def test_that_a_repository_may_have_are_looked_up(self, deployment: Deployment, name: str) -> None:
        answered = Person(deployment, "ada", ADA).post("/api/repositories", {"owner": "Sample_Corp-1", "name": name})
        assert answered.status_code == 201
        assert deployment.github.calls(f"GET /repos/Sample_Corp-1/{name}/installation")

    @staticmethod
    def refused(deployment: Deployment, body: Mapping[str, object], field: str) -> None:
        before, asked = deployment.everything(), len(deployment.github.calls())
        answered = Person(deployment, "ada", ADA).post("/api/repositories", body)
        assert answered.status_code == 400
        assert [each["field"] for each in answered.get_json()["errors"]] == [field]
        assert len(deployment.github.calls()) == asked
        assert deployment.everything() == before


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
