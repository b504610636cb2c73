"""A function takes no setting that is garbled, names the one at fault, and never shows a value."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import ConfigurationError
from shared.services import Services
from shared.settings import (
    LOCAL_ONLY,
    CloudSettings,
    Environment,
    GitHubSettings,
    ModelSettings,
    ProvisioningSettings,
    SignInSettings,
    TaskSettings,
    read_webhook_secrets,
)

GOOD = {
    "GOOGLE_CLOUD_PROJECT": "a-project",
    "TASKS_LOCATION": "europe-west1",
    "TASKS_URL": "https://{function}-123456.europe-west1.run.app",
    "TASKS_SERVICE_ACCOUNT": "tasks@a-project.iam.gserviceaccount.com",
    "GITHUB_APP_ID": "12345",
    "GITHUB_APP_SLUG": "worklog-app",
    "GITHUB_PRIVATE_KEY_SECRET": "github-app-private-key",
    "GEMINI_API_KEY_SECRET": "gemini-api-key",
    "PROVISIONING_ORGANIZATION": "an-organisation",
    "PROVISIONING_GITHUB_APP_ID": "67890",
    "PROVISIONING_GITHUB_PRIVATE_KEY_SECRET": "provisioning-app-private-key",
}
GARBLED = {
    "GOOGLE_CLOUD_PROJECT": ["a", "A-PROJECT", "1-project", "a project", "a/../b", "a" * 64, "プロジェクト"],
    "TASKS_LOCATION": ["europe", "europe-west", "Europe-west1", "../europe-west1", "europe-west1/queues", "1"],
    "TASKS_URL": [
        "{function}-1.run.app",
        "https://",
        "https://a/b",
        "https://a?b",
        "https://a#b",
        "https://user@a",
        "https://{name}-1.run.app",
        "https://{function-1.run.app",
        "ftp://a",
        "https://a b",
    ],
    "TASKS_SERVICE_ACCOUNT": ["tasks", "tasks@", "@a", "a@b@c", "tasks @a.b"],
    "GITHUB_APP_ID": ["0x1", "1.5", "-1", "١٢٣", "1 2", "one"],
    "GITHUB_APP_SLUG": ["A", "a/b", "a b", "..", "ä"],
    "GITHUB_PRIVATE_KEY_SECRET": ["a/b", "projects/p/secrets/s", "a b", "-----BEGIN PRIVATE KEY-----"],
    "PROVISIONING_ORGANIZATION": ["-a", "a-", "a--b", "a/b", "a b", "..", "ä", "a" * 40, "a_b"],
    "PROVISIONING_GITHUB_APP_ID": ["0x1", "-1", "one"],
    "PROVISIONING_GITHUB_PRIVATE_KEY_SECRET": ["a/b", "a b", "-----BEGIN PRIVATE KEY-----"],
    "GITHUB_API_URL": ["api.github.com", "ftp://a", "https://", "https://a b", "file:///etc/passwd"],
    "FIREBASE_JWKS_URL": ["keys.json", "file:///keys.json", "https://"],
    "GOOGLE_JWKS_URL": ["keys.json", "file:///keys.json", "https://"],
    "GEMINI_API_KEY_SECRET": ["a/b", "a b", "AIza.."],
    "GEMINI_MODEL": ["a/b", "Gemini", "a b"],
    "MODEL_CALLS_A_DAY": ["-1", "1.5", "1e3", "many", "99999999", "٣"],
    "ALLOWED_ORIGINS": [
        "*",
        "https://*.a.b",
        "null",
        "a.b",
        "https://a.b/",
        "https://a.b/path",
        "https://a.b, https://c.d",
        "https://a.b,",
        ",https://a.b",
        "https://a.b,,https://c.d",
        "ftp://a.b",
        "https://a b",
    ],
}
REQUIRED = [name for name in GOOD if name != "GEMINI_API_KEY_SECRET"]
BLANK = ["", " ", "\t\n"]


def read_all(variables: dict[str, str]) -> None:
    environment = Environment(variables)
    for kind in (CloudSettings, TaskSettings, GitHubSettings, ModelSettings, ProvisioningSettings, SignInSettings):
        kind.read(environment)


def complaint(read: Callable[[], object]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read()
    assert caught.value.__cause__ is None
    return str(caught.value)


class TestSettings:
    @pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in GARBLED.items() for value in values])
    def test_are_refused_by_name_when_garbled(self, name: str, value: str) -> None:
        assert complaint(lambda: read_all({**GOOD, name: value})) == f"{name} is not of its form"

    @pytest.mark.parametrize("name", REQUIRED)
    @pytest.mark.parametrize("value", [None, *BLANK])
    def test_are_refused_by_name_when_missing(self, name: str, value: str | None) -> None:
        others = {key: each for key, each in GOOD.items() if key != name}
        given = others if value is None else {**others, name: value}
        assert complaint(lambda: read_all(given)) == f"{name} is not set"

    @given(name=st.sampled_from(sorted(GARBLED)), value=st.text(alphabet="abXY09/{}-@.:* \n\x7fé", min_size=9))
    def test_are_never_shown(self, name: str, value: str) -> None:
        said = ""
        try:
            read_all({**GOOD, name: value})
        except ConfigurationError as error:
            said = str(error)
        assert said in {"", f"{name} is not of its form", f"{name} is not set"}

    def test_are_read_when_they_are_good(self) -> None:
        given = Environment(GOOD)
        tasks, github, signed_in = TaskSettings.read(given), GitHubSettings.read(given), SignInSettings.read(given)
        assert tasks.address("pr-event-processor") == "https://pr-event-processor-123456.europe-west1.run.app"
        assert (github.api_url, github.app_id) == ("https://api.github.com", "12345")
        assert github.install_url == "https://github.com/apps/worklog-app/installations/new"
        assert signed_in.allowed_origins == ()
        assert signed_in.jwks_url.startswith("https://www.googleapis.com/")
        assert tasks.jwks_url.startswith("https://www.googleapis.com/")

    def test_have_no_model_where_no_key_is_configured(self) -> None:
        assert ModelSettings.read(Environment({**GOOD, "GEMINI_API_KEY_SECRET": ""})) is None

    def test_list_several_origins(self) -> None:
        origins = "https://a.b,http://localhost:3000,https://c.d:8443"
        settings = SignInSettings.read(Environment({**GOOD, "ALLOWED_ORIGINS": origins}))
        assert settings.allowed_origins == ("https://a.b", "http://localhost:3000", "https://c.d:8443")

    def test_lose_the_space_around_them(self) -> None:
        assert CloudSettings.read(Environment({"GOOGLE_CLOUD_PROJECT": " a-project\n"})).project == "a-project"


class TestStandIns:
    """In the cloud, an address of the local cloud would let anybody in."""

    @pytest.mark.parametrize("name", [*LOCAL_ONLY, "STORAGE_EMULATOR_HOST", "ANY_EMULATOR_HOST"])
    def test_keep_a_deployed_function_from_starting(self, name: str) -> None:
        canary = "canary.sample.invalid:1234"
        said = complaint(lambda: Services({**GOOD, "K_SERVICE": "webhooks", name: canary}))
        assert said == f"{name} must not be set in a deployed function"

    @pytest.mark.parametrize("name", ["FIREBASE_JWKS_URL", "GOOGLE_JWKS_URL"])
    def test_are_keys_from_elsewhere_too(self, name: str) -> None:
        said = complaint(lambda: Services({**GOOD, "K_SERVICE": "webhooks", name: "https://keys.sample.invalid"}))
        assert said == f"{name} must not be set in a deployed function"

    @pytest.mark.parametrize("service", ["webhooks", ""])
    def test_are_refused_whatever_the_service_is_called(self, service: str) -> None:
        complaint(lambda: Services({**GOOD, "K_SERVICE": service, "FIREBASE_AUTH_EMULATOR_HOST": "a:1"}))

    def test_serve_everywhere_else(self) -> None:
        Services({**GOOD, "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:9099"})

    def test_are_none_when_they_are_left_empty(self) -> None:
        Services({**GOOD, "K_SERVICE": "webhooks", "FIREBASE_AUTH_EMULATOR_HOST": ""})


class TestWebhookSecrets:
    GOOD = "0123456789abcdef"

    @pytest.mark.parametrize(
        "content",
        [
            "",
            " \n\t\n",
            "changeme",
            "secret",
            "todo",
            "ChangeMe-ChangeMe-ChangeMe",
            "change_me_before_you_deploy",
            "a-placeholder-for-the-secret",
            "your-webhook-secret-here",
            "0123456789abcde",
            f"{GOOD}\nshort",
            f"changeme\n{GOOD}",
            f"{GOOD}\nplaceholder-0123456789",
        ],
    )
    def test_are_refused_when_they_could_keep_nobody_out(self, content: str, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text(content)
        said = complaint(lambda: read_webhook_secrets(str(file)))
        assert said == "GITHUB_WEBHOOK_SECRET_FILE holds no usable secret (16 characters or more)"

    @pytest.mark.parametrize("content", [b"\xff\xfe0123456789abcdef", b"\x80" * 32])
    def test_are_refused_when_they_are_not_text(self, content: bytes, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_bytes(content)
        assert complaint(lambda: read_webhook_secrets(str(file))) == "GITHUB_WEBHOOK_SECRET_FILE can't be read"

    @pytest.mark.parametrize("name", ["absent", ".", "secret/below"])
    def test_are_refused_when_there_is_no_file(self, name: str, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text(self.GOOD)
        assert complaint(lambda: read_webhook_secrets(str(tmp_path / name))) == (
            "GITHUB_WEBHOOK_SECRET_FILE can't be read"
        )

    @pytest.mark.parametrize("content", [GOOD, f"{GOOD}\n", f"\n  {GOOD}\r\n\n"])
    def test_stand_one_on_a_line(self, content: str, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text(content)
        assert read_webhook_secrets(str(file)) == (self.GOOD.encode(),)

    def test_may_be_two(self, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text(f"{self.GOOD}\nanother secret of many words\n")
        assert read_webhook_secrets(str(file)) == (self.GOOD.encode(), b"another secret of many words")
