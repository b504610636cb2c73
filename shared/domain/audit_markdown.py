"""What is handed to an auditor: a summary, the KPIs, what is missing, then every run and event; Markdown, by line."""

import re
from collections.abc import Iterable, Iterator, Sequence

from shared.domain.audit_report import MEANINGS, AuditReport
from shared.domain.audit_row import AuditRow, EventRow
from shared.domain.inert_markdown import inert_words, literal
from shared.domain.ledger import timestamp
from shared.domain.verification import Broken

CLOSING = "*End of the report: it is complete.*"
_LONGEST_CELL = 120
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}|https://[A-Za-z0-9._/-]{1,200}")
_RUN = ("Started", "Run", "Owner", "Repository", "PR", "Risk", "Status", "Intent", "Approval", "Evidence", "Lacks")
_EVENT = ("Made", "Repository", "Owner", "Structure", "Intent", "Approval", "Evidence", "Lacks")


def markdown(report: AuditReport, runs: Iterable[AuditRow], events: Iterable[EventRow]) -> Iterator[str]:
    """The report's lines, without their ends; the last is `CLOSING`, so that one that broke off can be told."""
    yield from _summary(report)
    yield from ("", "## Deficiencies", "")
    yield from _deficiencies(report)
    yield from ("", "## Runs", "")
    yield from _rows(_RUN, map(_run_cells, runs))
    yield from ("", "## Provisioned repositories", "")
    yield from _rows(_EVENT, map(_event_cells, events))
    yield from ("", CLOSING)


def _summary(report: AuditReport) -> Iterator[str]:
    period, kpi = report.period, report.kpi
    total = kpi.total
    yield "# Audit report"
    yield ""
    told = [
        ("From (included)", timestamp(period.from_)),
        ("To (excluded)", timestamp(period.to)),
        ("Scope", _cell(period.scope) or "every repository"),
        ("Whose", "everybody's" if period.owner_id is None else _cell(period.owner_id)),
        ("As of", timestamp(report.as_of)),
        ("Runs", str(total.runs)),
        ("Provisioned repositories", str(total.events)),
        ("Of these lack something", str(report.deficient_rows)),
        ("Chains of the ledger", f"{report.chains} with {report.entries} entries, {report.broken_chains} broken"),
        ("Success metric", str(report.success_metric)),
    ]
    yield from _table(("", ""), told)
    yield from ("", "## KPIs", "")
    decided = f"{total.approved} approved, {total.rejected} rejected"
    rates = [
        ("Link rate", f"{kpi.link_rate:.3f}", f"{total.linked} of {total.runs} runs"),
        ("Approval rate", f"{kpi.approval_rate:.3f}", f"{decided}{', in every repository' if period.scope else ''}"),
        ("Audit success rate", f"{kpi.audit_success_rate:.3f}", f"{kpi.clean_days} of {kpi.active_days} active days"),
    ]
    yield from _table(("KPI", "Rate", "Of"), rates)


def _deficiencies(report: AuditReport) -> Iterator[str]:
    counts = report.counts()
    if not counts:
        yield "Nothing is missing." if report.kpi.total.is_active else "There is nothing to audit in this period."
        return
    yield from _table(
        ("Deficiency", "Count", "Meaning"), [(_cell(name), str(counts[name]), MEANINGS[name]) for name in counts]
    )
    if report.broken:
        yield ""
        yield from _table(("Broken chain", "First bad entry", "What is wrong", "Document"), map(_broken, report.broken))
        yield from _more(report.broken_chains - len(report.broken), "broken chains")
    if report.deficient:
        yield ""
        yield from _table(("What", "Intent", "Lacks", "First bad entry"), map(_deficient, report.deficient))
        yield from _more(report.deficient_rows - len(report.deficient), "rows that lack something")


def _rows(header: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    first = next(rows, None)
    if first is None:
        yield "None."
        return
    yield from _table(header, [first])
    yield from map(_line, rows)


def _more(count: int, what: str) -> Iterator[str]:
    if count:
        yield from ("", f"And {count} more {what}.")


def _broken(fault: Broken) -> tuple[str, ...]:
    return _cell(fault.subject), str(fault.seq), _cell(fault.reason), _cell(fault.document or "")


def _deficient(row: AuditRow | EventRow) -> tuple[str, ...]:
    what = row.repo_full_name if isinstance(row, EventRow) else row.run_id
    return _cell(what), _cell(row.intent_id), _names(row.deficiencies), _cell(row.ledger_fault or "")


def _run_cells(row: AuditRow) -> tuple[str, ...]:
    return (
        timestamp(row.created_at),
        _cell(row.run_id),
        _cell(row.owner_id),
        _cell(row.repo_full_name),
        str(row.pr_number),
        _cell(row.risk_level),
        _cell(row.status),
        _cell(row.intent_id),
        _approval(row),
        _names(row.evidence),
        _names(row.deficiencies),
    )


def _event_cells(row: EventRow) -> tuple[str, ...]:
    return (
        timestamp(row.created_at),
        _cell(row.repo_full_name),
        _cell(row.owner_id),
        _cell(row.structure_type),
        _cell(row.intent_id),
        _approval(row),
        _cell(row.resource_url),
        _names(row.deficiencies),
    )


def _approval(row: AuditRow | EventRow) -> str:
    return _cell(row.approval_id or "") + (" (self-approved)" if row.self_approved else "")


def _table(header: Sequence[str], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield _line(header)
    yield f"|{' --- |' * len(header)}"
    yield from map(_line, rows)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(_cell, names))


def _cell(words: str) -> str:
    """Words that somebody else chose in a cell: an id or a plain address as code, all else as an inert line."""
    if _ID.fullmatch(words):
        return f"`{words}`"
    return literal(inert_words(words, limit=_LONGEST_CELL).replace("`", "'"))
