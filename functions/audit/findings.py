"""What a report tells: read from runs, events and chains, all of it before the first byte of an answer is sent.

Links cost a read for each run and event of the period, and one for each intent; chains one for each entry, and one
for each linked document that is no run of the period. https://firebase.google.com/docs/firestore/pricing
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from functions.audit.chains import Verdict, verdicts
from functions.audit.spool import Spool
from shared.domain.agent_run import AgentRun
from shared.domain.audit_report import AuditPeriod, AuditReport
from shared.domain.audit_row import Audited, AuditRow, EventRow, audit_row, event_row, unreadable_event, unreadable_run
from shared.domain.provisioning_event import ProvisioningEvent
from shared.domain.verification import State, digest
from shared.services import Services
from shared.store.chains import record_of
from shared.store.codec import from_fields
from shared.store.collection import Condition
from shared.store.database import Snapshot

R = TypeVar("R", bound=Audited)
_Linked = defaultdict[str, dict[str, State]]


@dataclass(frozen=True)
class Findings:
    """A report, and the rows that it counts."""

    report: AuditReport
    _runs: Spool[AuditRow]
    _events: Spool[EventRow]
    _verdicts: dict[str, tuple[bool, str | None]]

    def runs(self) -> Iterator[AuditRow]:
        """The runs of the period, oldest first."""
        return (self._judged(row) for row in self._runs)

    def events(self) -> Iterator[EventRow]:
        """The provisioning events of the period, oldest first."""
        return (self._judged(row) for row in self._events)

    def _judged(self, row: R) -> R:
        if row.ledger_fault:  # nothing is known of it but that
            return row
        exists, fault = self._verdicts[row.intent_id]
        return row.judged(intent_exists=exists, ledger_fault=fault)


def find(period: AuditPeriod, services: Services) -> Findings:
    """Read everything that the report of a period tells."""
    store, linked = services.store, _Linked(dict)
    runs, events = Spool(AuditRow), Spool(EventRow)
    made = _within(period)
    for page in store.agent_runs.pages(*made, newest="createdAt"):
        runs.add([_run(each, linked) for each in page])
    for page in store.provisioning_events.pages(*made, newest="createdAt"):
        events.add([_event(each, linked) for each in page])
    report = AuditReport(period, approved=_decided("approved", period, services))
    report.rejected = _decided("rejected", period, services)
    found: dict[str, tuple[bool, str | None]] = {}
    for verdict in verdicts(period, linked, store):
        report.add_chain(verdict.entries, verdict.fault)
        found[verdict.intent_id] = verdict.exists, _fault(verdict)
    findings = Findings(report, runs, events, found)
    report.add_all(findings.runs()).add_all(findings.events())
    return findings


def _within(period: AuditPeriod) -> list[Condition]:
    conditions: list[Condition] = [("createdAt", ">=", period.from_), ("createdAt", "<", period.to)]
    conditions += [("ownerId", "==", period.owner_id)] if period.owner_id is not None else []
    conditions += [("repoFullName", "==", period.scope)] if period.scope else []
    return conditions


def _decided(status: str, period: AuditPeriod, services: Services) -> int:
    """How many decisions of the period came to that, on intents of every repository: a decision names none."""
    conditions: list[Condition] = [("decidedAt", ">=", period.from_), ("decidedAt", "<", period.to)]
    conditions += [("ownerId", "==", period.owner_id)] if period.owner_id is not None else []
    return services.store.approvals.total(("status", "==", status), *conditions)


def _run(snapshot: Snapshot, linked: _Linked) -> AuditRow:
    return _row(snapshot, linked, lambda fields: audit_row(from_fields(AgentRun, fields)), unreadable_run)


def _event(snapshot: Snapshot, linked: _Linked) -> EventRow:
    return _row(snapshot, linked, lambda fields: event_row(from_fields(ProvisioningEvent, fields)), unreadable_event)


def _row(
    snapshot: Snapshot,
    linked: _Linked,
    read: Callable[[dict[str, Any]], R],
    unreadable: Callable[[str, datetime], R],
) -> R:
    """The row of a document as it stands, and its digest noted under the intent that it names."""
    fields = snapshot.to_dict() or {}
    try:
        row = read(fields)
        linked[row.intent_id][snapshot.reference.path] = digest(record_of(snapshot.reference.path, fields))
    except (TypeError, ValueError, AttributeError):  # somebody has made something else of it
        return unreadable(snapshot.id, fields["createdAt"])
    return row


def _fault(verdict: Verdict) -> str | None:
    fault = verdict.fault
    return f"{fault.subject} at entry {fault.seq}: {fault.reason}" if fault else None
