"""A function that was configured wrongly does not start, says which setting it is, and shows no value."""

import os
from pathlib import Path

import pytest

from local.cloud import KEY_SECRET, PROVISIONING_KEY_SECRET
from local.functions import load, names
from shared.domain.errors import ConfigurationError
from shared.settings import LOCAL_ONLY
from tests.deployment import ORIGIN, Deployment

CANARY = "canary/value"
PROJECT = ("GOOGLE_CLOUD_PROJECT",)
TASKS = ("TASKS_LOCATION", "TASKS_URL", "TASKS_SERVICE_ACCOUNT")
GITHUB = ("GITHUB_APP_ID", "GITHUB_APP_SLUG", "GITHUB_PRIVATE_KEY_SECRET")
PROVISIONING = ("PROVISIONING_ORGANIZATION", "PROVISIONING_GITHUB_APP_ID", "PROVISIONING_GITHUB_PRIVATE_KEY_SECRET")
# What each function can't do without.
REQUIRED = {
    "agent_runner": (*PROJECT, *TASKS, *GITHUB),
    "agent_runs": (*PROJECT, *TASKS),
    "approvals": PROJECT,
    "asset_generator": (*PROJECT, *TASKS),
    "assets": (*PROJECT, *TASKS),
    "audit": PROJECT,
    "evidences": PROJECT,
    "exceptions": (*PROJECT, *TASKS),
    "intents": PROJECT,
    "pr_event_processor": (*PROJECT, *TASKS, *GITHUB),
    "provisioner": (*PROJECT, *TASKS, *PROVISIONING),
    "provisioning": (*PROJECT, *TASKS, "PROVISIONING_ORGANIZATION"),
    "reconciler": (*PROJECT, *TASKS, *GITHUB),
    "repositories": (*PROJECT, *TASKS, *GITHUB),
    "webhooks": (*PROJECT, *TASKS, "GITHUB_WEBHOOK_SECRET_FILE"),
}
# What may be left out, and must be right where it is not.
OPTIONAL = {
    "agent_runner": ("GITHUB_API_URL", "GEMINI_API_KEY_SECRET", "APPROVAL_POLICY"),
    "agent_runs": ("APPROVAL_POLICY",),
    "approvals": ("APPROVAL_POLICY",),
    "asset_generator": ("GEMINI_API_KEY_SECRET",),
    "pr_event_processor": ("GITHUB_API_URL",),
    "provisioner": ("GITHUB_API_URL", "APPROVAL_POLICY"),
    "provisioning": ("APPROVAL_POLICY",),
    "repositories": ("GITHUB_API_URL",),
}
EVERYWHERE = ("ALLOWED_ORIGINS", "FIREBASE_JWKS_URL")
MISSING = [(function, setting) for function, settings in REQUIRED.items() for setting in settings]
GARBLED = [*MISSING, *((function, setting) for function, settings in OPTIONAL.items() for setting in settings)]
STAND_INS = (*LOCAL_ONLY, "PUBSUB_EMULATOR_HOST")
KEYS = {"GITHUB_PRIVATE_KEY_SECRET": KEY_SECRET, "PROVISIONING_GITHUB_PRIVATE_KEY_SECRET": PROVISIONING_KEY_SECRET}
# Who signs as an App, and the setting by which its key is found.
SIGNERS = {function: setting for function, settings in REQUIRED.items() for setting in KEYS if setting in settings}
NO_KEYS = {
    "no PEM": "canary",
    "empty": "\n",
    "cut off": "-----BEGIN RSA PRIVATE KEY-----\ncanary",
    "garbled": "-----BEGIN PRIVATE KEY-----\ncanary0123456789abcdef\n-----END PRIVATE KEY-----\n",
    "binary": b"\x00\xff\xfe" * 50,
}


