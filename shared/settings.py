"""What a function can be told from outside, under which name, and what each value must look like.

Every error names the setting and never shows its value. Nothing here reads the process's environment:
`shared.services` hands it over.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from shared.domain.errors import ConfigurationError

# With any of these set, a client would trust or talk to a stand-in: never in a deployed function.
LOCAL_ONLY = (
    "FIRESTORE_EMULATOR_HOST",
    "FIREBASE_AUTH_EMULATOR_HOST",
    "CLOUD_TASKS_EMULATOR_HOST",
    "SECRET_MANAGER_EMULATOR_HOST",
    "FIREBASE_JWKS_URL",
    "GOOGLE_JWKS_URL",
)
FIREBASE_JWKS = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"
GOOGLE_JWKS = "https://www.googleapis.com/oauth2/v3/certs"
_PLACEHOLDER = re.compile(r"change.?me|placeholder|your.?(webhook.?)?secret", re.IGNORECASE)
_MINIMUM_SECRET = 16
GITHUB_KEY = "GITHUB_PRIVATE_KEY_SECRET"
PROVISIONING_KEY = "PROVISIONING_GITHUB_PRIVATE_KEY_SECRET"
_APP_ID = r"[0-9]+|Iv[A-Za-z0-9._-]+"
_KEPT_UNDER = r"[A-Za-z0-9_-]+"
_ORGANIZATION = r"[A-Za-z0-9](-?[A-Za-z0-9]){0,38}"


@dataclass(frozen=True)
class Environment:
    """The variables of the process, read by name; raises `ConfigurationError` for what does not fit."""

    values: Mapping[str, str]

    def refuse_stand_ins(self) -> None:
        """Stop a deployed function that was given an address of the local cloud."""
        if "K_SERVICE" not in self.values:
            return
        for name, value in self.values.items():
            if value and (name in LOCAL_ONLY or name.endswith("_EMULATOR_HOST")):
                raise ConfigurationError(f"{name} must not be set in a deployed function")

    def required(self, name: str, pattern: str = r"\S+") -> str:
        """The value of a variable that must be there."""
        value = self.values.get(name, "").strip()
        if not value:
            raise ConfigurationError(f"{name} is not set")
        if not re.fullmatch(pattern, value):
            raise ConfigurationError(f"{name} is not of its form")
        return value

    def optional(self, name: str, default: str = "", pattern: str = r"\S*") -> str:
        """The value of a variable that may be left out."""
        return self.required(name, pattern) if self.values.get(name, "").strip() else default


@dataclass(frozen=True)
class CloudSettings:
    """The project that everything lives in."""

    project: str
    firestore_emulator: str
    secret_manager_emulator: str

    @classmethod
    def read(cls, environment: Environment) -> Self:
        """From `GOOGLE_CLOUD_PROJECT` and the addresses of the local cloud."""
        return cls(
            project=environment.required("GOOGLE_CLOUD_PROJECT", r"[a-z][a-z0-9-]{4,62}"),
            firestore_emulator=environment.optional("FIRESTORE_EMULATOR_HOST"),
            secret_manager_emulator=environment.optional("SECRET_MANAGER_EMULATOR_HOST"),
        )


@dataclass(frozen=True)
class TaskSettings:
    """Where tasks are queued, who carries them and where they are delivered.

    `url` holds `{function}`: a function's address follows from its name, and is the audience of its tokens.
    """

    location: str
    url: str
    service_account: str
    emulator: str
    jwks_url: str

    @classmethod
    def read(cls, environment: Environment) -> Self:
        """From `TASKS_LOCATION`, `TASKS_URL`, `TASKS_SERVICE_ACCOUNT` and the addresses of the local cloud."""
        return cls(
            location=environment.required("TASKS_LOCATION", r"[a-z]+-[a-z]+[0-9]+"),
            url=environment.required("TASKS_URL", r"https?://([A-Za-z0-9.:-]|\{function\})+"),
            service_account=environment.required("TASKS_SERVICE_ACCOUNT", r"[^@\s]+@[^@\s]+"),
            emulator=environment.optional("CLOUD_TASKS_EMULATOR_HOST"),
            jwks_url=environment.optional("GOOGLE_JWKS_URL", GOOGLE_JWKS, r"https?://\S+"),
        )

    def address(self, function: str) -> str:
        """The address of a task function: target of its queue and audience of its tokens."""
        return self.url.replace("{function}", function)


@dataclass(frozen=True)
class GitHubSettings:
    """The GitHub App: who it is, where its key is kept, and which GitHub it talks to."""

    app_id: str
    app_slug: str
    private_key_secret: str
    api_url: str

    @classmethod
    def read(cls, environment: Environment) -> Self:
        """From `GITHUB_APP_ID`, `GITHUB_APP_SLUG`, `GITHUB_PRIVATE_KEY_SECRET` and `GITHUB_API_URL`."""
        return cls(
            app_id=environment.required("GITHUB_APP_ID", _APP_ID),
            app_slug=environment.required("GITHUB_APP_SLUG", r"[a-z0-9-]+"),
            private_key_secret=environment.required(GITHUB_KEY, _KEPT_UNDER),
            api_url=read_github_url(environment),
        )

    @property
    def install_url(self) -> str:
        """Where a person installs the App."""
        return f"https://github.com/apps/{self.app_slug}/installations/new"


@dataclass(frozen=True)
class ProvisioningSettings:
    """The GitHub App that makes repositories, which need not be the one that reads them, and where it makes them."""

    organization: str
    app_id: str
    private_key_secret: str
    api_url: str

    @classmethod
    def read(cls, environment: Environment) -> Self:
        """From `PROVISIONING_ORGANIZATION`, `PROVISIONING_GITHUB_APP_ID` and their kin, and `GITHUB_API_URL`."""
        return cls(
            organization=read_organization(environment),
            app_id=environment.required("PROVISIONING_GITHUB_APP_ID", _APP_ID),
            private_key_secret=environment.required(PROVISIONING_KEY, _KEPT_UNDER),
            api_url=read_github_url(environment),
        )


def read_organization(environment: Environment) -> str:
    """The organisation in which repositories are made, from `PROVISIONING_ORGANIZATION`."""
    return environment.required("PROVISIONING_ORGANIZATION", _ORGANIZATION)


def read_github_url(environment: Environment) -> str:
    """Which GitHub is talked to, from `GITHUB_API_URL`."""
    return environment.optional("GITHUB_API_URL", "https://api.github.com", r"https?://\S+").rstrip("/")


@dataclass(frozen=True)
class ModelSettings:
    """Which model writes, where its key is kept, and how often it may be asked in a day (UTC); 0 switches it off."""

    key_secret: str
    model: str
    base_url: str
    most_calls_a_day: int

    @classmethod
    def read(cls, environment: Environment) -> Self | None:
        """From `GEMINI_API_KEY_SECRET` and its kin; None where no key is configured: the offline writer writes."""
        key_secret = environment.optional("GEMINI_API_KEY_SECRET", pattern=r"[A-Za-z0-9_-]+")
        if not key_secret:
            return None
        return cls(
            key_secret=key_secret,
            model=environment.optional("GEMINI_MODEL", "gemini-2.5-flash", r"[a-z0-9.-]+"),
            base_url=environment.optional("GOOGLE_GEMINI_BASE_URL", pattern=r"https?://\S+"),
            most_calls_a_day=int(environment.optional("MODEL_CALLS_A_DAY", "2000", r"[0-9]{1,7}")),
        )


@dataclass(frozen=True)
class SignInSettings:
    """How people prove who they are, and which pages may call on their behalf."""

    project: str
    jwks_url: str
    allowed_origins: tuple[str, ...]

    @classmethod
    def read(cls, environment: Environment) -> Self:
        """From `GOOGLE_CLOUD_PROJECT`, `FIREBASE_JWKS_URL` and `ALLOWED_ORIGINS` (commas between)."""
        origins = environment.optional("ALLOWED_ORIGINS", pattern=r"(https?://[^\s/,*]+)(,https?://[^\s/,*]+)*")
        return cls(
            project=environment.required("GOOGLE_CLOUD_PROJECT", r"[a-z][a-z0-9-]{4,62}"),
            jwks_url=environment.optional("FIREBASE_JWKS_URL", FIREBASE_JWKS, r"https?://\S+"),
            allowed_origins=tuple(origins.split(",")) if origins else (),
        )


def read_webhook_secrets(path: str) -> tuple[bytes, ...]:
    """The secrets in the mounted file at `path`, one a line: two of them while one replaces the other.

    Raises `ConfigurationError` when there is none that could keep anybody out.
    """
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError("GITHUB_WEBHOOK_SECRET_FILE can't be read") from None
    secrets = tuple(line.strip() for line in lines if line.strip())
    if not secrets or any(len(each) < _MINIMUM_SECRET or _PLACEHOLDER.search(each) for each in secrets):
        raise ConfigurationError("GITHUB_WEBHOOK_SECRET_FILE holds no usable secret (16 characters or more)")
    return tuple(each.encode() for each in secrets)
