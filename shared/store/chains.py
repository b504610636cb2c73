"""A subject's chain as it stands in the store, whatever somebody has made of it, for the check of the ledger.

Nothing is validated on the way: what was tampered with is for the check to find.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from shared.domain.agent_run import AgentRun
from shared.domain.ledger import GENESIS, canonical_json
from shared.domain.provisioning_job import ProvisioningJob
from shared.domain.verification import Chain, State, content, entry_of
from shared.store.codec import from_fields
from shared.store.database import Database, Snapshot
from shared.store.store import AGENT_RUNS, LEDGER, PROVISIONING_JOBS

# What a queue drives, the ledger keeps without how it was driven.
_DRIVEN: Mapping[str, type[AgentRun | ProvisioningJob]] = {AGENT_RUNS: AgentRun, PROVISIONING_JOBS: ProvisioningJob}


def read_chain(
    database: Database,
    subject: str,
    documents: Iterable[str] = (),
    *,
    read: Snapshot | None = None,
    known: Mapping[str, State] | None = None,
) -> Chain:
    """The chain of a subject, named by its document's path, with every document that an entry or `documents` names.

    It costs a read for each entry, for each linked document that is not `known`, and for the subject unless it has
    just been `read`.
    """
    entries = [entry_of(each.to_dict() or {}) for each in database.run(_entries(database, subject))]
    state = _fields(read or database.read(database.reference(*subject.split("/"))))
    head = (state or {}).get("ledger")
    head = head if isinstance(head, Mapping) else {}
    named = {content(entry).get("document") for entry in entries}
    paths = {*documents, *(path for path in named if isinstance(path, str) and path.count("/") == 1)}
    return Chain(
        subject=subject,
        count=head["count"] if isinstance(head.get("count"), int) else 0,
        head=str(head.get("head", GENESIS)),
        state=None if state is None else plain(state),
        entries=entries,
        documents=_documents(database, sorted(paths), known or {}),
    )


def record_of(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What the ledger keeps of a linked document; nothing where it is no run or job any more."""
    kind = _DRIVEN.get(path.partition("/")[0])
    if kind is None:
        return plain(fields)
    try:
        return plain(from_fields(kind, fields).record())
    except (TypeError, AttributeError):  # a field that each of them has is not there, or is something else
        return {}


def plain(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state as an export carries it: JSON that has the same digest; nothing where JSON can't say it.

    Nothing of ours is like that, so that it is what somebody else has put there.
    """
    try:
        found: dict[str, Any] = json.loads(canonical_json(state))
    except (TypeError, ValueError, RecursionError):
        return {}
    return found


def _entries(database: Database, subject: str) -> Any:  # noqa: ANN401  # the client is untyped here
    return database.collection(*subject.split("/"), LEDGER).order_by("__name__")


def _documents(database: Database, paths: Iterable[str], known: Mapping[str, State]) -> dict[str, State | None]:
    """The linked documents, None for those that are gone: all that are not known by one call."""
    unknown = [database.reference(*path.split("/")) for path in paths if path not in known]
    found = {each.reference.path: _fields(each) for each in database.read_all(unknown)}
    documents: dict[str, State | None] = {}
    for path in paths:
        fields = found.get(path)
        documents[path] = known[path] if path in known else None if fields is None else record_of(path, fields)
    return documents


def _fields(snapshot: Snapshot) -> Mapping[str, Any] | None:
    return snapshot.to_dict() if snapshot.exists else None
