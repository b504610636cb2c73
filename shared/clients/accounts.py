"""What only Firebase Authentication knows of a person: whether their account still stands, and since when tokens hold.

https://firebase.google.com/docs/auth/admin/manage-sessions#detect_id_token_revocation
"""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import firebase_admin
from firebase_admin import auth, exceptions

from shared.domain.errors import RetryLaterError, UnauthenticatedError

_TIMEOUT = 10
_MILLISECONDS = 1000
_SILENT = "the accounts can't be asked"


class Accounts:
    """The accounts of one project; one look-up a question."""

    def __init__(self, project: str) -> None:
        options = {"projectId": project, "httpTimeout": _TIMEOUT}
        self._app = firebase_admin.initialize_app(options=options, name=secrets.token_hex(8))

    def check(self, uid: str, *, signed_in_at: float) -> None:
        """Raise `UnauthenticatedError` for a disabled or deleted account, and for a sign-in that was revoked since.

        `signed_in_at` is in seconds since 1970. Raises `RetryLaterError` while the accounts can't be asked.
        """
        found = self._find(uid)
        if found is None:
            raise UnauthenticatedError("sign in first")
        if found.disabled or signed_in_at * _MILLISECONDS < (found.tokens_valid_after_timestamp or 0):
            raise UnauthenticatedError("sign in again")

    def describe(self, uid: str) -> Mapping[str, Any] | None:
        """What is kept of a person who can sign in; None where there is no account. Raises `RetryLaterError`."""
        found = self._find(uid)
        if found is None:
            return None
        providers = [
            {"providerId": each.provider_id, "uid": each.uid, "email": each.email, "displayName": each.display_name}
            for each in found.provider_data
        ]
        return {
            "uid": found.uid,
            "displayName": found.display_name,
            "email": found.email,
            "emailVerified": found.email_verified,
            "phoneNumber": found.phone_number,
            "photoUrl": found.photo_url,
            "disabled": found.disabled,
            "roles": found.custom_claims or {},
            "createdAt": _moment(found.user_metadata.creation_timestamp),
            "lastSignInAt": _moment(found.user_metadata.last_sign_in_timestamp),
            "providers": providers,
        }

    def delete(self, uid: str) -> None:
        """Take a person's account away, and with it every way to a new token; nothing where there is none.

        Raises `RetryLaterError` while the accounts can't be asked.
        """
        try:
            auth.delete_user(uid, app=self._app)
        except auth.UserNotFoundError:
            return
        except (exceptions.FirebaseError, ValueError) as error:
            raise RetryLaterError(_SILENT) from error

    def _find(self, uid: str) -> Any:  # noqa: ANN401  # the library is untyped
        try:
            return auth.get_user(uid, app=self._app)
        except auth.UserNotFoundError:
            return None
        except (exceptions.FirebaseError, ValueError) as error:
            raise RetryLaterError(_SILENT) from error


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / _MILLISECONDS, UTC)
