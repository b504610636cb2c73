"""How long is what kept that goes by itself? Each row is a time-to-live field of Firestore's.

Documents go within a day after the time in their field, not at once: nothing may take it for the end of their validity.
https://cloud.google.com/firestore/docs/ttl
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Retention:
    """For how many days, at most, the documents of a collection are kept once `field` is set, and why so long."""

    collection: str
    field: str
    days: int
    why: str


RETENTION = (
    Retention("pr-events", "expiresAt", 7, "ignored events only: what was asked can be looked up for a week"),
    Retention("pr-snapshots", "expiresAt", 7, "a redacted pull request between two stages, and for their repetition"),
    Retention("quotas", "expiresAt", 2, "counters, for twice their window, which is a day at most"),
    Retention("erasures", "expiresAt", 30, "that an erasure was asked for and done, without saying whose"),
)
_DAYS = {each.collection: each.days for each in RETENTION}


def kept_for(collection: str) -> timedelta:
    """How long documents of a collection that go by themselves are kept; KeyError for any other collection."""
    return timedelta(days=_DAYS[collection])
