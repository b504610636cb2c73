"""What only Firebase Authentication knows of a person: whether their account still stands, and since when tokens hold.

https://firebase.google.com/docs/auth/admin/manage-sessions#detect_id_token_revocation
"""

import secrets

import firebase_admin
from firebase_admin import auth, exceptions

from shared.domain.errors import RetryLaterError, UnauthenticatedError

_TIMEOUT = 10
_MILLISECONDS = 1000


class Accounts:
    """The accounts of one project; one look-up a question."""

    def __init__(self, project: str) -> None:
        options = {"projectId": project, "httpTimeout": _TIMEOUT}
        self._app = firebase_admin.initialize_app(options=options, name=secrets.token_hex(8))

    def check(self, uid: str, *, signed_in_at: float) -> None:
        """Raise `UnauthenticatedError` for a disabled or deleted account, and for a sign-in that was revoked since.

        `signed_in_at` is in seconds since 1970. Raises `RetryLaterError` while the accounts can't be asked.
        """
        try:
            found = auth.get_user(uid, app=self._app)
        except auth.UserNotFoundError:
            raise UnauthenticatedError("sign in first") from None
        except (exceptions.FirebaseError, ValueError) as error:
            raise RetryLaterError("the accounts can't be asked") from error
        if found.disabled or signed_in_at * _MILLISECONDS < (found.tokens_valid_after_timestamp or 0):
            raise UnauthenticatedError("sign in again")
