"""A day's figures, folded once so that a rate over many days needs no run; and the mark of a day to be folded."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from shared.domain.document import Document, Instant
from shared.domain.ids import derived_id
from shared.domain.kpi import Figures

EVERYBODY = ""
"""Whose day is the installation's."""


class AuditDay(Document):
    """The figures of a day (UTC) of one person's acts, or of everybody's; what happened is the day that it began on."""

    audit_day_id: str
    owner_id: str
    day: str
    runs: int = 0
    linked: int = 0
    events: int = 0
    linked_events: int = 0
    approved: int = 0
    rejected: int = 0
    folded_at: Instant

    @classmethod
    def of(cls, owner_id: str, day: str, figures: Figures, *, at: Instant) -> Self:
        """The day with these figures."""
        found = audit_day_id(owner_id, day)
        return cls(audit_day_id=found, owner_id=owner_id, day=day, folded_at=at, **vars(figures))

    @property
    def figures(self) -> Figures:
        """What happened."""
        return Figures(**{name: getattr(self, name) for name in Figures.__dataclass_fields__})


class AuditMark(Document):
    """That a day's figures are no longer what is folded; written with the change, gone once it is folded in."""

    audit_mark_id: str
    owner_id: str
    day: str


def audit_day_id(owner_id: str, day: str) -> str:
    """The id of the document."""
    return derived_id("audit-day", owner_id, day)


def mark(owner_id: str, day: str, *, of: str) -> AuditMark:
    """The mark that a change leaves on a day; `of` is the hash of its ledger entry, so that no two are the same."""
    return AuditMark(audit_mark_id=derived_id("audit-mark", day, of), owner_id=owner_id, day=day)


def day_of(moment: datetime) -> str:
    """The day in UTC: `2026-01-31`."""
    return moment.astimezone(UTC).date().isoformat()


def bounds(day: str) -> tuple[datetime, datetime]:
    """When the day begins and when it is over; raises ValueError for what is no day, OverflowError for the last."""
    begin = datetime.combine(date.fromisoformat(day), time(), UTC)
    return begin, begin + timedelta(days=1)
