"""What is handed to an auditor: a summary, the KPIs, what is missing, then every run; Markdown, line by line."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.audit_row import AuditRow, Deficiency
from shared.domain.inert_markdown import inert_words, literal
from shared.domain.kpi import Kpi
from shared.domain.ledger import timestamp

CLOSING = "*End of the report: it is complete.*"
_LONGEST_CELL = 120
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_MEANINGS: dict[Deficiency, str] = {
    "missing_intent": "the intent is not there",
    "missing_approval": "an approval was needed and none was in force",
    "approval_expired": "the approval had ended",
    "missing_evidence": "a completed run lacks evidence",
    "ledger_broken": "the ledger is not as it was written",
    "break_glass": "it was run without approval, for a stated reason",
}


@dataclass(frozen=True)
class AuditReport:
    """The rows of a half-open period, oldest first, with the rates over it; `scope` is a repository, or empty."""

    from_: datetime
    to: datetime
    scope: str
    rows: Sequence[AuditRow]
    kpi: Kpi

    @property
    def deficient(self) -> list[AuditRow]:
        """The rows that lack something."""
        return [row for row in self.rows if row.deficiencies]

    @property
    def success_metric(self) -> int:
        """1 when nothing is missing, else 0."""
        return 0 if self.deficient else 1

    def counts(self) -> dict[Deficiency, int]:
        """How many runs have each of the deficiencies, those of none left out, in the order they are told."""
        found = Counter(name for row in self.rows for name in row.deficiencies)
        return {name: found[name] for name in _MEANINGS if found[name]}


def markdown(report: AuditReport) -> Iterator[str]:
    """The report's lines, without their ends; the last is `CLOSING`, so that one that broke off can be told."""
    yield from _summary(report)
    yield from ("", "## Deficiencies", "")
    yield from _deficiencies(report)
    yield from ("", "## Runs", "")
    yield from _runs(report.rows)
    yield from ("", CLOSING)


def _summary(report: AuditReport) -> Iterator[str]:
    total, kpi = report.kpi.total, report.kpi
    yield "# Audit report"
    yield ""
    yield from _table(
        ("", ""),
        [
            ("From (included)", timestamp(report.from_)),
            ("To (excluded)", timestamp(report.to)),
            ("Scope", _cell(report.scope) or "every repository"),
            ("Runs", str(total.runs)),
            ("Runs that lack something", str(len(report.deficient))),
            ("Success metric", str(report.success_metric)),
        ],
    )
    yield from ("", "## KPIs", "")
    days = f"{kpi.clean_days} of {kpi.active_days} days with activity"
    yield from _table(
        ("KPI", "Rate", "Of"),
        [
            ("Link rate", f"{kpi.link_rate:.3f}", f"{total.linked} of {total.runs} runs"),
            ("Approval rate", f"{kpi.approval_rate:.3f}", f"{total.approved} approved, {total.rejected} rejected"),
            ("Audit success rate", f"{kpi.audit_success_rate:.3f}", days),
        ],
    )


def _deficiencies(report: AuditReport) -> Iterator[str]:
    counts = report.counts()
    if not counts:
        yield "Nothing is missing." if report.rows else "There are no runs in this period."
        return
    yield from _table(
        ("Deficiency", "Runs", "Meaning"), [(_cell(name), str(counts[name]), _MEANINGS[name]) for name in counts]
    )
    yield ""
    named = [
        (_cell(row.run_id), _cell(row.intent_id), _names(row.deficiencies), _cell(row.ledger_fault or ""))
        for row in report.deficient
    ]
    yield from _table(("Run", "Intent", "Deficiencies", "First bad entry"), named)


def _runs(rows: Sequence[AuditRow]) -> Iterator[str]:
    if not rows:
        yield "None."
        return
    header = (
        "Started",
        "Run",
        "Owner",
        "Repository",
        "PR",
        "Risk",
        "Status",
        "Intent",
        "Approval",
        "Evidence",
        "Lacks",
    )
    yield from _table(header, map(_cells, rows))


def _cells(row: AuditRow) -> tuple[str, ...]:
    return (
        timestamp(row.created_at),
        _cell(row.run_id),
        _cell(row.owner_id),
        _cell(row.repo_full_name),
        str(row.pr_number),
        row.risk_level,
        row.status,
        _cell(row.intent_id),
        _cell(row.approval_id or "") + (" (self-approved)" if row.self_approved else ""),
        _names(row.evidence),
        _names(row.deficiencies),
    )


def _table(header: Sequence[str], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{' --- |' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(_cell, names))


def _cell(words: str) -> str:
    """Words that somebody else chose in a cell: an id as code, all else as one line that neither ends it nor acts."""
    if _ID.fullmatch(words):
        return f"`{words}`"
    return literal(inert_words(words, limit=_LONGEST_CELL).replace("`", "'"))
