"""Is every function deployed as its code needs it: its own archive, account, settings and size?"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from local.cloud import app_key
from local.functions import load, names, prefixes
from local.secret_manager import SecretManager
from shared.domain.step import STAGES
from shared.settings import LOCAL_ONLY
from tests.deployment import WEBHOOK_SECRET
from tests.integration.test_configuration import OPTIONAL, REQUIRED
from tests.terraform.planning import PROJECT, Plan

PUBLIC = {
    *("repositories", "assets", "intents", "approvals", "agent_runs", "evidences", "audit", "exceptions"),
    *("provisioning", "webhooks"),
}
TASKS = {"pr_event_processor", "asset_generator", "agent_runner", "provisioner", "reconciler"}
FUNCTION = "google_cloudfunctions2_function"
# Of the framework, and what may be left out everywhere.
EVERYWHERE = {"THREADS", "ALLOWED_ORIGINS"}
MODEL = {"GEMINI_MODEL", "MODEL_CALLS_A_DAY"}


def service(plan: Plan, folder: str) -> dict[str, object]:
    """How a function is served."""
    (found,) = plan.of(FUNCTION)[folder]["service_config"]
    return dict(found)


def variables(plan: Plan, folder: str) -> dict[str, str]:
    """The environment of a function."""
    found = service(plan, folder)["environment_variables"]
    assert isinstance(found, dict)
    return found


class TestFunctions:
    def test_are_those_in_the_folder(self, either: Plan) -> None:
        assert set(either.of(FUNCTION)) == set(names()), "give the function an entry in terraform/functions.tf"

    def test_are_those_that_have_paths(self, either: Plan) -> None:
        assert set(either.of(FUNCTION)) == set(prefixes().values())

    def test_are_public_or_of_the_queues(self, either: Plan) -> None:
        found = {folder: service(either, folder)["ingress_settings"] for folder in either.of(FUNCTION)}
        assert found == {
            **dict.fromkeys(PUBLIC, "ALLOW_INTERNAL_AND_GCLB"),
            **dict.fromkeys(TASKS, "ALLOW_INTERNAL_ONLY"),
        }

    def test_have_the_names_that_the_code_calls_them_by(self, either: Plan) -> None:
        found = {each["name"] for each in either.of(FUNCTION).values()}
        assert {stage.function for stage in STAGES.values()} <= found
        assert not [name for name in found if "_" in name]

    def test_have_accounts_of_their_own(self, either: Plan) -> None:
        accounts = [service(either, folder)["service_account_email"] for folder in either.of(FUNCTION)]
        made = {each["email"] for each in either.named("google_service_account", "function").values()}
        assert len(set(accounts)) == len(accounts)
        assert set(accounts) == made

    def test_are_built_by_an_account_of_their_own(self, either: Plan) -> None:
        (builder,) = either.named("google_service_account", "builder").values()
        built = {each["build_config"][0]["service_account"] for each in either.of(FUNCTION).values()}
        assert built == {f"projects/{PROJECT}/serviceAccounts/{builder['email']}"}

    def test_keep_the_bytecode_of_their_build(self, either: Plan) -> None:
        """The archives are of 1980-01-01, and Python compiles anew what is not of its source's date."""
        dates = {
            each["build_config"][0]["environment_variables"]["SOURCE_DATE_EPOCH"]
            for each in either.of(FUNCTION).values()
        }
        assert dates == {"315532801"}

    def test_are_deployed_anew_when_their_archive_changes(self, either: Plan) -> None:
        archives = {folder: each["name"] for folder, each in either.of("google_storage_bucket_object").items()}
        used = {
            folder: each["build_config"][0]["source"][0]["storage_source"][0]["object"]
            for folder, each in either.of(FUNCTION).items()
        }
        assert used == archives
        assert len({name.rpartition("-")[2] for name in archives.values()}) == len(archives)

    def test_have_a_thread_for_each_request(self, either: Plan) -> None:
        for folder in either.of(FUNCTION):
            served = service(either, folder)
            assert variables(either, folder)["THREADS"] == str(served["max_instance_request_concurrency"])

    def test_keep_one_webhook_waiting(self, either: Plan) -> None:
        assert service(either, "webhooks")["min_instance_count"] == 1

    def test_give_the_webhook_memory_for_its_deliveries(self, either: Plan) -> None:
        """Eight deliveries of 25 MB at once take 640 MB."""
        assert service(either, "webhooks")["available_memory"] == "1Gi"


@pytest.fixture
def stand_ins(secret_manager: SecretManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """What takes the place of the cloud at a start: Secret Manager's values and the mounted file."""
    for name in LOCAL_ONLY:
        monkeypatch.delenv(name, raising=False)
    key, mounted = app_key(tmp_path / "key.pem"), tmp_path / "webhook-secret"
    mounted.write_bytes(WEBHOOK_SECRET)
    for name in ("github-app-private-key", "provisioning-app-private-key"):
        secret_manager.put(name, key, project=PROJECT)
    return {"SECRET_MANAGER_EMULATOR_HOST": secret_manager.host, "GITHUB_WEBHOOK_SECRET_FILE": str(mounted)}


class TestSettings:
    @pytest.mark.parametrize("folder", names())
    def test_are_all_that_a_function_needs(self, most: Plan, least: Plan, folder: str) -> None:
        for plan in (most, least):
            assert set(REQUIRED[folder]) <= set(variables(plan, folder)), folder

    @pytest.mark.parametrize("folder", names())
    def test_are_none_that_a_function_does_not_know(self, most: Plan, folder: str) -> None:
        known = {*REQUIRED[folder], *OPTIONAL.get(folder, ()), *EVERYWHERE}
        known |= MODEL if "GEMINI_API_KEY_SECRET" in known else set()
        assert set(variables(most, folder)) <= known

    @pytest.mark.parametrize("folder", names())
    def test_let_a_function_start(self, either: Plan, folder: str, stand_ins: Mapping[str, str]) -> None:
        load(folder, {**variables(either, folder), **stand_ins})

    def test_name_no_stand_in(self, either: Plan) -> None:
        for folder in either.of(FUNCTION):
            assert set(LOCAL_ONLY).isdisjoint(variables(either, folder))

    def test_say_enforce_where_it_is_enforced(self, most: Plan, least: Plan) -> None:
        assert variables(most, "approvals")["APPROVAL_POLICY"] == "enforce"
        assert variables(least, "approvals")["APPROVAL_POLICY"] == "record"

    def test_name_no_model_without_a_key(self, least: Plan) -> None:
        assert "GEMINI_API_KEY_SECRET" not in variables(least, "asset_generator")

    def test_let_another_app_make_repositories(self, most: Plan, least: Plan) -> None:
        def identity(plan: Plan) -> tuple[str, str]:
            given = variables(plan, "provisioner")
            return given["PROVISIONING_GITHUB_APP_ID"], given["PROVISIONING_GITHUB_PRIVATE_KEY_SECRET"]

        assert identity(most) == ("5678", "provisioning-app-private-key")
        assert identity(least) == ("1234", "github-app-private-key")
