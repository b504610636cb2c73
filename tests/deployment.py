"""WorkLog as a test sees it: a project of its own in the emulator, the stand-ins, and the functions it asks for."""

import json
import os
import secrets
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import Client as Firestore
from werkzeug.test import Client, TestResponse

from local.cloud import GOOGLE_KEYS_PATH, TASK_ACCOUNT, app_keys, settings
from local.cloud_tasks import CloudTasks
from local.functions import Gateway, load, names
from local.github import GitHub
from local.github.signing import headers, signatures
from local.identity import Identity
from local.identity.tokens import id_token_claims
from local.secret_manager import SecretManager
from local.server import Server
from shared.services import Services, utc_now

ORIGIN = "https://app.sample.invalid"
WEBHOOK_SECRET = b"a sample secret for deliveries only"


class Deployment:
    """A deployment of its own: `function(name)` is a client of one, loaded as functions-framework loads it.

    `speed` lets the time of its queues, how long they wait for a retry, run faster.
    """

    def __init__(
        self, folder: Path, identity: Identity, secret_manager: SecretManager, github: GitHub, *, speed: float = 1.0
    ) -> None:
        self.project = f"test-{secrets.token_hex(6)}"
        self.github = github
        self.identity = identity
        self.secret_manager = secret_manager
        self.webhook_secret_file = folder / "webhook-secret"
        self.webhook_secret_file.write_bytes(WEBHOOK_SECRET)
        for name, key in app_keys(folder).items():
            secret_manager.put(name, key, project=self.project)
        self._functions: dict[str, WSGIApplication] = {}
        self._clients: dict[str, Client] = {}
        self._loading = threading.Lock()
        self.tasks = CloudTasks(create_unknown_queues=True, speed=speed).start()
        self.gateway = Server(Gateway(self._functions), name="the functions").start()
        self.variables = {
            **settings(api=self.gateway.url, webhook_secret_file=self.webhook_secret_file, project=self.project),
            "FIRESTORE_EMULATOR_HOST": os.environ["FIRESTORE_EMULATOR_HOST"],
            "CLOUD_TASKS_EMULATOR_HOST": self.tasks.url.removeprefix("http://"),
            "GOOGLE_JWKS_URL": self.tasks.url + GOOGLE_KEYS_PATH,
            "SECRET_MANAGER_EMULATOR_HOST": secret_manager.host,
            "FIREBASE_JWKS_URL": identity.jwks_url,
            "FIREBASE_AUTH_EMULATOR_HOST": identity.host,
            "GITHUB_API_URL": github.url,
            "ALLOWED_ORIGINS": ORIGIN,
        }

    def function(self, name: str, **variables: str) -> Client:
        """A client of the function in `functions/<name>`, loaded at the first call under these variables too."""
        with self._loading:  # the environment of the process is changed meanwhile
            if name not in self._clients or variables:
                self._functions[name] = load(name, {**self.variables, **variables})
                self._clients[name] = Client(self._functions[name])
            return self._clients[name]

    def serve(self, name: str, application: WSGIApplication) -> Client:
        """A client of another application in the place of a function."""
        with self._loading:
            self._functions[name], self._clients[name] = application, Client(application)
            return self._clients[name]

    def load_all(self) -> None:
        """Load every function, so that tasks reach theirs."""
        for name in names():
            self.function(name)

    def services(self, now: Any = utc_now) -> Services:  # noqa: ANN401  # a clock of the test's
        """The services that a function of this deployment would have, with a clock of the test's own."""
        return Services(self.variables, now=now)

    def bearer(self, uid: str, github_id: int | None = None, claims: Mapping[str, Any] | None = None) -> dict[str, str]:
        """The header of a signed-in person."""
        said = id_token_claims(
            uid,
            github_id=github_id,
            claims=claims or {},
            project=self.project,
            issued_at=int(datetime.now(UTC).timestamp()),
        )
        return {"Authorization": f"Bearer {self.identity.keys.newest.sign(said)}"}

    def task_bearer(self, **claims: Any) -> dict[str, str]:  # noqa: ANN401
        """The header that Cloud Tasks sends to any function here: they share one address."""
        now = int(datetime.now(UTC).timestamp())
        said = {
            "iss": "https://accounts.google.com",
            "aud": self.gateway.url,
            "azp": "1",
            "sub": "1",
            "email": TASK_ACCOUNT,
            "email_verified": True,
            "iat": now,
            "exp": now + 3600,
            **claims,
        }
        return {"Authorization": f"Bearer {self.tasks.mint(**said)}"}

    def run_task(self, function: str, pr_event_id: str) -> TestResponse:
        """Call a task function as the queue does."""
        path = f"/api/tasks/{function}"
        client = self.function(function.replace("-", "_"))
        return client.post(path, json={"prEventId": pr_event_id}, headers=self.task_bearer())

    def deliver(
        self,
        payload: Mapping[str, Any] | bytes,
        *,
        event: str = "pull_request",
        guid: str = "00000000-0000-4000-8000-000000000001",
        secret: bytes = WEBHOOK_SECRET,
        **changed: str,
    ) -> TestResponse:
        """Post a delivery as GitHub does; `changed` replaces headers (underscores for hyphens)."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        sent = {**headers(event, guid, 1, 1), **signatures(body, secret)}
        sent |= {name.replace("_", "-"): value for name, value in changed.items()}
        return self.function("webhooks").post("/api/webhooks/github", data=body, headers=sent)

    def documents(self, *path: str) -> dict[str, dict[str, Any]]:
        """Every document of a collection, by its id."""
        return {each.id: each.to_dict() or {} for each in self.firestore.collection(*path).stream()}

    def everything(self) -> dict[str, dict[str, Any]]:
        """Every document there is, by its path, whatever collection it is in, and without a parent too."""
        found: dict[str, dict[str, Any]] = {}
        waiting = list(self.firestore.collections())
        while waiting:
            references = list(waiting.pop().list_documents())
            for snapshot in self.firestore.get_all(references):
                if snapshot.exists:
                    found[snapshot.reference.path] = snapshot.to_dict() or {}
            waiting += [below for reference in references for below in reference.collections()]
        return found

    @cached_property
    def firestore(self) -> Firestore:
        """The project's database, past all rules."""
        return Firestore(project=self.project, credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Stop what was started for this deployment alone."""
        if "firestore" in self.__dict__:
            self.firestore.close()  # type: ignore[no-untyped-call]
        self.tasks.stop()
        self.gateway.stop()
