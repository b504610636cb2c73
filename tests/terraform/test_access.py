"""Who may do what? No more than each function's code does, and nobody for somebody else."""

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from local.functions import names
from tests.terraform.planning import PROJECT, Plan
from tests.terraform.test_functions import FUNCTION, PUBLIC, TASKS, service, variables
from tests.terraform.text import queueing

INVOKER = "google_cloud_run_v2_service_iam_member"
ON_THE_PROJECT = "google_project_iam_member"
ON_A_SECRET = "google_secret_manager_secret_iam_member"
ON_AN_ACCOUNT = "google_service_account_iam_member"
TOO_MUCH = re.compile(r"roles/(owner|editor|viewer|iam\.|resourcemanager|.*admin$|.*Admin$)")
# `actAs` on one account, and the deletion of a person's account.
USED = {"roles/iam.serviceAccountUser"}
SECRET_SETTING = re.compile(r"_SECRET$")


def account(plan: Plan, folder: str) -> str:
    """A function's account as IAM writes it."""
    return f"serviceAccount:{service(plan, folder)['service_account_email']}"


def project_roles(plan: Plan) -> dict[str, set[str]]:
    """The roles on the whole project by member."""
    found = defaultdict(set)
    for each in plan.of(ON_THE_PROJECT).values():
        found[each["member"]].add(each["role"])
    for name in ("firestore", "accounts", "builder"):
        for each in plan.named(ON_THE_PROJECT, name).values():
            found[each["member"]].add(each["role"])
    return found


def account_role(folder: str) -> str | None:
    """What a function's code does with the accounts of people: takes them away, looks them up, or nothing."""
    written = "".join(path.read_text("utf-8") for path in Path("functions", folder).glob("*.py"))
    if "accounts.delete(" in written:
        return f"projects/{PROJECT}/roles/accountRemover"
    return "roles/firebaseauth.viewer" if "governs=True" in written or ".accounts." in written else None


class TestCallers:
    def test_of_public_functions_are_everybody(self, either: Plan) -> None:
        found = {folder: (each["role"], each["member"]) for folder, each in either.named(INVOKER, "public").items()}
        assert found == dict.fromkeys(PUBLIC, ("roles/run.invoker", "allUsers"))

    def test_of_task_functions_are_the_queues_alone(self, either: Plan) -> None:
        (carrier,) = either.named("google_service_account", "tasks").values()
        found = {folder: (each["role"], each["member"]) for folder, each in either.named(INVOKER, "task").items()}
        assert found == dict.fromkeys(TASKS, ("roles/run.invoker", f"serviceAccount:{carrier['email']}"))

    def test_are_named_at_the_service_behind_a_function(self, either: Plan) -> None:
        """Of a function of the second generation only the service's own policy lets anybody in."""
        assert not [kind for kind in either.kinds if kind.startswith("google_cloudfunctions") and "iam" in kind]
        for name in ("public", "task"):
            for folder, each in either.named(INVOKER, name).items():
                assert each["name"] == either.of(FUNCTION)[folder]["name"]

    def test_are_nobody_else(self, either: Plan) -> None:
        everybody = re.compile(r'"(allUsers|allAuthenticatedUsers)"')
        planned = either.content["planned_values"]["root_module"]["resources"]
        open_to_all = {each["type"] for each in planned if everybody.search(json.dumps(each["values"]))}
        assert open_to_all == {INVOKER}


