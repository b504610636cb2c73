"""How well AI acts are governed: three rates over a period, and the figures of a day that they are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.domain.audit_row import AuditRow


@dataclass(frozen=True)
class Figures:
    """What happened on a day, or on several: how many runs, and how many with every link; how many decisions."""

    runs: int = 0
    linked: int = 0
    approved: int = 0
    rejected: int = 0

    @property
    def is_active(self) -> bool:
        """Whether there is anything to audit."""
        return self.runs > 0

    @property
    def is_clean(self) -> bool:
        """Whether no run misses a link."""
        return self.linked == self.runs


@dataclass(frozen=True)
class Kpi:
    """The rates of a period, from 0 to 1, with the sums and days behind them."""

    link_rate: float
    approval_rate: float
    audit_success_rate: float
    total: Figures
    active_days: int
    clean_days: int


def figures(rows: Iterable[AuditRow], decisions: Iterable[str]) -> Figures:
    """The figures of these runs and of the statuses of these decisions; `sent_back` decides nothing."""
    linked = [row.is_linked for row in rows]
    decided = list(decisions)
    return Figures(
        runs=len(linked), linked=sum(linked), approved=decided.count("approved"), rejected=decided.count("rejected")
    )


def kpi(days: Sequence[Figures]) -> Kpi:
    """The rates over these days; a rate over nothing is 1."""
    total = Figures(
        runs=sum(day.runs for day in days),
        linked=sum(day.linked for day in days),
        approved=sum(day.approved for day in days),
        rejected=sum(day.rejected for day in days),
    )
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
