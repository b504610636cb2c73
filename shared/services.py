"""The composition root: the only place that reads the environment and builds clients.

Clients are built when first used, once for each instance, because their imports are most of a cold start and
because the framework forks after loading us: a connection made before would be shared.
"""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from shared.domain.errors import RetryLaterError
from shared.logging import log
from shared.settings import (
    GITHUB_KEY,
    PROVISIONING_KEY,
    CloudSettings,
    Environment,
    GitHubSettings,
    ModelSettings,
    ProvisioningSettings,
    SignInSettings,
    TaskSettings,
    read_organization,
)

if TYPE_CHECKING:
    import requests

    from shared.auth import SignIn, TaskSignIn
    from shared.clients.accounts import Accounts
    from shared.clients.gemini import Gemini
    from shared.clients.github import GitHub, ProvisioningGitHub
    from shared.clients.mounted_secret import WebhookSecrets
    from shared.clients.secrets import Secrets
    from shared.clients.tasks import TaskQueues
    from shared.domain.approval import Policy
    from shared.store.intake import EventIntake
    from shared.store.store import Store

_FIRESTORE = "https://firestore.googleapis.com"
_CLOUD_TASKS = "https://cloudtasks.googleapis.com"


def utc_now() -> datetime:
    """The time, aware and in UTC."""
    return datetime.now(UTC)


