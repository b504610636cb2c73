"""Does a ledger hold? Checked from the documents alone, by RFC 8785 and SHA-256, not by the code that wrote it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import rfc8785

from tests.deployment import Deployment

_START = "0" * 64


def chain(deployment: Deployment, *subject: str) -> list[dict[str, Any]]:
    """What the entries of a subject's chain say, oldest first, after every link of it has been checked."""
    kept = deployment.firestore.document(*subject).get().to_dict() or {}
    entries = [entry for _, entry in sorted(deployment.documents(*subject, "ledger").items())]
    said = [_checked(number, entry) for number, entry in enumerate(entries, 1)]
    links = [_START, *(entry["hash"] for entry in entries)]
    assert [each["prevHash"] for each in said] == links[:-1], "an entry does not follow the one before it"
    assert {each["subject"] for each in said} == {"/".join(subject)}
    assert kept["ledger"] == {"count": len(entries), "head": links[-1]}, "the subject's head is another"
    assert said[-1]["stateDigest"] == _digest(kept), "the subject is not as its last entry left it"
    return said


def _checked(number: int, entry: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(entry["canonical"])
    assert entry["canonical"] == rfc8785.dumps(said).decode()
    assert entry["hash"] == hashlib.sha256(entry["canonical"].encode()).hexdigest()
    assert (entry["seq"], entry["prevHash"]) == (said["seq"], said["prevHash"])
    assert said["seq"] == number
    return said


def _digest(fields: Mapping[str, Any]) -> str:
    state = {name: _plain(value) for name, value in fields.items() if name != "ledger"}
    return hashlib.sha256(rfc8785.dumps(state)).hexdigest()


def _plain(value: Any) -> Any:  # noqa: ANN401  # any value of a document
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
