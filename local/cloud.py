"""The local cloud as one thing: every stand-in that no address from outside replaces, and the way to them all."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local.cloud_tasks import CloudTasks, Queue
from local.firestore import FirestoreEmulator
from local.gemini import API_KEY as FAKE_GEMINI_KEY
from local.gemini import Gemini
from local.github import APP_ID, GitHub, Sample
from local.identity import Identity
from local.identity.keys import STATE
from local.identity.tokens import PROJECT
from local.secret_manager import SecretManager

LOCATION = "europe-west1"
TASK_ACCOUNT = f"tasks@{PROJECT}.iam.gserviceaccount.com"
APP_SLUG = "worklog-local"
KEY_SECRET = "github-app-private-key"  # the names of three secrets
PROVISIONING_KEY_SECRET = "provisioning-app-private-key"
MODEL_KEY_SECRET = "gemini-api-key"
QUEUES = ("pr-event-processor", "asset-generator", "agent-runner", "provisioner", "reconciler")
ORGANIZATION = "sample-org"
PROVISIONING_APP_ID = 1_000_010
PROVISIONING_PERMISSIONS = {"metadata": "read", "administration": "write", "contents": "write"}
GOOGLE_KEYS_PATH = "/oauth2/v3/certs"


class LocalCloud:
    """Started with `with`; `variables` is the environment in which a function finds it all.

    What `given` (the process's own environment) names an address of is used and not started. `api` is where the
    functions will answer. `state` keeps keys and secrets between runs. Raises `PortTakenError` and whatever keeps
    the emulator from starting.
    """

    def __init__(
        self, *, given: Mapping[str, str], api: str, samples: Sequence[Sample] = (), state: Path = STATE
    ) -> None:
        self._given = given
        self._api = api
        self._stack = ExitStack()
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._keys = app_keys(state)
        self._secret_file = webhook_secret(state / "webhook-secret")
        self.webhook_secret = self._secret_file.read_bytes().strip()
        self.firestore = FirestoreEmulator(environ=given)
        self.tasks = CloudTasks([_queue(name) for name in QUEUES])
        self.github = GitHub(
            samples,
            public_key=public_key(self._keys[KEY_SECRET]),
            webhook_url=f"{api}/api/webhooks/github",
            webhook_secret=self.webhook_secret,
        )
        install_provisioning(self.github, self._keys[PROVISIONING_KEY_SECRET])
        self.identity = Identity(state=state, accept_any=True)
        self.secret_manager = SecretManager(self._keys)
        self.gemini = Gemini()
        self.variables: dict[str, str] = {}

    def scheduler_token(self) -> str:
        """What Cloud Scheduler shows the reconciler."""
        return self.tasks.tokens.mint_for(self.variables["TASKS_SERVICE_ACCOUNT"], self._api)

    def __enter__(self) -> Self:
        try:
            self.variables = self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self) -> dict[str, str]:
        """Start what is not given; what is given wins in the environment that comes of it."""
        given, enter = self._given, self._stack.enter_context
        enter(self.firestore)  # uses the one of FIRESTORE_EMULATOR_HOST by itself
        found = {
            "FIRESTORE_EMULATOR_HOST": self.firestore.host,
            **settings(api=self._api, webhook_secret_file=self._secret_file),
        }
        if "CLOUD_TASKS_EMULATOR_HOST" not in given:
            url = enter(self.tasks).url
            found |= {"CLOUD_TASKS_EMULATOR_HOST": _host(url), "GOOGLE_JWKS_URL": url + GOOGLE_KEYS_PATH}
        if "SECRET_MANAGER_EMULATOR_HOST" not in given:
            found["SECRET_MANAGER_EMULATOR_HOST"] = enter(self.secret_manager).host
        if "GITHUB_API_URL" not in given:
            found["GITHUB_API_URL"] = enter(self.github).url
        if "FIREBASE_JWKS_URL" not in given or "FIREBASE_AUTH_EMULATOR_HOST" not in given:
            identity = enter(self.identity)
            found |= {"FIREBASE_JWKS_URL": identity.jwks_url, "FIREBASE_AUTH_EMULATOR_HOST": identity.host}
        if key := given.get("GEMINI_API_KEY"):
            found["GEMINI_API_KEY_SECRET"] = MODEL_KEY_SECRET
            self.secret_manager.put(MODEL_KEY_SECRET, key)
        if key == FAKE_GEMINI_KEY and "GOOGLE_GEMINI_BASE_URL" not in given:
            found["GOOGLE_GEMINI_BASE_URL"] = enter(self.gemini).url
        return {**given, **{name: value for name, value in found.items() if name not in given}}


def settings(*, api: str, webhook_secret_file: Path, project: str = PROJECT) -> dict[str, str]:
    """What a function is told beside the addresses of the stand-ins."""
    return {
        "GOOGLE_CLOUD_PROJECT": project,
        "TASKS_LOCATION": LOCATION,
        "TASKS_URL": api,
        "TASKS_SERVICE_ACCOUNT": TASK_ACCOUNT,
        "GITHUB_APP_ID": str(APP_ID),
        "GITHUB_APP_SLUG": APP_SLUG,
        "GITHUB_PRIVATE_KEY_SECRET": KEY_SECRET,
        "GITHUB_WEBHOOK_SECRET_FILE": str(webhook_secret_file),
        "PROVISIONING_ORGANIZATION": ORGANIZATION,
        "PROVISIONING_GITHUB_APP_ID": str(PROVISIONING_APP_ID),
        "PROVISIONING_GITHUB_PRIVATE_KEY_SECRET": PROVISIONING_KEY_SECRET,
    }


def _queue(name: str) -> Queue:
    return Queue(
        name=f"projects/{PROJECT}/locations/{LOCATION}/queues/{name}",
        max_dispatches_per_second=20,
        max_concurrent=8,
        max_attempts=20,
        min_backoff=1,
        max_backoff=300,
    )


def _host(url: str) -> str:
    return urlsplit(url).netloc


def app_keys(state: Path) -> dict[str, str]:
    """The private keys of both Apps, by the names of their secrets."""
    return {
        KEY_SECRET: app_key(state / "github-app.pem"),
        PROVISIONING_KEY_SECRET: app_key(state / "provisioning-app.pem"),
    }


def install_provisioning(github: GitHub, key: str) -> None:
    """Let GitHub know the App that makes repositories, for all of the organisation, which is there from then on."""
    github.add_app(
        PROVISIONING_APP_ID,
        "worklog-provisioning-local",
        public_key=public_key(key),
        permissions=PROVISIONING_PERMISSIONS,
    )
    if github.world.account(ORGANIZATION) is None:
        github.add_user(ORGANIZATION, kind="Organization")
    github.install(ORGANIZATION, app_id=PROVISIONING_APP_ID, notify=False)


def app_key(path: Path) -> str:
    """The private key of the App, made at the first start."""
    if not path.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write_private(path, pem)
    return path.read_text("ascii")


def webhook_secret(path: Path) -> Path:
    """The file with the webhook's secret, made at the first start."""
    if not path.exists():
        _write_private(path, secrets.token_hex(32).encode())
    return path


def _write_private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def public_key(pem: str) -> bytes:
    """The public half of a private key, as GitHub keeps it."""
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
