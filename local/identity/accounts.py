"""Which accounts are there, may they sign in, and from when on are their tokens valid?

The fields are those of https://cloud.google.com/identity-platform/docs/reference/rest/v1/UserInfo.
"""

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from local.google_error import GoogleError
from local.identity.tokens import GITHUB, email_of

_LONGEST_UID = 128


def _claims(text: str) -> dict[str, Any]:
    claims = json.loads(text)
    if not isinstance(claims, dict):
        raise TypeError("INVALID_CLAIMS")
    return claims


_CHANGES: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "disableUser": ("disabled", bool),
    "validSince": ("valid_since", int),
    "email": ("email", str),
    "emailVerified": ("email_verified", bool),
    "displayName": ("name", str),
    "customAttributes": ("claims", _claims),
}


@dataclass(frozen=True)
class Account:
    """A person who can sign in; tokens issued before `valid_since` (epoch seconds) are revoked."""

    uid: str
    github_id: int | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    email: str = ""
    email_verified: bool = True
    disabled: bool = False
    valid_since: int = 0
    created: int = field(default_factory=lambda: int(time.time()))

    def shown(self) -> dict[str, Any]:
        """As the look-up shows it: 64-bit numbers are strings there."""
        email, name = self.email or email_of(self.uid), self.name or self.uid
        user: dict[str, Any] = {
            "localId": self.uid,
            "email": email,
            "emailVerified": self.email_verified,
            "displayName": name,
            "disabled": self.disabled,
            "validSince": str(self.valid_since),
            "createdAt": str(self.created * 1000),
            "lastLoginAt": str(self.created * 1000),
            "providerUserInfo": [],
        }
        if self.github_id is not None:
            raw = str(self.github_id)
            provider = {"providerId": GITHUB, "rawId": raw, "federatedId": raw, "displayName": name, "email": email}
            user["providerUserInfo"] = [provider]
        if self.claims:
            user["customAttributes"] = json.dumps(dict(self.claims))
        return user


class Accounts:
    """The accounts by uid; with `accept_any` a uid that nobody made or deleted counts as an enabled account."""

    def __init__(self, *, accept_any: bool, now: Callable[[], float] = time.time) -> None:
        self._accept_any = accept_any
        self._now = now
        self._began = int(now())
        self._lock = threading.Lock()
        self._accounts: dict[str, Account] = {}
        self._deleted: set[str] = set()

    def create(self, account: Account) -> Account:
        """Add an account; raises `GoogleError` when the uid is taken or unfit."""
        if not 0 < len(account.uid) <= _LONGEST_UID:
            raise GoogleError("INVALID_ARGUMENT", "INVALID_LOCAL_ID")
        with self._lock:
            if account.uid in self._accounts:
                raise GoogleError("INVALID_ARGUMENT", "DUPLICATE_LOCAL_ID")
            self._deleted.discard(account.uid)
            self._accounts[account.uid] = account
        return account

    def find(self, uid: str) -> Account | None:
        """The account of `uid`, if there is one."""
        with self._lock:
            return self._find(uid)

    def matching(self, uids: Iterable[str], emails: Iterable[str], github_ids: Iterable[str]) -> list[Account]:
        """Every account that is named in one of these ways, once."""
        with self._lock:
            found = {uid: account for uid in uids if (account := self._find(uid))}
            for account in self._accounts.values():
                email = account.email or email_of(account.uid)
                if email in set(emails) or str(account.github_id) in set(github_ids):
                    found[account.uid] = account
        return list(found.values())

    def update(self, uid: str, asked: Mapping[str, Any]) -> Account:
        """Change what `asked` names as the Identity Toolkit does; raises `GoogleError` for an unknown account."""
        try:
            changes = {name: read(asked[key]) for key, (name, read) in _CHANGES.items() if key in asked}
        except (TypeError, ValueError) as error:
            raise GoogleError("INVALID_ARGUMENT", str(error)) from error
        return self._change(uid, **changes)

    def disable(self, uid: str) -> None:
        """Let this person sign in no more; raises `GoogleError` for an unknown account."""
        self._change(uid, disabled=True)

    def revoke(self, uid: str) -> None:
        """Revoke every token issued up to this second; raises `GoogleError` for an unknown account."""
        self._change(uid, valid_since=int(self._now()) + 1)

    def delete(self, uid: str) -> None:
        """Forget an account for good; raises `GoogleError` for an unknown one."""
        with self._lock:
            if self._find(uid) is None:
                raise GoogleError("INVALID_ARGUMENT", "USER_NOT_FOUND")
            self._accounts.pop(uid, None)
            self._deleted.add(uid)

    def _find(self, uid: str) -> Account | None:
        if uid not in self._accounts and self._accept_any and uid not in self._deleted:
            return Account(uid, created=self._began)
        return self._accounts.get(uid)

    def _change(self, uid: str, **changes: Any) -> Account:  # noqa: ANN401 -- the fields of an account
        with self._lock:
            account = self._find(uid)
            if account is None:
                raise GoogleError("INVALID_ARGUMENT", "USER_NOT_FOUND")
            self._accounts[uid] = replace(account, **changes)
            return self._accounts[uid]
