"""Which queries does the code run? Each is asked for once in each of its forms, of a database that only listens."""

import ast
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, product
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import Client
from pydantic import BaseModel

from functions.agent_runner.repository import NotConnectedError, connected
from functions.agent_runs import runs
from functions.agent_runs.schemas import RunQuery
from functions.approvals.schemas import InboxQuery
from functions.assets import cards
from functions.assets.export import _hidden, _reverting, _selected
from functions.assets.schemas import CardQuery
from functions.audit import kpi, ledger
from functions.audit.findings import find
from functions.audit.report import owner_of
from functions.audit.schemas import KpiQuery
from functions.evidences import evidences
from functions.evidences.schemas import EvidenceQuery
from functions.exceptions import inbox
from functions.exceptions.schemas import ExceptionQuery
from functions.intents import intents
from functions.intents.schemas import IntentQuery
from functions.pr_event_processor.refresh import _concerned
from functions.provisioning import jobs
from functions.provisioning.schemas import EventQuery
from functions.provisioning.start import _is_personal
from functions.reconciler.steps import PAGE, dispatch_due
from functions.repositories.connect import _existing
from functions.repositories.schemas import RepositoryQuery
from local.openapi.document import document
from shared.audit_days import fold, marked_days
from shared.auth import AUDITOR, Actor
from shared.domain.audit_report import AuditPeriod
from shared.domain.errors import InvalidError
from shared.domain.personal_data import CHAINED, PERSONAL
from shared.services import Services
from shared.store.database import Database
from shared.store.personal import documents, documents_of
from shared.store.store import PR_EVENTS, SUBCOLLECTIONS, Store

Q = TypeVar("Q", bound=BaseModel)
NOW = datetime(2026, 11, 2, tzinfo=UTC)
OWNER = Actor("owner", 7, frozenset())
EVERYBODY = Actor("auditor", 8, frozenset({AUDITOR}))
_ASKS = {"find", "find_readable", "newest", "page"}
_ASKS_WITHOUT_LIMIT = {"lowest", "pages", "total"}
_SOURCES = ("functions", "shared")
_NO_ASKERS = (Path("shared/clients"), Path("shared/store/collection.py"))


@dataclass(frozen=True)
class Asked:
    """A query: the field of each condition with its operator, the fields that order it with their directions."""

    collection: str
    conditions: tuple[tuple[str, str], ...]
    orders: tuple[tuple[str, str], ...]


class Listening(Database):
    """A database that notes what is asked and by which line, and finds what `found` says: how many empty documents."""

    def __init__(self, found: Callable[[Asked, int], int] = lambda _asked, _limit: 0) -> None:
        super().__init__(Client(project="listening", credentials=AnonymousCredentials()))  # type: ignore[no-untyped-call]
        self._found = found
        self.asked: set[Asked] = set()
        self.lines: set[tuple[str, int]] = set()

    def run(self, query: Any) -> list[Any]:  # noqa: ANN401  # the client is untyped here
        """Note the query."""
        asked = _read(query._to_protobuf())  # noqa: SLF001  # nothing public says what a query asks
        self.asked.add(asked)
        self.lines.add(_line())
        limit = query._limit  # noqa: SLF001
        return [_Nothing()] * self._found(asked, limit)

    def at_once(self, _reference: object) -> "Listening":
        """It stands still anyway."""
        return self

    def total(self, query: Any) -> int:  # noqa: ANN401
        """Note the query, and find nothing."""
        self.asked.add(_read(query._to_protobuf()))  # noqa: SLF001
        self.lines.add(_line())
        return 0

    def read(self, _reference: object) -> Any:  # noqa: ANN401
        """Nothing is there."""
        return _Nothing()

    def read_all(self, _references: object) -> list[Any]:
        """The same."""
        return []

    def commit(self, _writes: object) -> datetime:
        """Nothing is written."""
        return NOW


class _Nothing:
    exists = False
    update_time = NOW

    def to_dict(self) -> dict[str, Any]:
        return _Anything(any=7)

    def get(self, _name: str) -> int:
        return 7


class _Anything(dict[str, Any]):
    """Every field is there, and 7."""

    def __contains__(self, _name: object) -> bool:
        return True

    def __missing__(self, _name: str) -> int:
        return 7


def asked() -> tuple[set[Asked], set[tuple[str, int]]]:
    """Every query that the code runs, and the lines that ran one."""
    document()
    listening, backlog = Listening(), Listening(_more_than_a_page)
    _ask(cast("Services", SimpleNamespace(store=Store(listening), now=lambda: NOW)))
    dispatch_due(cast("Services", SimpleNamespace(store=Store(backlog), now=lambda: NOW)), until=NOW)
    return listening.asked | backlog.asked, listening.lines | backlog.lines


def lines_that_ask() -> Iterator[tuple[str, range]]:
    """Each call of a collection's queries in the code: its file and its lines."""
    for source in _SOURCES:
        for file in sorted(Path(source).rglob("*.py")):
            if any(map(file.is_relative_to, _NO_ASKERS)):
                continue
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _asks(node):
                    yield str(file), range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _asks(call: ast.Call) -> bool:
    named, name = {keyword.arg for keyword in call.keywords}, cast("ast.Attribute", call.func).attr
    return name in _ASKS_WITHOUT_LIMIT or (name in _ASKS and "limit" in named)


