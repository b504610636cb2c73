"""At which addresses do the keys and the accounts answer?

The paths of the keys are Google's, those of the accounts what firebase-admin calls when `FIREBASE_AUTH_EMULATOR_HOST`
is set: https://cloud.google.com/identity-platform/docs/reference/rest/v1/projects.accounts.
"""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flask import Response, jsonify, request

from local.google_error import GoogleError
from local.identity.accounts import Account, Accounts
from local.identity.keys import STATE, KeyRing
from local.identity.tokens import GITHUB, LIFETIME, PROJECT, id_token_claims
from local.operations import Operations
from local.stand_in import StandIn

JWKS_PATH = "/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"
_ACCOUNTS = "/identitytoolkit.googleapis.com/v1/projects/<project>/accounts"
_KEYS_MAX_AGE = 21600  # seconds


class Identity(StandIn):
    """Firebase Authentication on a loopback port; its keys are kept in the folder `state`.

    `accept_any` takes a uid that nobody made for an enabled account. `keys_max_age` is how many seconds a reader of the
    keys may keep them. `operations` counts and fails the calls of `keys`, `lookup`, `create`, `update` and `delete`.
    """

    def __init__(
        self,
        *,
        state: Path = STATE,
        project: str = PROJECT,
        accept_any: bool = False,
        keys_max_age: int = _KEYS_MAX_AGE,
        port: int = 0,
        seed: int | None = None,
    ) -> None:
        super().__init__("Firebase Authentication", port)
        self.keys = KeyRing(state)
        self.accounts = Accounts(accept_any=accept_any)
        self.operations = Operations(self.stopping, seed)
        self._project = project
        self._keys_max_age = keys_max_age
        self.app.add_url_rule(JWKS_PATH, "keys", self._answer_keys, methods=["GET"])
        self.app.add_url_rule(_ACCOUNTS, "create", self._create, methods=["POST"])
        self.app.add_url_rule(f"{_ACCOUNTS}:lookup", "lookup", self._look_up, methods=["POST"])
        self.app.add_url_rule(f"{_ACCOUNTS}:update", "update", self._update, methods=["POST"])
        self.app.add_url_rule(f"{_ACCOUNTS}:delete", "delete", self._delete, methods=["POST"])
        self.app.add_url_rule("/emulator/accounts", "make", self._make, methods=["POST"])

    @property
    def jwks_url(self) -> str:
        """Where the public keys are, for `FIREBASE_JWKS_URL`."""
        return self.url + JWKS_PATH

    def create(
        self, uid: str, *, github_id: int | None = None, claims: Iterable[str] = (), disabled: bool = False
    ) -> Account:
        """Make an account; raises `GoogleError` when the uid is taken."""
        return self.accounts.create(Account(uid, github_id, dict.fromkeys(claims, True), disabled=disabled))

    def disable(self, uid: str) -> None:
        """Let this person sign in no more."""
        self.accounts.disable(uid)

    def revoke(self, uid: str) -> None:
        """Revoke every token issued up to this second."""
        self.accounts.revoke(uid)

    def token(
        self,
        uid: str,
        *,
        github_id: int | None = None,
        claims: Mapping[str, Any] | Iterable[str] = (),
        project: str | None = None,
        issued_at: float | None = None,
        lifetime: int = LIFETIME,
    ) -> str:
        """An ID token of this person, signed with the newest key; no account is made."""
        at = int(time.time() if issued_at is None else issued_at)
        said = id_token_claims(
            uid,
            github_id=github_id,
            claims=claims,
            project=project or self._project,
            issued_at=at,
            lifetime=lifetime,
        )
        return self.keys.newest.sign(said)

    def _answer_keys(self) -> Response:
        self.operations.enter("keys")
        answer = jsonify(self.keys.key_set())
        answer.headers["Cache-Control"] = f"public, max-age={self._keys_max_age}, must-revalidate, no-transform"
        return answer

    def _look_up(self, project: str) -> dict[str, Any]:
        asked = self._asked("lookup", project)
        federated = asked.get("federatedUserId", ())
        github_ids = [each.get("rawId") for each in federated if each.get("providerId") == GITHUB]
        users = self.accounts.matching(asked.get("localId", ()), asked.get("email", ()), github_ids)
        answer: dict[str, Any] = {"kind": "identitytoolkit#GetAccountInfoResponse"}
        return answer | ({"users": [user.shown() for user in users]} if users else {})

    def _create(self, project: str) -> dict[str, Any]:
        asked = self._asked("create", project)
        account = self.accounts.create(
            Account(
                str(asked.get("localId") or f"uid-{time.time_ns()}"),
                name=str(asked.get("displayName", "")),
                email=str(asked.get("email", "")),
                email_verified=bool(asked.get("emailVerified", False)),
                disabled=bool(asked.get("disabled", False)),
            )
        )
        return {"kind": "identitytoolkit#SignupNewUserResponse", "localId": account.uid}

    def _update(self, project: str) -> dict[str, Any]:
        asked = self._asked("update", project)
        account = self.accounts.update(str(asked.get("localId")), asked)
        return {"kind": "identitytoolkit#SetAccountInfoResponse", "localId": account.uid}

    def _delete(self, project: str) -> dict[str, Any]:
        asked = self._asked("delete", project)
        self.accounts.delete(str(asked.get("localId")))
        return {"kind": "identitytoolkit#DeleteAccountResponse"}

    def _make(self) -> dict[str, Any]:
        """For people and scripts: `{"uid", "githubId"?, "claims"?, "disabled"?}`."""
        asked = _body()
        github_id = asked.get("githubId")
        account = self.create(
            str(asked.get("uid", "")),
            github_id=None if github_id is None else int(github_id),
            claims=asked.get("claims", ()),
            disabled=bool(asked.get("disabled", False)),
        )
        return account.shown()

    def _asked(self, operation: str, project: str) -> dict[str, Any]:
        """What an administrator asks; firebase-admin calls itself `owner` here."""
        self.operations.enter(operation)
        if request.headers.get("Authorization") != "Bearer owner":
            raise GoogleError("UNAUTHENTICATED", f"only an administrator of {project} may do that")
        return _body()


def _body() -> dict[str, Any]:
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        raise GoogleError("INVALID_ARGUMENT", "Invalid JSON payload received.")
    return asked
