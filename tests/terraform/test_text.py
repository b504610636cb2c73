"""Do the files hold together? What can be said without a provider, and therefore everywhere."""

import re
import subprocess
from pathlib import Path

import pytest

from local.functions import ROOT, names, prefixes
from shared.domain.step import STAGES
from tests.terraform.planning import FOLDER, check_installed
from tests.terraform.text import FILES, blocks, code, locals_, parsed, resource

REFERENCE = re.compile(r"(?<![\w.\"/-])((?:data\.)?google_\w+)\.(\w+)")
TIMEOUT = re.compile(r"\btimeout = (\d+)")


class TestFiles:
    def test_are_formatted(self) -> None:
        check_installed()
        done = subprocess.run(
            ["terraform", "fmt", "-check", "-recursive", str(FOLDER)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"run `terraform fmt terraform`: {done.stdout}{done.stderr}"

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
    def test_say_what_they_are_about(self, path: Path) -> None:
        assert parsed(path)
        assert path.read_text("utf-8").startswith("# ")

    def test_pin_the_provider_and_no_lock(self) -> None:
        """A lock holds the hashes of one platform's providers: an installation commits its own."""
        assert 'version = "~> 6.50"' in (FOLDER / "versions.tf").read_text("utf-8")
        tracked = subprocess.run(
            ["git", "ls-files", "terraform"], cwd=ROOT, capture_output=True, text=True, check=False
        ).stdout
        assert not re.search(r"\.terraform\.lock\.hcl|tfstate|\.tfvars$", tracked)


class TestReferences:
    def test_to_resources_lead_somewhere(self) -> None:
        there = {*blocks("resource"), *((f"data.{kind}", name) for kind, name in blocks("data"))}
        for path in FILES:
            assert set(REFERENCE.findall(code(path))) <= there, path.name

    def test_to_variables_lead_somewhere(self) -> None:
        declared = {name for (name,) in blocks("variable")}
        used = {name for path in FILES for name in re.findall(r"\bvar\.(\w+)", code(path))}
        assert used == declared

    def test_to_locals_lead_somewhere(self) -> None:
        used = {name for path in FILES for name in re.findall(r"\blocal\.(\w+)", code(path))}
        assert used == set(locals_())


class TestMap:
    def test_has_every_function(self) -> None:
        entries = set(locals_()["entries"])
        assert entries == set(names()), "give the function an entry in terraform/functions.tf"
        assert entries == set(prefixes().values())

    def test_gives_task_functions_the_time_of_their_stages(self) -> None:
        entries = locals_()["entries"]
        for stage in STAGES.values():
            found = TIMEOUT.search(str(entries[stage.function.replace("-", "_")]))
            assert found
            assert stage.timeout <= int(found[1]) < stage.dispatch_deadline < stage.lease, stage.name

    def test_keeps_secrets_out_of_the_files(self) -> None:
        assert not [block for block in blocks("resource") if "secret_version" in block[0]]
        for path in FILES:
            assert not re.search(r"BEGIN [A-Z ]*PRIVATE KEY|AIza[\w-]{30}|ghp_\w{30}", path.read_text("utf-8"))


class TestGuards:
    """What a plan shows better, read off the text for where none can be made."""

    def test_let_what_is_public_be_reached_through_the_load_balancer_alone(self) -> None:
        (served,) = resource("google_cloudfunctions2_function", "function")["service_config"]
        assert served["ingress_settings"] == '${each.value.public ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_INTERNAL_ONLY"}'

    def test_let_everybody_call_what_is_public_alone(self) -> None:
        assert sum(code(path).count("allUsers") for path in FILES) == 1
        public, task = (resource("google_cloud_run_v2_service_iam_member", name) for name in ("public", "task"))
        assert (public["for_each"], public["member"]) == ("${local.public}", '"allUsers"')
        assert (task["for_each"], task["member"]) == ("${local.tasks}", "${google_service_account.tasks.member}")

    def test_give_each_function_its_own_account(self) -> None:
        (served,) = resource("google_cloudfunctions2_function", "function")["service_config"]
        assert served["service_account_email"] == "${google_service_account.function[each.key].email}"

    def test_let_functions_act_as_the_carrier_of_tasks_alone(self) -> None:
        acting = [name for kind, name in blocks("resource") if kind == "google_service_account_iam_member"]
        assert acting == ["acts_as_tasks"]
        account = resource("google_service_account_iam_member", "acts_as_tasks")["service_account_id"]
        assert "google_service_account.tasks.email" in account

    def test_keep_the_database(self) -> None:
        database = resource("google_firestore_database", "this")
        assert database["point_in_time_recovery_enablement"] == '"POINT_IN_TIME_RECOVERY_ENABLED"'
        assert database["delete_protection_state"] == '"DELETE_PROTECTION_ENABLED"'
        assert resource("google_firestore_backup_schedule", "daily")["daily_recurrence"]

    def test_take_target_and_audience_from_one_value(self) -> None:
        assert locals_()["settings"]["tasks"]["TASKS_URL"] == "${local.address}"
        (target,) = resource("google_cloud_scheduler_job", "reconcile")["http_target"]
        assert target["oidc_token"][0]["audience"] == "${local.addresses.reconciler}"
        assert "${local.addresses.reconciler}/" in target["uri"]
