"""Which secrets are there, in which versions, and what state is each in?

https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions#state
"""

import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

from local.google_error import GoogleError

_SECRET_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
_LARGEST = 65536  # bytes; https://cloud.google.com/secret-manager/quotas#content_limits


@dataclass
class Version:
    """One value of a secret; `data` is gone once it is destroyed."""

    data: bytes
    created: str
    state: str = "ENABLED"


class Secrets:
    """The versions of every secret, by names such as `projects/P/secrets/S`; its methods raise `GoogleError`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._versions: dict[str, list[Version]] = {}

    def create(self, project: str, secret_id: str) -> str:
        """Make a secret without a version; returns its name."""
        if not _SECRET_ID.fullmatch(secret_id):
            raise GoogleError("INVALID_ARGUMENT", f"The provided secret ID [{secret_id}] does not match its form.")
        name = f"projects/{project}/secrets/{secret_id}"
        with self._lock:
            if name in self._versions:
                raise GoogleError("ALREADY_EXISTS", f"Secret [{name}] already exists.")
            self._versions[name] = []
        return name

    def add(self, name: str, data: bytes) -> str:
        """Add a version; returns its number."""
        if len(data) > _LARGEST:
            raise GoogleError("INVALID_ARGUMENT", f"The payload is larger than {_LARGEST} bytes.")
        with self._lock:
            versions = self._of(name)
            versions.append(Version(data, datetime.now(UTC).isoformat().replace("+00:00", "Z")))
            return str(len(versions))

    def require(self, name: str) -> str:
        """The same name, if there is such a secret."""
        with self._lock:
            self._of(name)
        return name

    def delete(self, name: str) -> None:
        """Delete a secret and its versions."""
        with self._lock:
            self._of(name)
            del self._versions[name]

    def find(self, name: str, number: str) -> tuple[str, Version]:
        """A version by number, or the newest as `latest` whatever its state; returns its number too."""
        with self._lock:
            versions = self._of(name)
            if number == "latest":
                number = str(len(versions))
            if not number.isascii() or not number.isdigit() or not 0 < int(number) <= len(versions):
                raise GoogleError("NOT_FOUND", f"Secret Version [{name}/versions/{number}] not found.")
            return number, versions[int(number) - 1]

    def change(self, name: str, number: str, state: str) -> tuple[str, Version]:
        """Enable, disable or destroy a version; what is destroyed stays so."""
        number, version = self.find(name, number)
        with self._lock:
            if version.state == "DESTROYED":
                raise GoogleError("FAILED_PRECONDITION", unreadable(name, number, version))
            version.state = state
            if state == "DESTROYED":
                version.data = b""
        return number, version

    def _of(self, name: str) -> list[Version]:
        if name not in self._versions:
            raise GoogleError("NOT_FOUND", f"Secret [{name}] not found or has no versions.")
        return self._versions[name]


def unreadable(name: str, number: str, version: Version) -> str:
    """Why a version can't be read or changed."""
    return f"Secret Version [{name}/versions/{number}] is in {version.state} state."
