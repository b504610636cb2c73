"""Connecting repositories: how often, while the App is there and while it is not, and what stands there afterwards."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api import Person
from tests.deployment import Deployment
from tests.steps import Steps

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

    def test_goes_on_being_awaited_while_it_comes_for_others(self, deployment: Deployment) -> None:
        steps, ren, github = Steps(deployment), Person(deployment, "ren", REN), deployment.github
        ren.post("/api/repositories", TRACKER)
        steps.fetch(steps.told(lambda: github.uninstall("sample-org")))
        assert [each["connectionStatus"] for each in connections(deployment)] == ["disconnected"]
        ren.post("/api/repositories", TRACKER)
        steps.fetch(steps.told(lambda: github.install("sample-org", ["sample-org/docs-site"])))
        assert [each["connectionStatus"] for each in connections(deployment)] == ["awaiting_installation"]
        steps.fetch(steps.told(lambda: github.choose("sample-org/parcel-tracker")))
        assert [each["connectionStatus"] for each in connections(deployment)] == ["connected"]

    def test_stays_suspended_for_a_person_who_connects_again(self, deployment: Deployment) -> None:
        steps, ren, github = Steps(deployment), Person(deployment, "ren", REN), deployment.github
        before = ren.post("/api/repositories", TRACKER).get_json()
        steps.fetch(steps.told(lambda: github.suspend("sample-org")))
        again = ren.post("/api/repositories", TRACKER).get_json()
        assert (again["repositoryId"], again["connectionStatus"]) == (before["repositoryId"], "suspended")
        steps.fetch(steps.told(lambda: github.unsuspend("sample-org")))
        assert [each["connectionStatus"] for each in connections(deployment)] == ["connected"]


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
