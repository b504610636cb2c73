"""One way to make a report, in a process of its own: `python -m local.bench.audit_method METHOD`, told by variables.

Prints the seconds that it took and the most bytes that the process had in memory, as JSON.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from itertools import islice
from typing import Any

from functions.audit.chains import intents
from functions.audit.findings import links
from functions.audit.report import report
from functions.audit.schemas import ReportQuery
from local.bench.audit_seed import BEGIN, PERIOD
from shared.auth import Actor
from shared.domain.audit_report import AuditPeriod
from shared.services import Services

OWNER = Actor("owner", None, frozenset())
_KILOBYTE = 1 if sys.platform == "darwin" else 1024  # what `ru_maxrss` counts
_MOST = 200
FETCHED = 1000
"""How many runs are fetched one by one: more of them take so many times longer."""


def whole(services: Services) -> None:
    """The report, to its last byte."""
    query = ReportQuery.model_validate({"from": BEGIN.isoformat(), "to": (BEGIN + PERIOD).isoformat()})
    answer = report(query, actor=OWNER, services=services)
    size = sum(len(piece) for piece in answer.json())
    sys.stderr.write(f"{size} characters\n")


def in_pages(services: Services) -> None:
    """The links alone: the runs by pages, their intents by pages or together."""
    store = services.store.at_once()
    period = AuditPeriod(BEGIN, BEGIN + PERIOD, owner_id=OWNER.id)
    found = links(period, store)
    for _ in intents(period, found.linked, store):
        pass


def run_by_run(services: Services) -> None:
    """The links of the first `FETCHED` runs, with what each names fetched for it: its intent, approval, evidence."""
    store = services.store
    mine = [("ownerId", "==", OWNER.id), ("createdAt", ">=", BEGIN), ("createdAt", "<", BEGIN + PERIOD)]
    runs = (snapshot for page in store.agent_runs.pages(*mine, newest="createdAt") for snapshot in page)
    for snapshot in islice(runs, FETCHED):
        run: dict[str, Any] = snapshot.to_dict() or {}
        store.intents.get(run["intentId"])
        store.approvals.get(run["approvalId"])
        store.evidences.find(("linkedId", "==", run["agentRunId"]), limit=_MOST)


METHODS: dict[str, Callable[[Services], None]] = {
    each.__name__.replace("_", "-"): each for each in (whole, in_pages, run_by_run)
}


def main(name: str) -> None:
    """Measure one method."""
    services = Services(dict(os.environ))
    services.store.database.read(services.store.database.reference("nothing", "there"))  # connected, and imported
    began = time.monotonic()
    METHODS[name](services)
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KILOBYTE
    print(json.dumps({"seconds": seconds, "peak": peak}))


if __name__ == "__main__":
    main(sys.argv[1])
