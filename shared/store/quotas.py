"""How often may be done what costs calls to GitHub or the model: counted in windows, each count one write."""

from datetime import timedelta
from typing import Any

from google.cloud.firestore import Increment

from shared.domain.document import Instant
from shared.domain.errors import TooManyRequestsError
from shared.domain.ids import derived_id
from shared.store.database import Database

QUOTAS = "quotas"
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Quotas:
    """The counters of one database; each goes by TTL when its window is over."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def spend(self, who: str, action: str, *, most: int, at: Instant, window: timedelta = MINUTE) -> None:
        """Count one `action`; raises `TooManyRequestsError` past `most` in the window (of the clock, in UTC)."""
        seconds = int(window.total_seconds())
        number, elapsed = divmod(int(at.timestamp()), seconds)
        reference = self._database.reference(QUOTAS, derived_id("quota", who, action, number))
        fields: dict[str, Any] = {"count": Increment(1), "expiresAt": at + 2 * window}
        if self._database.count(reference, fields) > most:
            raise TooManyRequestsError(f"at most {most} in {window}", after=seconds - elapsed)

    def give_back(self, who: str, action: str, *, at: Instant, window: timedelta = MINUTE) -> None:
        """Take back what was counted in that window for something that did not come about."""
        number = int(at.timestamp()) // int(window.total_seconds())
        reference = self._database.reference(QUOTAS, derived_id("quota", who, action, number))
        self._database.count(reference, {"count": Increment(-1), "expiresAt": at + 2 * window})
