"""Audit: which AI acts lack a link, how well they are governed, and the ledger that shows tampering."""

from functions.audit.kpi import summary
from functions.audit.ledger import ledger
from functions.audit.report import report
from functions.audit.schemas import AuditReport, KpiQuery, KpiSummary, Ledger, LedgerQuery, ReportQuery
from shared.auth import Actor
from shared.services import Services
from shared.web.stream import Streamed
from shared.web.typed import TypedApp

app = TypedApp("audit", thing="report")


@app.get("/api/audit/report")
def show_report(query: ReportQuery, actor: Actor, services: Services) -> Streamed[AuditReport]:
    """Report the AI acts of a period and which links they lack: everybody's for an auditor, else the caller's own.

    As JSON, or as Markdown for who accepts `text/markdown`. Both end with what says that they are complete.
    """
    return report(query, actor=actor, services=services)


@app.get("/api/audit/ledger")
def download_ledger(query: LedgerQuery, actor: Actor, services: Services) -> Streamed[Ledger]:
    """Download the ledger of a period, or the whole, to be checked offline: everybody's for an auditor, else own.

    Of a card that is somebody else's there is the digest alone.
    """
    return ledger(query, actor=actor, services=services)


@app.get("/api/kpi/summary")
def show_kpi(query: KpiQuery, actor: Actor, services: Services) -> KpiSummary:
    """Show how well AI acts were governed in a period: of everybody's for an auditor, else of the caller's own."""
    return summary(query, actor=actor, services=services)


main = app.function()
