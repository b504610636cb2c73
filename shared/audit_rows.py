"""Rows of an audit from documents as they stand: what somebody has made something else of is a row all the same."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from shared.domain.agent_run import AgentRun
from shared.domain.audit_row import Audited, AuditRow, EventRow, audit_row, event_row, unreadable_event, unreadable_run
from shared.domain.ledger import canonical_json
from shared.domain.provisioning_event import ProvisioningEvent
from shared.store.codec import from_fields
from shared.store.collection import Condition
from shared.store.database import Snapshot

R = TypeVar("R", bound=Audited)


def read_run(snapshot: Snapshot) -> AuditRow:
    """The row of a run, before it is known whether its intent is there."""
    return _read(snapshot, lambda fields: audit_row(from_fields(AgentRun, fields)), unreadable_run)


def read_event(snapshot: Snapshot) -> EventRow:
    """The row of a provisioning event, before the same is known."""
    return _read(snapshot, lambda fields: event_row(from_fields(ProvisioningEvent, fields)), unreadable_event)


def within(field: str, from_: datetime, to: datetime, owner_id: str | None) -> list[Condition]:
    """The conditions of a half-open period, of one person's documents where an owner is named."""
    mine: list[Condition] = [("ownerId", "==", owner_id)] if owner_id is not None else []
    return [(field, ">=", from_), (field, "<", to), *mine]


def _read(snapshot: Snapshot, read: Callable[[dict[str, Any]], R], unreadable: Callable[[str, datetime], R]) -> R:
    fields = snapshot.to_dict() or {}
    try:
        canonical_json(fields)  # what no ledger could hold was never in one
        return read(fields)
    except (TypeError, ValueError, AttributeError):
        return unreadable(snapshot.id, fields["createdAt"])
