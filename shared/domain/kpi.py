"""How well AI acts are governed: three rates over a period, and the figures of a day that they are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

from shared.domain.audit_row import AuditRow, EventRow


@dataclass(frozen=True)
class Figures:
    """What happened on a day, or on several: runs and provisioning events, those with every link, decisions."""

    runs: int = 0
    linked: int = 0
    events: int = 0
    linked_events: int = 0
    approved: int = 0
    rejected: int = 0

    @property
    def is_active(self) -> bool:
        """Whether there is anything to audit."""
        return self.runs + self.events > 0

    @property
    def is_clean(self) -> bool:
        """Whether no run and no event misses a link."""
        return (self.linked, self.linked_events) == (self.runs, self.events)

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*map(sum, zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: "Figures") -> "Figures":
        return Figures(*(one - less for one, less in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class Kpi:
    """The rates of a period, from 0 to 1, with the sums and days behind them."""

    link_rate: float
    approval_rate: float
    audit_success_rate: float
    total: Figures
    active_days: int
    clean_days: int


def figures(rows: Iterable[AuditRow | EventRow], decisions: Iterable[str] = ()) -> Figures:
    """The figures of these rows and of the statuses of these decisions; `sent_back` decides nothing."""
    decided = list(decisions)
    start = Figures(approved=decided.count("approved"), rejected=decided.count("rejected"))
    return sum(map(of_row, rows), start=start)


def of_row(row: AuditRow | EventRow) -> Figures:
    """The figures of one row."""
    linked = int(row.is_linked)
    return Figures(events=1, linked_events=linked) if isinstance(row, EventRow) else Figures(runs=1, linked=linked)


def kpi(days: Sequence[Figures]) -> Kpi:
    """The rates over these days; a rate over nothing is 1."""
    total = sum(days, start=Figures())
    active = [day for day in days if day.is_active]
    clean = sum(day.is_clean for day in active)
    return Kpi(
        link_rate=_rate(total.linked, total.runs),
        approval_rate=_rate(total.approved, total.approved + total.rejected),
        audit_success_rate=_rate(clean, len(active)),
        total=total,
        active_days=len(active),
        clean_days=clean,
    )


def _rate(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
