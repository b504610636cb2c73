"""Does the local GitHub know who may do what, and what is called how by now?"""

from typing import Any

import pytest

from local.github import GitHub
from tests.local.github_calls import SECRET, Caller

TRACKER = "sample-org/parcel-tracker"
PULL = f"/repos/{TRACKER}/pulls/41"


class TestPeople:
    def test_are_found_by_number_and_login(self, caller: Caller) -> None:
        by_number = caller.get("/user/1000000101").json()
        assert (by_number["login"], by_number["id"]) == ("sample-dev-ada", 1000000101)
        assert caller.get("/users/Sample-Dev-Ada").json() == by_number
        assert caller.get("/users/sample-bot%5Bbot%5D").json()["type"] == "Bot"
        assert caller.get("/user/5").status_code == caller.get("/users/nobody").status_code == 404

    def test_keep_their_number_when_they_change_their_login(self, github: GitHub, caller: Caller) -> None:
        github.rename_user("sample-dev-ada", "sample-dev-ada-2")
        github.add_user("sample-dev-ada")
        assert caller.get("/user/1000000101").json()["login"] == "sample-dev-ada-2"
        assert caller.get("/users/sample-dev-ada").json()["id"] != 1000000101

    @pytest.mark.parametrize(
        ("role", "permission"),
        [("read", "read"), ("triage", "read"), ("write", "write"), ("maintain", "write"), ("admin", "admin")],
    )
    def test_have_the_permission_of_their_role(
        self, github: GitHub, caller: Caller, private: int, role: str, permission: str
    ) -> None:
        github.set_role(SECRET, "sample-dev-ada", role)
        answer = self.permission(caller, SECRET, "sample-dev-ada")
        assert (answer["permission"], answer["role_name"]) == (permission, role)
        assert (answer["user"]["login"], answer["user"]["id"]) == ("sample-dev-ada", 1000000101)
        assert answer["user"]["permissions"]["push"] is (permission != "read")

    def test_have_none_in_a_private_repository_that_is_not_theirs(
        self, github: GitHub, caller: Caller, private: int
    ) -> None:
        assert self.permission(caller, SECRET, "sample-dev-ada")["permission"] == "none"
        github.set_role(SECRET, "sample-dev-ren", None)
        assert self.permission(caller, SECRET, "sample-dev-ren")["permission"] == "none"

    def test_may_all_read_what_is_public(self, caller: Caller) -> None:
        assert self.permission(caller, TRACKER, "sample-dev-ada")["permission"] == "read"

    def test_own_their_own_repositories(self, github: GitHub, caller: Caller) -> None:
        github.add_repository("sample-dev-ada/notes", private=True)
        github.install("sample-dev-ada")
        path = "/repos/sample-dev-ada/notes/collaborators/sample-dev-ada/permission"
        assert caller.get(path, caller.token("sample-dev-ada")).json()["permission"] == "admin"

    def test_are_not_looked_up_for_strangers(self, github: GitHub, caller: Caller, private: int) -> None:
        path = f"/repos/{TRACKER}/collaborators/sample-dev-ada/permission"
        github.add_repository("elsewhere/thing")
        github.install("elsewhere")
        assert caller.get(path).status_code == 401
        assert caller.get(path, caller.token("elsewhere")).status_code == 403
        unknown = caller.get(path.replace("dev-ada", "dev-none"), caller.token("sample-org"))
        assert (unknown.status_code, unknown.json()["message"]) == (404, "sample-dev-none is not a user")

    def permission(self, caller: Caller, full_name: str, login: str) -> dict[str, Any]:
        path = f"/repos/{full_name}/collaborators/{login}/permission"
        found: dict[str, Any] = caller.get(path, caller.token("sample-org")).json()
        return found


class TestNames:
    def test_that_were_given_up_redirect_to_the_number(self, github: GitHub, caller: Caller) -> None:
        github.rename(TRACKER, "parcels")
        answer = caller.get(f"{PULL}/files?per_page=2")
        assert answer.status_code == 301
        location = f"{github.url}/repositories/2000000001/pulls/41/files?per_page=2"
        assert answer.headers["Location"] == answer.json()["url"] == location
        assert answer.json()["message"] == "Moved Permanently"
        assert len(caller.get(location).json()) == 2

    def test_that_are_new_stand_everywhere(self, github: GitHub, caller: Caller) -> None:
        github.rename(TRACKER, "parcels")
        new = "sample-org/parcels"
        pull = caller.get(f"/repos/{new}/pulls/41").json()
        assert pull["base"]["repo"]["full_name"] == pull["head"]["repo"]["full_name"] == new
        assert pull["html_url"] == f"https://github.com/{new}/pull/41"
        assert pull["base"]["repo"]["clone_url"] == f"https://github.com/{new}.git"
        assert f"/{new}/" in caller.get(f"/repos/{new}/pulls/41/files").json()[0]["contents_url"]
        assert TRACKER not in caller.get(f"/repos/{new}").text

    def test_that_somebody_registers_again_are_theirs(self, github: GitHub, caller: Caller) -> None:
        github.rename(TRACKER, "parcels")
        squatted = github.squat(TRACKER)
        assert caller.get(f"/repos/{TRACKER}").json()["id"] == squatted.id != 2000000001
        assert caller.get(PULL).status_code == 404
        assert caller.as_app(f"/repos/{TRACKER}/installation").status_code == 404
        with pytest.raises(KeyError):
            github.squat("sample-org/never-was")

    def test_follow_a_transfer(self, github: GitHub, caller: Caller) -> None:
        github.add_user("elsewhere", kind="Organization")
        github.transfer(TRACKER, "elsewhere")
        assert caller.get(f"/repos/{TRACKER}").headers["Location"] == f"{github.url}/repositories/2000000001"
        assert caller.get("/repositories/2000000001").json()["owner"]["login"] == "elsewhere"
        assert caller.as_app("/repos/elsewhere/parcel-tracker/installation").status_code == 404

    def test_of_a_renamed_owner_redirect_too(self, github: GitHub, caller: Caller) -> None:
        github.rename_user("sample-org", "sample-company")
        assert caller.get(PULL).status_code == 301
        assert caller.get("/repos/sample-company/parcel-tracker/pulls/41").status_code == 200
        token = caller.token("sample-company", repositories=["parcel-tracker"])
        assert caller.get("/repos/sample-company/parcel-tracker", token).status_code == 200

    def test_belong_to_one_at_a_time(self, github: GitHub) -> None:
        with pytest.raises(ValueError, match="is the name of repository 2000000001"):
            github.add_repository(TRACKER)
        with pytest.raises(ValueError, match="is the login of account 1000000101"):
            github.rename_user("sample-dev-ren", "Sample-Dev-Ada")

    def test_of_deleted_repositories_are_gone(self, github: GitHub, caller: Caller) -> None:
        github.delete(TRACKER)
        assert caller.get(f"/repos/{TRACKER}").status_code == 404
        assert github.add_repository(TRACKER).id != 2000000001
