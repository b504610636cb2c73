"""The whole document: what every function says of itself, put together."""

import importlib
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.cloud import app_keys, settings, webhook_secret
from local.functions import names
from local.openapi.operations import PROBLEM_ANSWERS, polished, public_path
from local.openapi.schemas import for_readers, problem_schema, referenced
from local.secret_manager import SecretManager
from local.surroundings import having
from shared.web.app import App
from shared.web.typed import TypedApp

_ADDRESS = "http://localhost:3000"
_INFO = {
    "title": "WorkLog",
    "version": "1",
    "description": "Merged pull requests become evidence-backed asset cards; AI acts inside what a person approved.",
}
_SERVERS = [
    {"url": _ADDRESS, "description": "`make dev`"},
    {
        "url": "https://{domain}",
        "description": "A deployment",
        "variables": {"domain": {"default": "worklog.example", "description": "The domain of the load balancer"}},
    },
]
_SECURITY = {
    "firebase": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A Firebase ID token; `python -m local.token` prints one for the local cloud",
    },
    "taskQueue": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The OIDC token of Cloud Tasks",
    },
    "webhookSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Hub-Signature-256",
        "description": "HMAC-SHA256 over the raw body, as GitHub signs its deliveries",
    },
}
_TASKS = "Called by Cloud Tasks and Cloud Scheduler alone"


def document() -> dict[str, Any]:
    """The document, its members in an order that does not change between runs.

    Raises ValueError when two functions give one name to different schemas, or one id to two operations.
    """
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {}
    groups = {"tasks": _TASKS}
    with _environment():
        for name in names():
            module = importlib.import_module(f"functions.{name}.main")
            groups[module.app.name] = _said(module.__doc__ or "")
            _add(module.app, paths, schemas)
    operations = [operation for path in paths.values() for operation in path.values()]
    _refuse_twins([operation["operationId"] for operation in operations])
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": _SERVERS,
        "tags": [{"name": tag, "description": groups[tag]} for tag in sorted({each["tags"][0] for each in operations})],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": referenced(schemas, paths, PROBLEM_ANSWERS),
            "responses": PROBLEM_ANSWERS,
            "securitySchemes": _SECURITY,
        },
    }


@contextmanager
def _environment() -> Iterator[None]:
    """What every function wants to be loaded: its settings, and a key to check."""
    with tempfile.TemporaryDirectory() as folder, SecretManager() as secrets:
        state = Path(folder)
        for name, key in app_keys(state).items():
            secrets.put(name, key)
        told = settings(api=_ADDRESS, webhook_secret_file=webhook_secret(state / "webhook-secret"))
        with having({**told, "SECRET_MANAGER_EMULATOR_HOST": secrets.host}):
            yield


def _add(app: App, paths: dict[str, dict[str, Any]], schemas: dict[str, Any]) -> None:
    """Put an app's routes and models into the document."""
    for (verb, path), operation in app.operations.items():
        paths.setdefault(path, {})[verb.lower()] = polished(path, operation)
    found: dict[str, Any] = {"Problem": problem_schema()}
    if isinstance(app, TypedApp):
        app.spec.app = app.flask
        with app.flask.app_context():
            said = app.spec.spec
        for path, operations in said["paths"].items():
            there = paths.setdefault(public_path(path), {})
            for verb, operation in operations.items():
                files = app.file_types.get(operation["operationId"], ())
                there[verb] = polished(path, operation, files)
        found |= said["components"]["schemas"]
    for name, schema in found.items():
        readable = for_readers(schema)
        if schemas.setdefault(name, readable) != readable:
            raise ValueError(f"two schemas are called {name}: call the one in functions/{app.name} something else")


def _said(docstring: str) -> str:
    """The first line of a module's docstring without the group's name: `Assets: the inbox.` is `The inbox`."""
    line = docstring.splitlines()[0].removesuffix(".")
    rest = line.partition(": ")[2] or line
    return rest[:1].upper() + rest[1:]


def _refuse_twins(operation_ids: list[str]) -> None:
    twins = sorted(each for each, count in Counter(operation_ids).items() if count > 1)
    if twins:
        raise ValueError(f"two operations are called {', '.join(twins)}: rename the handler of one")
