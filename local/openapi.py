"""The OpenAPI document of all functions: `python -m local.openapi > docs/openapi.json` (`make openapi`).

spectree makes the document of each function with typed routes; the others say theirs themselves.
"""

import importlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from local.cloud import KEY_SECRET, app_key, settings, webhook_secret
from local.functions import names
from local.secret_manager import SecretManager
from shared.web.app import App
from shared.web.typed import Problem, TypedApp

_INFO = {
    "title": "WorkLog",
    "version": "1",
    "description": "Merged pull requests become evidence-backed asset cards; AI acts inside what a person approved.",
}
_SECURITY = {
    "firebase": {"type": "http", "scheme": "bearer", "description": "A Firebase ID token"},
    "taskQueue": {"type": "http", "scheme": "bearer", "description": "The OIDC token of Cloud Tasks"},
    "webhookSignature": {"type": "apiKey", "in": "header", "name": "X-Hub-Signature-256"},
}
_PROBLEM = "application/problem+json"


def document() -> dict[str, Any]:
    """The whole document, its members in an order that does not change between runs."""
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {"Problem": _own_schema()}
    for app in _apps():
        _add(app, paths, schemas)
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": "http://localhost:3000"}],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(schemas.items())), "securitySchemes": _SECURITY},
    }


def _apps() -> list[App]:
    """Every function's application; to be loaded each wants its settings, and a key to check."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        with SecretManager({KEY_SECRET: app_key(state / "key.pem")}) as secrets:
            secret_file = webhook_secret(state / "webhook-secret")
            os.environ.update(settings(api="http://localhost:3000", webhook_secret_file=secret_file))
            os.environ["SECRET_MANAGER_EMULATOR_HOST"] = secrets.host
            return [importlib.import_module(f"functions.{name}.main").app for name in names()]


def _add(app: App, paths: dict[str, dict[str, Any]], schemas: dict[str, Any]) -> None:
    """Put an app's routes and models into the document."""
    for (verb, path), operation in app.operations.items():
        paths.setdefault(path, {})[verb.lower()] = dict(operation)
    if isinstance(app, TypedApp):
        app.spec.app = app.flask
        with app.flask.app_context():
            found = app.spec.spec
        for path, operations in found["paths"].items():
            for operation in operations.values():
                _name_problems(operation)
            paths.setdefault(path, {}).update(operations)
        schemas.update(found["components"]["schemas"])


def _name_problems(operation: dict[str, Any]) -> None:
    """Give problem documents their media type: spectree knows JSON alone."""
    for answer in operation["responses"].values():
        content = answer.get("content", {})
        if content.get("application/json", {}).get("schema", {}).get("$ref", "").endswith("/Problem"):
            content[_PROBLEM] = content.pop("application/json")


def _own_schema() -> dict[str, Any]:
    schema = Problem.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return schema


if __name__ == "__main__":
    json.dump(document(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