@pytest.fixture
def variables(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings with which every function starts; nothing else is said by this process's own environment."""
    for name in (*deployment.variables, "K_SERVICE"):
        monkeypatch.delenv(name, raising=False)
    return dict(deployment.variables)


def complaint(function: str, variables: dict[str, str]) -> str:
    """What keeps the function from starting."""
    with pytest.raises(ConfigurationError) as caught:
        load(function, variables)
    shown = f"{caught.value} {caught.value.__cause__}"
    assert "canary" not in shown
    return str(caught.value)


class TestTable:
    def test_has_every_function(self) -> None:
        assert sorted(REQUIRED) == list(names()), "say in REQUIRED what the function can't do without"


class TestStandIns:
    """With the address of an emulator, Google's own libraries take unsigned tokens for anybody's."""

    @pytest.mark.parametrize("function", names())
    @pytest.mark.parametrize("setting", STAND_INS)
    def test_keep_a_deployed_function_from_starting(
        self, function: str, setting: str, variables: dict[str, str]
    ) -> None:
        deployed = {name: value for name, value in variables.items() if name not in LOCAL_ONLY}
        said = complaint(function, {**deployed, "K_SERVICE": function, setting: f"http://127.0.0.1:1/{CANARY}"})
        assert said == f"{setting} must not be set in a deployed function"

    @pytest.mark.parametrize("function", sorted(set(names()) - set(SIGNERS)))
    def test_are_not_needed_for_a_start(self, function: str, variables: dict[str, str]) -> None:
        deployed = {name: value for name, value in variables.items() if name not in LOCAL_ONLY}
        load(function, {**deployed, "K_SERVICE": function})


class TestSettings:
    @pytest.mark.parametrize("function", names())
    def test_are_enough_for_a_start(self, function: str, variables: dict[str, str]) -> None:
        needed = {*REQUIRED[function], *LOCAL_ONLY}
        load(function, {name: value for name, value in variables.items() if name in needed})

    @pytest.mark.parametrize(("function", "setting"), MISSING)
    @pytest.mark.parametrize("blank", [None, "", " \t"])
    def test_are_missed_at_the_start(
        self, function: str, setting: str, blank: str | None, variables: dict[str, str]
    ) -> None:
        given = {name: value for name, value in variables.items() if name != setting}
        if blank is not None:
            given[setting] = blank
        assert complaint(function, given) == f"{setting} is not set"

    @pytest.mark.parametrize(
        ("function", "setting"), [*GARBLED, *((function, each) for function in names() for each in EVERYWHERE)]
    )
    def test_are_refused_at_the_start_when_garbled(
        self, function: str, setting: str, variables: dict[str, str]
    ) -> None:
        said = complaint(function, {**variables, setting: f"{CANARY} {CANARY}"})
        assert said in (f"{setting} is not of its form", f"{setting} can't be read")


class TestAppKey:
    @pytest.mark.parametrize("function", SIGNERS)
    @pytest.mark.parametrize("key", NO_KEYS.values(), ids=NO_KEYS.keys())
    def test_is_tried_at_the_start(
        self, key: str | bytes, function: str, deployment: Deployment, variables: dict[str, str]
    ) -> None:
        setting = SIGNERS[function]
        deployment.secret_manager.put(KEYS[setting], key, project=deployment.project)
        assert setting in complaint(function, variables).split()

    @pytest.mark.parametrize("function", SIGNERS)
    def test_is_missed_at_the_start(self, function: str, variables: dict[str, str]) -> None:
        said = complaint(function, {**variables, SIGNERS[function]: "canary-that-is-no-secret"})
        assert said == f"{SIGNERS[function]} names no secret that may be read"

    @pytest.mark.parametrize("function", SIGNERS)
    def test_is_not_waited_for_when_nobody_gives_it(
        self,
        function: str,
        deployment: Deployment,
        variables: dict[str, str],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        fault = deployment.secret_manager.operations.fail("access", status=503)
        try:
            load(function, variables)
        finally:
            deployment.secret_manager.operations.heal()
        assert fault.fired == 1
        assert "github_key_unchecked" in capsys.readouterr().out

    def test_is_taken_up_when_secret_manager_comes_back(self, deployment: Deployment) -> None:
        gone = deployment.secret_manager.operations.fail("access", status=503, times=2)
        repositories = deployment.function("repositories")
        headers, body = deployment.bearer("ada"), {"owner": "sample-org", "name": "parcel-tracker"}
        refused = repositories.post("/api/repositories", json=body, headers=headers)
        assert (refused.status_code, refused.get_json()["code"]) == (503, "try_later")
        assert gone.fired == 2
        assert repositories.post("/api/repositories", json=body, headers=headers).status_code == 201


class TestWebhookSecret:
    @pytest.mark.parametrize("content", ["", "\n", "changeme", "canary-short", "change-me-canary-change-me"])
    def test_is_refused_at_the_start_when_it_keeps_nobody_out(
        self, content: str, variables: dict[str, str], tmp_path: Path
    ) -> None:
        file = tmp_path / "canary"
        file.write_text(content)
        said = complaint("webhooks", {**variables, "GITHUB_WEBHOOK_SECRET_FILE": str(file)})
        assert said == "GITHUB_WEBHOOK_SECRET_FILE holds no usable secret (16 characters or more)"

    def test_is_missed_at_the_start(self, variables: dict[str, str], tmp_path: Path) -> None:
        said = complaint("webhooks", {**variables, "GITHUB_WEBHOOK_SECRET_FILE": str(tmp_path / "canary")})
        assert said == "GITHUB_WEBHOOK_SECRET_FILE can't be read"

    def test_is_in_no_variable(self, variables: dict[str, str], deployment: Deployment) -> None:
        secret = deployment.webhook_secret_file.read_text()
        assert not any(secret in value for value in (*variables.values(), *os.environ.values()))


class TestCrossOrigin:
    def test_starts_with_several_origins(self, variables: dict[str, str]) -> None:
        load("assets", {**variables, "ALLOWED_ORIGINS": f"{ORIGIN},http://localhost:8080"})

    @pytest.mark.parametrize("origins", ["*", f"{ORIGIN}, *", "null", f"{ORIGIN}/", f"{ORIGIN} http://localhost:8080"])
    def test_does_not_start_with_one_that_means_everybody(self, origins: str, variables: dict[str, str]) -> None:
        assert complaint("assets", {**variables, "ALLOWED_ORIGINS": origins}) == "ALLOWED_ORIGINS is not of its form"