class TestRoles:
    @pytest.mark.parametrize("folder", sorted(PUBLIC | TASKS))
    def test_on_the_project_are_those_that_a_function_uses(self, either: Plan, folder: str) -> None:
        expected = {"roles/datastore.user", account_role(folder)} - {None}
        assert project_roles(either)[account(either, folder)] == expected

    def test_of_our_own_remove_accounts_and_nothing_else(self, either: Plan) -> None:
        (role,) = either.of("google_project_iam_custom_role").values()
        assert (role["role_id"], role["permissions"]) == ("accountRemover", ["firebaseauth.users.delete"])

    def test_let_nobody_administer(self, either: Plan) -> None:
        planned = either.content["planned_values"]["root_module"]["resources"]
        found = {each["values"]["role"] for each in planned if each["type"].endswith("_iam_member")}
        assert not [role for role in found if TOO_MUCH.match(role) and role not in USED]

    def test_replace_nobody_elses(self, either: Plan) -> None:
        """A binding or a policy would take away what was granted beside these files."""
        assert not [kind for kind in either.kinds if kind.endswith(("_iam_binding", "_iam_policy"))]

    def test_of_the_builder_are_for_building(self, either: Plan) -> None:
        (builder,) = either.named("google_service_account", "builder").values()
        assert project_roles(either)[builder["member"]] == {"roles/logging.logWriter", "roles/storage.objectViewer"}

    def test_let_functions_act_as_the_carrier_of_tasks_alone(self, either: Plan) -> None:
        (carrier,) = either.named("google_service_account", "tasks").values()
        found = either.of(ON_AN_ACCOUNT)
        assert {each["service_account_id"] for each in found.values()} == {
            f"projects/{PROJECT}/serviceAccounts/{carrier['email']}"
        }
        assert {each["role"] for each in found.values()} == {"roles/iam.serviceAccountUser"}
        actors = {each["member"] for each in found.values()}
        assert {folder for folder in names() if account(either, folder) in actors} == set(filter(queueing, names()))

    def test_leave_the_carrier_nothing_but_calling(self, either: Plan) -> None:
        (carrier,) = either.named("google_service_account", "tasks").values()
        planned = either.content["planned_values"]["root_module"]["resources"]
        granted = {
            (each["type"], each["values"]["role"])
            for each in planned
            if each["type"].endswith("_iam_member") and each["values"]["member"] == carrier["member"]
        }
        assert granted == {(INVOKER, "roles/run.invoker")}

    def test_are_of_no_default_account(self, either: Plan) -> None:
        planned = json.dumps(either.content["planned_values"])
        assert "-compute@developer" not in planned
        assert "@appspot.gserviceaccount.com" not in planned


class TestSecrets:
    def test_are_read_by_those_who_are_told_their_name(self, either: Plan) -> None:
        readers = {(each["secret_id"], each["member"]) for each in either.of(ON_A_SECRET).values()}
        told = {
            (value, account(either, folder))
            for folder in either.of(FUNCTION)
            for name, value in variables(either, folder).items()
            if SECRET_SETTING.search(name)
        }
        assert readers == told | {("github-webhook-secret", account(either, "webhooks"))}
        assert {each["role"] for each in either.of(ON_A_SECRET).values()} == {"roles/secretmanager.secretAccessor"}

    def test_are_all_there(self, most: Plan, least: Plan) -> None:
        always = ["github-app-private-key", "github-webhook-secret"]
        assert least.output("secrets") == always
        assert most.output("secrets") == sorted([*always, "gemini-api-key", "provisioning-app-private-key"])

    def test_have_no_value_in_plan_or_state(self, either: Plan) -> None:
        assert "google_secret_manager_secret_version" not in either.kinds
        assert "google_service_account_key" not in either.kinds
        for folder in either.of(FUNCTION):
            assert service(either, folder)["secret_environment_variables"] == []

    def test_of_the_webhook_are_a_file_that_follows_the_latest(self, either: Plan) -> None:
        mounted = {folder: service(either, folder)["secret_volumes"] for folder in either.of(FUNCTION)}
        assert [folder for folder, found in mounted.items() if found] == ["webhooks"]
        assert mounted["webhooks"] == [
            {
                "mount_path": "/etc/worklog",
                "project_id": PROJECT,
                "secret": "github-webhook-secret",
                "versions": [{"version": "latest", "path": "webhook-secret"}],
            }
        ]
        assert variables(either, "webhooks")["GITHUB_WEBHOOK_SECRET_FILE"] == "/etc/worklog/webhook-secret"
