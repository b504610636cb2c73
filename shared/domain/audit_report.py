"""What an audit report finds: counted row by row, so that it takes no more memory for more of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from shared.domain.audit_row import AuditRow, Deficiency, EventRow
from shared.domain.kpi import Figures, Kpi, kpi, of_row
from shared.domain.verification import Broken

MOST_NAMED = 1000
"""How many deficient rows, and how many broken chains, are named by themselves; all of them are counted."""


@dataclass(frozen=True)
class AuditPeriod:
    """What a report is about: a half-open period, a repository (or every one), one person's acts (or everybody's)."""

    from_: datetime
    to: datetime
    scope: str = ""
    owner_id: str | None = None


@dataclass
class AuditReport:
    """What was found in a period as of a moment; rows are added one by one, decisions are counted elsewhere."""

    period: AuditPeriod
    as_of: datetime
    approved: int = 0
    rejected: int = 0
    chains: int = 0
    entries: int = 0
    broken: list[Broken] = field(default_factory=list)
    broken_chains: int = 0
    deficient: list[AuditRow | EventRow] = field(default_factory=list)
    deficient_rows: int = 0
    _deficiencies: Counter[Deficiency] = field(default_factory=Counter)
    _days: defaultdict[date, Figures] = field(default_factory=lambda: defaultdict(Figures))

    def add(self, row: AuditRow | EventRow) -> None:
        """Count a row in."""
        self._days[row.created_at.date()] += of_row(row)
        if row.deficiencies:
            self._deficiencies.update(row.deficiencies)
            self.deficient_rows += 1
            if len(self.deficient) < MOST_NAMED:
                self.deficient.append(row)

    def add_all(self, rows: Iterable[AuditRow | EventRow]) -> "AuditReport":
        """Count rows in."""
        for row in rows:
            self.add(row)
        return self

    def add_chain(self, entries: int, fault: Broken | None) -> None:
        """Count a chain in that was checked."""
        self.chains += 1
        self.entries += entries
        if fault:
            self.broken_chains += 1
            if len(self.broken) < MOST_NAMED:
                self.broken.append(fault)

    @property
    def success_metric(self) -> int:
        """1 when nothing is missing and every chain holds, else 0."""
        return 0 if self.deficient_rows or self.broken_chains else 1

    @property
    def kpi(self) -> Kpi:
        """The rates of the period."""
        decided = Figures(approved=self.approved, rejected=self.rejected)
        return kpi([*self._days.values(), decided])

    def counts(self) -> dict[Deficiency, int]:
        """How many rows have each of the deficiencies, those of none left out.

        A chain may be broken under which no row stands any more: it counts by itself.
        """
        found = dict(self._deficiencies)
        if self.broken_chains > found.get("ledger_broken", 0):
            found["ledger_broken"] = self.broken_chains
        return {name: found[name] for name in MEANINGS if found.get(name)}


MEANINGS: dict[Deficiency, str] = {
    "missing_intent": "the intent is not there",
    "missing_approval": "an approval was needed and none was in force",
    "approval_expired": "the approval had ended",
    "missing_evidence": "what was completed lacks evidence",
    "ledger_broken": "the ledger is not as it was written",
    "break_glass": "it was run without approval, for a stated reason",
}
