"""Which of GitHub's deliveries concern us, under which id, and what is kept of them.

Everything is taken from the signed body; headers are outside the signature and only choose how to read it.
https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from shared.domain.errors import InvalidError
from shared.domain.ids import derived_id
from shared.domain.step import FETCH, GRACE, REFRESH, Step

KEEP_IGNORED = timedelta(days=7)
_REPOSITORY_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}")
_DELIVERY_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_REFRESHING = {
    "installation": {"created", "deleted", "suspend", "unsuspend", "new_permissions_accepted"},
    "installation_repositories": {"added", "removed"},
    "repository": {"renamed", "transferred", "privatized", "publicized", "deleted"},
}
EVENTS = frozenset({"pull_request", *_REFRESHING})
"""The events that we have a use for."""


@dataclass(frozen=True, kw_only=True)
class PrEvent(Step):
    """A delivery on its way to cards (`pull_request`), or one that says: look at the repositories again.

    `account` is the login the App is installed on, `repo_full_name` the name at the time of the delivery; both
    may have changed since, the numeric ids do not.
    """

    WAITING: ClassVar[str] = "received"
    RUNNING: ClassVar[str] = "processing"

    pr_event_id: str
    event: str
    installation_id: int
    account: str | None = None
    repository_id: int | None = None
    repo_full_name: str | None = None
    pr_number: int | None = None
    author_id: int | None = None
    author_login: str | None = None
    author_type: str | None = None
    merge_commit_sha: str | None = None
    head_sha: str | None = None
    body_sha256: str
    delivery_id: str | None = None
    received_at: datetime
    expires_at: datetime | None = None

    def ignored(self, reason: str, *, at: datetime) -> Self:
        """The event at rest without cards; it goes by TTL."""
        return replace(self.ended("ignored", at=at, error=reason), expires_at=at + KEEP_IGNORED)

    def done(self, *, at: datetime) -> Self:
        """The event at rest with everything it causes written in the same commit."""
        return self.ended("done", at=at)


def read_delivery(
    event: str, payload: Mapping[str, Any], *, body: bytes, delivery_id: str, at: datetime
) -> PrEvent | None:
    """The event to keep of a delivery whose signature holds, or None when we have no use for it.

    Raises `InvalidError` when a delivery of interest lacks what GitHub documents.
    """
    try:
        if event == "pull_request":
            fields = _merged_pull_request(payload)
        else:
            fields = _refreshed_repositories(event, payload, body)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidError(f"not a {event} delivery as GitHub documents it") from error
    if fields is None:
        return None
    return PrEvent(
        **fields,
        event=event,
        state=PrEvent.WAITING,
        body_sha256=hashlib.sha256(body).hexdigest(),
        delivery_id=delivery_id if _DELIVERY_ID.fullmatch(delivery_id) else None,
        received_at=at,
        updated_at=at,
        due_at=at + GRACE,
    )


def pr_event_id(installation_id: int, repository_id: int, number: int, merge_commit_sha: str) -> str:
    """The id of a merge: the same however often, and under whatever delivery id, GitHub tells of it."""
    return derived_id("pr-event", installation_id, repository_id, number, f"merged:{merge_commit_sha}")


def _merged_pull_request(payload: Mapping[str, Any]) -> dict[str, Any] | None:
    if payload.get("action") != "closed" or payload["pull_request"].get("merged") is not True:
        return None
    if not payload.get("installation"):
        return None  # a hook of the repository's own: nobody connected it through the App
    pull, repository = payload["pull_request"], payload["repository"]
    installation, number = _number(payload["installation"]["id"]), _number(pull["number"])
    author = pull["user"] or {"id": None, "login": "ghost", "type": "User"}  # the account was deleted
    return {
        "pr_event_id": pr_event_id(installation, _number(repository["id"]), number, pull["merge_commit_sha"]),
        "stage": FETCH.name,
        "installation_id": installation,
        "account": str(repository["owner"]["login"]),
        "repository_id": repository["id"],
        "repo_full_name": _name(repository["full_name"]),
        "pr_number": number,
        "author_id": author["id"],
        "author_login": str(author["login"]),
        "author_type": str(author.get("type", "User")),
        "merge_commit_sha": str(pull["merge_commit_sha"]),
        "head_sha": str(pull["head"]["sha"]),
    }


def _refreshed_repositories(event: str, payload: Mapping[str, Any], body: bytes) -> dict[str, Any] | None:
    if payload.get("action") not in _REFRESHING.get(event, ()) or not payload.get("installation"):
        return None
    repository = payload.get("repository") or {}
    owner = payload["installation"].get("account") or repository.get("owner") or {}
    return {
        "pr_event_id": derived_id("refresh", event, hashlib.sha256(body).hexdigest()),
        "stage": REFRESH.name,
        "installation_id": _number(payload["installation"]["id"]),
        "account": owner.get("login"),
        "repository_id": repository.get("id"),
        "repo_full_name": _name(repository["full_name"]) if repository else None,
    }


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**53:
        raise ValueError("not an id")
    return value


def _name(value: object) -> str:
    if not isinstance(value, str) or not _REPOSITORY_NAME.fullmatch(value):
        raise ValueError("not a repository's name")
    return value
