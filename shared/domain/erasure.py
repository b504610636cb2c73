"""An erasure: a person has left, and what is kept of them goes, or names somebody who can't be found any more.

It is a step of a queue, and one that never gives up: what fails is tried again in an hour.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Self

from shared.domain.ids import derived_id
from shared.domain.retention import kept_for
from shared.domain.step import ERASE, GRACE, Step

LAST_LOOK = timedelta(minutes=75)
"""When nothing can come any more: an ID token outlives its account by an hour, what it began by ten minutes at most.

https://firebase.google.com/docs/auth/admin/manage-sessions
"""
SOON = timedelta(minutes=5)
_TRIED_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Erasure(Step):
    """Whose data goes, and the pseudonym that stands for them in what is kept; neither is known once it is done.

    `account_gone_at` is when nobody could sign in as this person any more.
    """

    WAITING: ClassVar[str] = "queued"
    RUNNING: ClassVar[str] = "erasing"
    BEGUN: ClassVar[str] = "requested_at"

    erasure_id: str
    owner_id: str | None
    github_user_id: int | None = None
    pseudonym: str | None
    requested_at: datetime
    account_gone_at: datetime | None = None
    expires_at: datetime | None = None

    def without_account(self, *, at: datetime) -> Self:
        """The erasure of somebody who can't sign in any more."""
        return replace(self, account_gone_at=self.account_gone_at or at)

    def looked(self, *, is_settled: bool, at: datetime) -> Self:
        """The erasure after a look at everything: done, or to look once more when what was left has come to its end.

        It is done when everything was settled at a time when nothing could come any more.
        """
        assert self.account_gone_at
        last_look = self.account_gone_at + LAST_LOOK
        if is_settled and at >= last_look:
            forgotten = replace(self, owner_id=None, github_user_id=None, pseudonym=None)
            return replace(forgotten.ended("done", at=at), expires_at=at + kept_for("erasures"))
        return self._resting(until=last_look if is_settled else at + SOON, at=at)

    def ended(self, state: str, *, at: datetime, error: str | None = None) -> Self:
        """The erasure at rest; one that failed is not over, it is tried again."""
        if state == self.FAILED:
            return replace(self._resting(until=at + _TRIED_AGAIN, at=at), last_error=error)
        return super().ended(state, at=at, error=error)

    def renewed(self, other: "Erasure", *, at: datetime) -> Self:
        """The erasure asked for again, by who came back under the same uid after it was done."""
        again = replace(
            self,
            owner_id=other.owner_id,
            github_user_id=other.github_user_id,
            pseudonym=other.pseudonym,
            requested_at=at,
            account_gone_at=None,
            expires_at=None,
        )
        return again.continued(at=at)

    def _resting(self, *, until: datetime, at: datetime) -> Self:
        # It has been tried once, so that it is the reconciler who dispatches it, when it is due.
        return replace(self._released(self.WAITING, at=at), due_at=until, attempts=1, last_error=None)


def new_erasure(owner_id: str, github_user_id: int | None, *, pseudonym: str, at: datetime) -> Erasure:
    """The erasure of a person: there is one for each uid, however often it is asked for."""
    return Erasure(
        state=Erasure.WAITING,
        stage=ERASE.name,
        erasure_id=derived_id("erasure", owner_id),
        owner_id=owner_id,
        github_user_id=github_user_id,
        pseudonym=pseudonym,
        requested_at=at,
        updated_at=at,
        due_at=at + GRACE,
    )
