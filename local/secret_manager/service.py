"""At which addresses do secrets answer?

https://cloud.google.com/secret-manager/docs/reference/rest
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import google_crc32c
from flask import request

from local.google_error import GoogleError
from local.identity.tokens import PROJECT
from local.operations import Operations
from local.secret_manager.versions import Secrets, Version, unreadable
from local.stand_in import StandIn

_STATES = {"enable": "ENABLED", "disable": "DISABLED", "destroy": "DESTROYED"}


class SecretManager(StandIn):
    """Secret Manager on a loopback port, with these secrets of `project` in their first version.

    `operations` counts and fails the calls of `access`, `create`, `add`, `get`, `delete`, `enable`, `disable` and
    `destroy`.
    """

    def __init__(
        self,
        secrets: Mapping[str, str | bytes] | None = None,
        *,
        project: str = PROJECT,
        port: int = 0,
        seed: int | None = None,
    ) -> None:
        super().__init__("Secret Manager", port)
        self.operations = Operations(self.stopping, seed)
        self._secrets = Secrets()
        self._project = project
        for name, value in (secrets or {}).items():
            self.put(name, value)
        secret = "/v1/projects/<project>/secrets/<secret>"
        version = f"{secret}/versions/<version>"
        rules = self.app.add_url_rule
        rules("/v1/projects/<project>/secrets", "create", self._create, methods=["POST"])
        rules(secret, "get", self._get, methods=["GET"])
        rules(secret, "delete", self._delete, methods=["DELETE"])
        rules(secret, "add", self._add, methods=["POST"])
        rules(version, "read", self._read, methods=["GET"])
        rules(version, "change", self._change, methods=["POST"])

    def put(self, name: str, value: str | bytes, *, project: str | None = None) -> str:
        """Add a version, and the secret where there is none; returns the version's number."""
        project = project or self._project
        try:
            self._secrets.create(project, name)
        except GoogleError as error:
            if error.status != "ALREADY_EXISTS":
                raise
        return self._secrets.add(_name(project, name), value.encode() if isinstance(value, str) else value)

    def _create(self, project: str) -> dict[str, Any]:
        self.operations.enter("create")
        if not _body().get("replication"):
            raise GoogleError("INVALID_ARGUMENT", "The request is invalid: replication is required.")
        return {"name": self._secrets.create(project, request.args.get("secretId", ""))}

    def _get(self, project: str, secret: str) -> dict[str, Any]:
        self.operations.enter("get")
        return {"name": self._secrets.require(_name(project, secret))}

    def _delete(self, project: str, secret: str) -> dict[str, Any]:
        self.operations.enter("delete")
        self._secrets.delete(_name(project, secret))
        return {}

    def _add(self, project: str, secret: str) -> dict[str, Any]:
        secret, _, verb = secret.partition(":")
        if verb != "addVersion":
            raise GoogleError("NOT_FOUND", "Method not found.")
        self.operations.enter("add")
        name = _name(project, secret)
        return _shown(name, *self._secrets.find(name, self._secrets.add(name, _payload())))

    def _read(self, project: str, secret: str, version: str) -> dict[str, Any]:
        version, _, verb = version.partition(":")
        self.operations.enter(verb or "get")
        name = _name(project, secret)
        number, found = self._secrets.find(name, version)
        if verb != "access":
            return _shown(name, number, found)
        if found.state != "ENABLED":
            raise GoogleError("FAILED_PRECONDITION", unreadable(name, number, found))
        data = base64.b64encode(found.data).decode()
        checksum = str(google_crc32c.value(found.data))
        return {"name": f"{name}/versions/{number}", "payload": {"data": data, "dataCrc32c": checksum}}

    def _change(self, project: str, secret: str, version: str) -> dict[str, Any]:
        version, _, verb = version.partition(":")
        if verb not in _STATES:
            raise GoogleError("NOT_FOUND", "Method not found.")
        self.operations.enter(verb)
        name = _name(project, secret)
        return _shown(name, *self._secrets.change(name, version, _STATES[verb]))


def _name(project: str, secret: str) -> str:
    return f"projects/{project}/secrets/{secret}"


def _shown(name: str, number: str, version: Version) -> dict[str, Any]:
    return {"name": f"{name}/versions/{number}", "createTime": version.created, "state": version.state}


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise GoogleError("INVALID_ARGUMENT", "Invalid JSON payload received.")
    return body


def _payload() -> bytes:
    """The bytes of a new version, whose checksum must be right where one is sent."""
    payload = _body().get("payload", {})
    try:
        data = base64.b64decode(str(payload.get("data", "")), validate=True)
    except binascii.Error as error:
        raise GoogleError("INVALID_ARGUMENT", "Invalid value at 'payload.data' (TYPE_BYTES).") from error
    if str(payload.get("dataCrc32c", google_crc32c.value(data))) != str(google_crc32c.value(data)):
        raise GoogleError("INVALID_ARGUMENT", "The payload does not match its checksum.")
    return data
