"""Which of GitHub's deliveries concern us, under which id, and what is kept of them.

Everything is taken from the signed body; headers are outside the signature and only choose how to read it.
https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Self

from shared.domain.errors import InvalidError
from shared.domain.ids import derived_id
from shared.domain.retention import kept_for
from shared.domain.step import FETCH, GRACE, REFRESH, Step

KEEP_IGNORED = kept_for("pr-events")
_REPOSITORY_NAME = re.compile(r"(?!\.{1,2}/)[A-Za-z0-9_.-]{1,100}/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}")
_LOGIN = re.compile(r"(?!\.)[A-Za-z0-9_.-]{1,100}(\[bot\])?")
_ACCOUNT_TYPE = re.compile(r"[A-Za-z]{1,40}")
_OBJECT_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
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
    may have changed since, the numeric ids do not. `owner_id` is set where one person asked for it: by a
    `backfill`, for one merge of it (`backfilled`), or for new words on a card (`regeneration`); nobody else is
    concerned then. A backfill wants the merges `since` then; its present pass through the list is at `page`, has
    `newest` as the latest change that it saw, and ends at what was changed before `back_to`.
    """

    WAITING: ClassVar[str] = "received"
    RUNNING: ClassVar[str] = "processing"
    BEGUN: ClassVar[str] = "received_at"
    TOLD: ClassVar[Mapping[str, str]] = {
        "delivery": "delivery_id",
        "event": "event",
        "repository": "repo_full_name",
        "actor": "owner_id",
    }

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
    owner_id: str | None = None
    cause: str | None = None
    since: datetime | None = None
    back_to: datetime | None = None
    newest: datetime | None = None
    page: int = 1

    def concerns(self, owner_id: str) -> bool:
        """Whether this person may get a card of it."""
        return self.owner_id in (None, owner_id)

    def ignored(self, reason: str, *, at: datetime) -> Self:
        """The event at rest without cards; it goes by TTL."""
        return replace(self.ended("ignored", at=at, error=reason), expires_at=at + KEEP_IGNORED)

    def done(self, *, at: datetime) -> Self:
        """The event at rest with everything it causes written in the same commit."""
        return self.ended("done", at=at)


def read_delivery(
    event: str, payload: Mapping[str, Any], *, body: bytes, delivery_id: str | None, at: datetime
) -> PrEvent | None:
    """The event to keep of a delivery whose signature holds, or None when we have no use for it.

    `delivery_id` is kept as evidence and decides nothing: the signature does not cover it. Raises `InvalidError` when
    a delivery of interest is not what GitHub documents.
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
        delivery_id=delivery_id,
        received_at=at,
        updated_at=at,
        due_at=at + GRACE,
    )


def delivery_guid(header: str) -> str | None:
    """What the delivery header says if it is a GUID, as GitHub's are; None for anything else."""
    return header if _GUID.fullmatch(header) else None


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
    repository_id, merge_commit = _number(repository["id"]), _text(pull["merge_commit_sha"], _OBJECT_NAME)
    author = pull["user"] or {"id": None, "login": "ghost", "type": "User"}  # the account was deleted
    return {
        "pr_event_id": pr_event_id(installation, repository_id, number, merge_commit),
        "stage": FETCH.name,
        "installation_id": installation,
        "account": _text(repository["owner"]["login"], _LOGIN),
        "repository_id": repository_id,
        "repo_full_name": _text(repository["full_name"], _REPOSITORY_NAME),
        "pr_number": number,
        "author_id": None if author["id"] is None else _number(author["id"]),
        "author_login": _text(author["login"], _LOGIN),
        "author_type": _text(author.get("type", "User"), _ACCOUNT_TYPE),
        "merge_commit_sha": merge_commit,
        "head_sha": _text(pull["head"]["sha"], _OBJECT_NAME),
    }


def _refreshed_repositories(event: str, payload: Mapping[str, Any], body: bytes) -> dict[str, Any] | None:
    if payload.get("action") not in _REFRESHING.get(event, ()) or not payload.get("installation"):
        return None
    repository = payload.get("repository") or {}
    owner = payload["installation"].get("account") or repository.get("owner") or {}
    login = owner.get("login")  # an enterprise has none
    return {
        "pr_event_id": derived_id("refresh", event, hashlib.sha256(body).hexdigest()),
        "stage": REFRESH.name,
        "installation_id": _number(payload["installation"]["id"]),
        "account": None if login is None else _text(login, _LOGIN),
        "repository_id": _number(repository["id"]) if repository else None,
        "repo_full_name": _text(repository["full_name"], _REPOSITORY_NAME) if repository else None,
    }


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**53:
        raise ValueError("not an id")
    return value


def _text(value: object, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError("not of its form")
    return value