def _ask(services: Services) -> None:
    for repository, skill in product(("", "owner/name"), ("", "Python")):
        query = _given(CardQuery, repoFullName=repository, skill=skill)
        cards.page(("approved", "edited"), query, actor=OWNER, services=services)
    cards.revisions(cast("Any", SimpleNamespace(asset_card_id="a")), services)
    with suppress(InvalidError):
        _selected(["a"], OWNER, services.store)
    _hidden([], OWNER, services.store)
    _reverting(["a"], services.store)
    for actor in (OWNER, EVERYBODY):
        for scope, start in product(("", "owner/name"), ("", "2026-11-01T00:00:00Z")):
            runs.page(_given(RunQuery, scope=scope, **{"from": start}), actor=actor, services=services)
        _route("approvals", "list_requests")(InboxQuery(), actor, services)
        for kind in (None, "run_failed"):
            inbox.page(_given(ExceptionQuery, type=kind), actor=actor, services=services)
        inbox.expired_approvals(1, actor=actor, services=services)
        for scope in ("", "owner/name"):
            find(AuditPeriod(NOW, NOW, scope, owner_of(actor)), services)
        kpi.summary(_given(KpiQuery, **{"from": "2026-10-01T12:00:00Z"}), actor=actor, services=services)
        list(ledger._chains(None, actor, services.store))  # noqa: SLF001  # what is asked while the answer is sent
        for start in ("", "2026-11-01T00:00:00Z"):
            jobs.page(_given(EventQuery, **{"from": start}), actor=actor, services=services)
    _ask_for_one(services)
    _ask_for_a_person(services.store.database)


def _ask_for_one(services: Services) -> None:
    one = cast("Any", SimpleNamespace)
    _route("intents", "list_intents")(IntentQuery(), OWNER, services)
    intents.history(one(intent_id="a"), services)
    shown = Store.__new__(Store)
    shown.__dict__ = {
        **services.store.__dict__,
        "intents": one(get=lambda _id: one(value=one(owner_id="owner", intent_id="a"))),
    }
    seen = one(store=shown, now=services.now)
    evidences.page(_given(EvidenceQuery, linkedType="intent", linkedId="a"), actor=OWNER, services=seen)
    for start in ("", "2026-11-01T00:00:00Z"):
        query = _given(EventQuery, intentId="a", **{"from": start})
        jobs.page(query, actor=OWNER, services=seen)
        jobs.page(query, actor=EVERYBODY, services=seen)
    _is_personal("sample-org", services)
    _route("repositories", "list_repositories")(
        RepositoryQuery(), OWNER, one(store=services.store, github_settings=one(install_url=""))
    )
    _existing(one(github_repository_id=7, full_name="owner/name"), OWNER, services)
    list(_concerned(one(installation_id=7, repository_id=7, account="owner"), services))
    services.store.connected_to(7, limit=1)
    fold("2026-11-01", services.store, at=NOW)
    list(islice(marked_days(services.store), 2))
    with suppress(NotConnectedError):
        connected(one(owner_id="owner", repo_full_name="owner/name"), services)


def _ask_for_a_person(database: Database) -> None:
    for collection in PERSONAL:
        list(documents_of(database, collection, "owner"))
    for collection in CHAINED:
        list(documents(database, collection, ("intentId", "==", "a")))
    list(documents(database, PR_EVENTS, ("authorId", "==", 7)))
    for collection, below in SUBCOLLECTIONS.items():
        for name in below:
            list(documents(database, f"{collection}/a/{name}"))


def _given(kind: type[Q], **parameters: object) -> Q:
    """The query of a request that gives those parameters that are something."""
    return kind.model_validate({name: value for name, value in parameters.items() if value})


def _route(group: str, name: str) -> Callable[..., object]:
    """A handler of a function that `document` has loaded: each reads its settings when it is loaded."""
    return cast("Callable[..., object]", getattr(importlib.import_module(f"functions.{group}.main"), name))


def _more_than_a_page(asked: Asked, limit: int) -> int:
    """More steps are due than fit a page, of one tenant, who has none left when it is their turn."""
    if limit == PAGE:
        return PAGE
    return int(limit == 1 and len(asked.conditions) == 1)


def _read(query: Any) -> Asked:  # noqa: ANN401
    where = query.where
    filters = [each.field_filter for each in where.composite_filter.filters] or [where.field_filter]
    conditions = [(each.field.field_path, each.op.name) for each in filters if each.field.field_path]
    orders = [(each.field.field_path, each.direction.name) for each in query.order_by]
    return Asked(query.from_[0].collection_id, tuple(conditions), tuple(orders))


def _line() -> tuple[str, int]:
    """The line of the code that asked: the first below the store's own collection."""
    frame = sys._getframe(2)  # noqa: SLF001  # `inspect` would read the source of every frame
    while frame.f_code.co_filename.endswith("shared/store/collection.py"):
        frame = cast("Any", frame.f_back)
    return str(Path(frame.f_code.co_filename).relative_to(Path.cwd())), frame.f_lineno
