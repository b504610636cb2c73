"""What a report tells: read from runs, events and chains, all of it before the first byte of an answer is sent.

Links cost a read for each run and event of the period, and one for each intent; chains one for each entry, and one
for each linked document that is no run of the period. https://firebase.google.com/docs/firestore/pricing
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from functions.audit.chains import verdicts
from functions.audit.spool import Spool
from shared.audit_rows import read_event, read_run, within
from shared.domain.audit_report import AuditPeriod, AuditReport
from shared.domain.audit_row import Audited, AuditRow, EventRow
from shared.domain.verification import State, digest
from shared.services import Services
from shared.store.chains import record_of
from shared.store.collection import Condition
from shared.store.database import Snapshot
from shared.store.store import INTENTS, Store

R = TypeVar("R", bound=Audited)
_Linked = defaultdict[str, dict[str, State]]
_SOUND = (True, None)


@dataclass(frozen=True)
class Links:
    """What the runs and events of a period say of themselves, and their digests under the intents that they name."""

    runs: Spool[AuditRow]
    events: Spool[EventRow]
    linked: defaultdict[str, dict[str, State]]


@dataclass(frozen=True)
class Findings:
    """A report, and the rows that it counts; of subjects that are gone or broken, whether they are there and how."""

    report: AuditReport
    _links: Links
    _broken: dict[str, tuple[bool, str | None]]

    def runs(self) -> Iterator[AuditRow]:
        """The runs of the period, oldest first."""
        return (self._judged(row) for row in self._links.runs)

    def events(self) -> Iterator[EventRow]:
        """The provisioning events of the period, oldest first."""
        return (self._judged(row) for row in self._links.events)

    def _judged(self, row: R) -> R:
        if row.ledger_fault:  # nothing is known of it but that
            return row
        exists, fault = self._broken.get(f"{INTENTS}/{row.intent_id}", _SOUND)
        return row.judged(intent_exists=exists, ledger_fault=fault)


def find(period: AuditPeriod, services: Services) -> Findings:
    """Read everything that the report of a period tells, all of it as of one moment."""
    store = services.store.at_once()
    found, broken = links(period, store), dict[str, tuple[bool, str | None]]()
    report = AuditReport(period, as_of=store.database.as_of or services.now())
    report.approved = _decided("approved", period, store)
    report.rejected = _decided("rejected", period, store)
    for verdict in verdicts(period, found.linked, store):
        report.add_chain(verdict.entries, verdict.fault)
        if verdict.fault or not verdict.exists:
            broken[verdict.subject] = verdict.exists, str(verdict.fault) if verdict.fault else None
    findings = Findings(report, found, broken)
    report.add_all(findings.runs()).add_all(findings.events())
    return findings


def links(period: AuditPeriod, store: Store) -> Links:
    """The runs and events of a period, page by page."""
    found = Links(Spool(AuditRow), Spool(EventRow), defaultdict(dict))
    made = _within(period)
    for page in store.agent_runs.pages(*made, newest="createdAt"):
        found.runs.add([_noted(read_run(each), each, found.linked) for each in page])
    for page in store.provisioning_events.pages(*made, newest="createdAt"):
        found.events.add([_noted(read_event(each), each, found.linked) for each in page])
    return found


def _within(period: AuditPeriod) -> list[Condition]:
    scope: list[Condition] = [("repoFullName", "==", period.scope)] if period.scope else []
    return [*within("createdAt", period.from_, period.to, period.owner_id), *scope]


def _decided(status: str, period: AuditPeriod, store: Store) -> int:
    """How many decisions of the period came to that, on intents of every repository: a decision names none."""
    decided = within("decidedAt", period.from_, period.to, period.owner_id)
    return store.approvals.total(("status", "==", status), *decided)


def _noted(row: R, snapshot: Snapshot, linked: _Linked) -> R:
    """The row, its document's digest noted under the intent that it names."""
    path = snapshot.reference.path
    if not row.ledger_fault:
        linked[row.intent_id][path] = digest(record_of(path, snapshot.to_dict() or {}))
    return row
