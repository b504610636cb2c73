"""What GitHub would deliver: the samples' merges, and the same with one thing changed."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.github.signing import headers, signatures
from tests.deployment import WEBHOOK_SECRET

PATH = "/api/webhooks/github"
GUID = "00000000-0000-4000-8000-000000000001"
ABSENT = object()
"""Stands for a member that is left out."""


def merge() -> dict[str, Any]:
    """The `pull_request` delivery of a merge that makes a card."""
    found: dict[str, Any] = json.loads(Path("local/samples/sample-org__parcel-tracker__41/webhook.json").read_bytes())
    return found


def installed() -> dict[str, Any]:
    """The `installation` delivery that comes when somebody installs the App."""
    whole = merge()
    account = whole["repository"]["owner"]
    installation = {**whole["installation"], "account": account, "repository_selection": "all", "suspended_at": None}
    return {"action": "created", "installation": installation, "repositories": [], "sender": whole["sender"]}


def renamed() -> dict[str, Any]:
    """The `repository` delivery that comes after a rename."""
    whole = merge()
    changes = {"repository": {"name": {"from": "an-old-name"}}}
    return {"action": "renamed", "changes": changes} | {
        name: whole[name] for name in ("repository", "installation", "sender")
    }


def changed(payload: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy in which the member at `path` (dots between names) is `value`, or gone for `ABSENT`."""
    whole: dict[str, Any] = copy.deepcopy(dict(payload))
    *above, last = path.split(".")
    inner = whole
    for name in above:
        inner = inner[name]
    if value is ABSENT:
        del inner[last]
    else:
        inner[last] = value
    return whole


def signed_headers(body: bytes, *, event: str = "pull_request", secret: bytes = WEBHOOK_SECRET) -> dict[str, str]:
    """The headers that GitHub sends with `body`."""
    return {**headers(event, GUID, 1, 1), **signatures(body, secret)}