class Services:
    """What handlers may ask for; `needs` are checked at once, everything else when it is used.

    Raises `ConfigurationError` when a setting of `needs` is missing or garbled.
    """

    def __init__(
        self, variables: Mapping[str, str], *, needs: tuple[str, ...] = (), now: Callable[[], datetime] = utc_now
    ) -> None:
        environment = Environment(variables)
        environment.refuse_stand_ins()
        self._environment = environment
        self.now = now
        self.settings = SignInSettings.read(environment)
        self.cloud = CloudSettings.read(environment)
        for need in needs:
            _CHECKS[need](self)

    @classmethod
    def from_process(cls, needs: tuple[str, ...]) -> "Services":
        """From the environment of this process."""
        return cls(os.environ, needs=needs)

    @cached_property
    def task_settings(self) -> TaskSettings:
        """Where tasks go and who carries them."""
        return TaskSettings.read(self._environment)

    @cached_property
    def github_settings(self) -> GitHubSettings:
        """Which App we are."""
        return GitHubSettings.read(self._environment)

    @cached_property
    def provisioning_settings(self) -> ProvisioningSettings:
        """Which App makes repositories, and where."""
        return ProvisioningSettings.read(self._environment)

    @cached_property
    def provisioning_organization(self) -> str:
        """The organisation in which repositories are made: all that somebody who asks for one needs to know."""
        return read_organization(self._environment)

    @cached_property
    def sign_in(self) -> "SignIn":
        """Who a person is."""
        from shared.auth import SignIn  # noqa: PLC0415  # 90 ms: requests and PyJWT
        from shared.clients.keys import KeySet  # noqa: PLC0415

        return SignIn(KeySet(self.settings.jwks_url, self._session), self.settings.project, self.now)

    @cached_property
    def accounts(self) -> "Accounts":
        """Whether a person's account still stands."""
        from shared.clients.accounts import Accounts  # noqa: PLC0415  # 220 ms

        return Accounts(self.settings.project)

    @cached_property
    def task_sign_in(self) -> "TaskSignIn":
        """Whether it is the task queue that calls."""
        from shared.auth import TaskSignIn  # noqa: PLC0415
        from shared.clients.keys import KeySet  # noqa: PLC0415

        settings = self.task_settings
        return TaskSignIn(KeySet(settings.jwks_url, self._session), settings.service_account, settings.address)

    @cached_property
    def approval_policy(self) -> "Policy":
        """What becomes of an approval of one's own intent, from `APPROVAL_POLICY`."""
        return (
            "enforce"
            if self._environment.optional("APPROVAL_POLICY", "record", "record|enforce") == "enforce"
            else "record"
        )

    @cached_property
    def model_settings(self) -> ModelSettings | None:
        """Which model writes, if one does."""
        return ModelSettings.read(self._environment)

    @cached_property
    def store(self) -> "Store":
        """Every collection, through Google's client."""
        from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415
        from google.cloud.firestore import Client  # noqa: PLC0415  # 400 ms

        from shared.store.database import Database  # noqa: PLC0415
        from shared.store.store import Store  # noqa: PLC0415

        stand_in = AnonymousCredentials() if self.cloud.firestore_emulator else None  # type: ignore[no-untyped-call]
        return Store(Database(Client(project=self.cloud.project, credentials=stand_in)))

    @cached_property
    def intake(self) -> "EventIntake":
        """The webhook's way to its events, without Google's client."""
        from shared.clients.google_api import AccessToken, GoogleApi, stand_in_token  # noqa: PLC0415
        from shared.store.intake import EventIntake  # noqa: PLC0415

        emulator = self.cloud.firestore_emulator
        address, token = (f"http://{emulator}", stand_in_token) if emulator else (_FIRESTORE, AccessToken())
        return EventIntake(GoogleApi(address, token), self.cloud.project)

    @cached_property
    def tasks(self) -> "TaskQueues":
        """The queues."""
        from shared.clients.google_api import AccessToken, GoogleApi, stand_in_token  # noqa: PLC0415
        from shared.clients.tasks import TaskQueues  # noqa: PLC0415

        emulator = self.task_settings.emulator
        address, token = (f"http://{emulator}", stand_in_token) if emulator else (_CLOUD_TASKS, AccessToken())
        return TaskQueues(GoogleApi(address, token), self.cloud.project, self.task_settings)

    @cached_property
    def secrets(self) -> "Secrets":
        """Secret Manager."""
        return self._secrets()

    @cached_property
    def webhook_secrets(self) -> "WebhookSecrets":
        """What deliveries are signed with."""
        from shared.clients.mounted_secret import WebhookSecrets  # noqa: PLC0415

        return WebhookSecrets(self._environment.required("GITHUB_WEBHOOK_SECRET_FILE"))

    @cached_property
    def github(self) -> "GitHub":
        """GitHub, as the App that reads pull requests."""
        return self._github(self.secrets)

    @cached_property
    def provisioning_github(self) -> "ProvisioningGitHub":
        """GitHub, as the App that makes repositories."""
        return self._provisioning_github(self.secrets)

    @cached_property
    def gemini(self) -> "Gemini | None":
        """The model, or None where no key is configured."""
        settings = self.model_settings
        if settings is None:
            return None
        from shared.clients.gemini import Gemini, checked_key  # noqa: PLC0415  # 600 ms

        return Gemini(
            lambda: checked_key(self.secrets.value(settings.key_secret, setting="GEMINI_API_KEY_SECRET")),
            model=settings.model,
            base_url=settings.base_url,
        )

    @cached_property
    def _session(self) -> "requests.Session":
        """One pool of connections for the public keys and for GitHub."""
        import requests  # noqa: PLC0415  # 110 ms
        from requests.adapters import HTTPAdapter  # noqa: PLC0415

        session = requests.Session()
        session.trust_env = False  # no .netrc: it would replace our Authorization header
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(pool_maxsize=32))
        return session

    def _secrets(self) -> "Secrets":
        from shared.clients.secrets import Secrets, client  # noqa: PLC0415  # 500 ms

        return Secrets(client(self.cloud.secret_manager_emulator), self.cloud.project)

    def _github(self, secrets: "Secrets") -> "GitHub":
        from shared.clients.github import GitHub  # noqa: PLC0415

        settings = self.github_settings
        return GitHub(
            api_url=settings.api_url,
            app_id=settings.app_id,
            private_key=lambda: secrets.value(settings.private_key_secret, setting=GITHUB_KEY),
            now=self.now,
            session=self._session,
        )

    def _provisioning_github(self, secrets: "Secrets") -> "ProvisioningGitHub":
        from shared.clients.github import ProvisioningGitHub  # noqa: PLC0415

        settings = self.provisioning_settings
        return ProvisioningGitHub(
            api_url=settings.api_url,
            app_id=settings.app_id,
            private_key=lambda: secrets.value(settings.private_key_secret, setting=PROVISIONING_KEY),
            now=self.now,
            session=self._session,
        )

    def check_github_key(self) -> None:
        """Sign once with the App's key."""
        _ = self.github_settings
        self._check_key(self._github)

    def check_provisioning_key(self) -> None:
        """Sign once with the key of the App that makes repositories."""
        _ = self.provisioning_settings
        self._check_key(self._provisioning_github)

    def _check_key(self, build: "Callable[[Secrets], GitHub | ProvisioningGitHub]") -> None:
        """Sign once, through clients that are then dropped: the framework has yet to fork."""
        try:
            build(self._secrets()).check_key()
        except RetryLaterError:  # its outage is no reason to keep this function down
            log.warning("github_key_unchecked")


_CHECKS: Mapping[str, Callable[[Services], object]] = {
    "sign_in": lambda services: services.settings,
    "tasks": lambda services: services.task_settings,
    "webhook_secret": lambda services: services.webhook_secrets,
    "approval_policy": lambda services: services.approval_policy,
    "model": lambda services: services.model_settings,
    "github": Services.check_github_key,
    "provisioning_github": Services.check_provisioning_key,
    "organization": lambda services: services.provisioning_organization,
}
