"""A report as JSON and as Markdown, piece by piece: what it tells has been read before the first of them."""

import json
from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from functions.audit.findings import Findings, find
from functions.audit.schemas import AuditReport, EventRow, ReportHead, ReportQuery, RunRow
from shared.auth import AUDITOR, Actor
from shared.domain.audit_markdown import markdown
from shared.services import Services
from shared.web.stream import Streamed


def report(query: ReportQuery, *, actor: Actor, services: Services) -> Streamed[AuditReport]:
    """The report of a period: everybody's for an auditor, the caller's own for everybody else."""
    found = find(query.period(owner_id=owner_of(actor)), services)
    return Streamed(json=lambda: _json(found), text=lambda: _text(found), text_types=AuditReport.FILE_TYPES)


def owner_of(actor: Actor) -> str | None:
    """Whose acts the person is told: None for everybody's."""
    return None if AUDITOR in actor.roles else actor.id


def listed(items: Iterable[str]) -> Iterator[str]:
    """A JSON array of items that are JSON already, one at a time."""
    yield "["
    for number, item in enumerate(items):
        yield f",{item}" if number else item
    yield "]"


def as_json(model: BaseModel) -> str:
    """The model as every answer shows it."""
    return model.model_dump_json(by_alias=True, exclude_none=True)


def _json(found: Findings) -> Iterator[str]:
    yield as_json(ReportHead.of(found.report)).removesuffix("}")
    yield ',"rows":'
    yield from listed(as_json(RunRow.model_validate(row)) for row in found.runs())
    yield ',"provisioningEvents":'
    yield from listed(as_json(EventRow.model_validate(row)) for row in found.events())
    yield ',"markdown":"'
    yield from (json.dumps(line)[1:-1] for line in _text(found))
    yield '","complete":true}'


def _text(found: Findings) -> Iterator[str]:
    return (f"{line}\n" for line in markdown(found.report, found.runs(), found.events()))
