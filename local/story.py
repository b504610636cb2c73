"""What a story of `make dev` needs: to call the API as somebody, and to wait for what comes of it."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from local.identity.tokens import PROJECT
from local.token import mint

APPROVER = "sample-approver"
_PATIENCE = 60.0
_PAUSE = 0.1
_TIMEOUT = 30.0
_VALID_DAYS = 30
_OVER = ("completed", "failed")


class StoryError(RuntimeError):
    """The story did not go as it should; the message says where."""


class Caller:
    """Calls the API at `api` as whoever a token made in `state` says; every other answer raises `StoryError`."""

    def __init__(self, *, api: str, state: Path, project: str = PROJECT) -> None:
        self._api = api
        self._state = state
        self._project = project
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy leads to loopback

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def developer(self, github_id: int) -> dict[str, str]:
        """The headers of the developer with this account at GitHub."""
        return self._headers(f"gh-{github_id}", github_id)

    def approver(self) -> dict[str, str]:
        """The headers of somebody who may approve."""
        return self._headers(APPROVER, None, "approver")

    def get(self, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """What stands there."""
        return _json(self._session.get(self._api + path, headers=headers, timeout=_TIMEOUT), requests.codes.ok)

    def post(
        self, path: str, body: Mapping[str, Any], headers: Mapping[str, str], *, expected: int = requests.codes.created
    ) -> dict[str, Any]:
        """What is answered to it."""
        return _json(self._session.post(self._api + path, json=body, headers=headers, timeout=_TIMEOUT), expected)

    def ended(self, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """What stands there when it is over; raises `StoryError` when that takes a minute."""
        until = time.monotonic() + _PATIENCE
        while True:
            found = self.get(path, headers)
            if found["status"] in _OVER:
                return found
            if time.monotonic() > until:
                raise StoryError(f"{path} has not ended in {_PATIENCE:.0f} s")
            time.sleep(_PAUSE)

    def _headers(self, uid: str, github_id: int | None, *roles: str) -> dict[str, str]:
        token = mint(uid, github_id, roles, project=self._project, state=self._state)
        return {"Authorization": f"Bearer {token}"}


def approval_of(intent_id: str, **answers: str) -> dict[str, Any]:
    """The decision that approves an intent for thirty days, with these answers to the template's questions."""
    valid_to = (datetime.now(UTC) + timedelta(days=_VALID_DAYS)).isoformat()
    return {"intentId": intent_id, "status": "approved", "templateAnswers": answers, "validTo": valid_to}


def _json(answer: requests.Response, expected: int) -> dict[str, Any]:
    if answer.status_code != expected:
        raise StoryError(f"{answer.request.path_url} was answered {answer.status_code}: {answer.text}")
    found: dict[str, Any] = answer.json()
    return found
