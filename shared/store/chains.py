"""A subject's chain as it stands in the store, whatever somebody has made of it, for the check of the ledger."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from shared.domain.agent_run import AgentRun
from shared.domain.ledger import GENESIS, canonical_json
from shared.domain.verification import Chain, content, entry_of
from shared.store.codec import from_fields
from shared.store.database import Database
from shared.store.store import AGENT_RUNS, LEDGER


def read_chain(database: Database, subject: str, documents: Iterable[str] = ()) -> Chain:
    """The chain of a subject, named by its document's path, with every document that an entry or `documents` names.

    Nothing is validated on the way: what was tampered with is for the check to find.
    """
    query = database.collection(*subject.split("/"), LEDGER).order_by("__name__")
    entries = [entry_of(snapshot.to_dict() or {}) for snapshot in database.run(query)]
    state = _fields(database, subject)
    head = (state or {}).get("ledger")
    head = head if isinstance(head, Mapping) else {}
    named = {content(entry).get("document") for entry in entries}
    paths = sorted({*documents, *(path for path in named if isinstance(path, str) and path.count("/") == 1)})
    return Chain(
        subject=subject,
        count=head["count"] if isinstance(head.get("count"), int) else 0,
        head=str(head.get("head", GENESIS)),
        state=None if state is None else _plain(state),
        entries=entries,
        documents={path: _document(database, path) for path in paths},
    )


def _document(database: Database, path: str) -> Mapping[str, Any] | None:
    """What the ledger keeps of a linked document; None where it is gone, nothing where it is no run any more."""
    found = _fields(database, path)
    if found is None or not path.startswith(f"{AGENT_RUNS}/"):
        return None if found is None else _plain(found)
    try:
        return _plain(from_fields(AgentRun, found).record())
    except TypeError:  # a field that every run has is not there
        return {}


def _fields(database: Database, path: str) -> Mapping[str, Any] | None:
    snapshot = database.read(database.reference(*path.split("/")))
    return snapshot.to_dict() if snapshot.exists else None


def _plain(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state as an export carries it: JSON that has the same digest."""
    plain: dict[str, Any] = json.loads(canonical_json(state))
    return plain
