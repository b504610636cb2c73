"""A Firestore collection of one type of value: what can be asked of it, and the writes it offers for a commit."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.errors import InvalidError
from shared.domain.ids import derived_id, is_id
from shared.logging import log
from shared.store.codec import from_fields, to_fields
from shared.store.database import Anchor, Database, Snapshot, Write

T = TypeVar("T")
PAGE = 300
"""How many documents a page of everything has."""
_BOUNDS = frozenset({"<", "<=", ">", ">="})
Condition = tuple[str, str, Any]
"""A field, an operator of Firestore's, a value."""


@dataclass(frozen=True)
class Stored(Generic[T]):
    """A value as it was read, and when it had been written: the precondition for replacing it."""

    value: T
    updated: datetime


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of the values, and where the rest begins; `next_cursor` is None on the last page."""

    values: tuple[T, ...]
    next_cursor: str | None


class Collection(Generic[T]):
    """The documents at `path`; `id_of` names the document of a value."""

    def __init__(self, database: Database, *path: str, kind: type[T], id_of: Callable[[T], str]) -> None:
        self._database = database
        self.path = path
        self.kind = kind
        self._id_of = id_of

    def get(self, document_id: str) -> Stored[T] | None:
        """The value under an id that was derived or checked, or None."""
        snapshot = self._database.read(self._database.reference(*self.path, document_id))
        return self._stored(snapshot) if snapshot.exists else None

    def get_all(self, document_ids: Iterable[str]) -> dict[str, Stored[T]]:
        """Those of the values that are there, by their ids, as they all were at one time."""
        references = [self._reference(each) for each in document_ids]
        return {each.id: self._stored(each) for each in self._database.read_all(references) if each.exists}

    def missing(self, document_ids: Iterable[str]) -> set[str]:
        """Those of the ids under which there is no document."""
        references = [self._reference(each) for each in document_ids]
        return {each.id for each in self._database.read_all(references) if not each.exists}

    def find(self, *conditions: Condition, limit: int, order: str = "") -> list[Stored[T]]:
        """The first `limit` values that meet all conditions, by the field `order`, else by their ids."""
        query = self._where(conditions)
        query = query.order_by(order) if order else query
        return [self._stored(snapshot) for snapshot in self._database.run(query.limit(limit))]

    def find_readable(self, *conditions: Condition, limit: int, order: str) -> list[Stored[T] | None]:
        """As `find`, with None in the place of what is no value of this kind, such as another version's."""
        query = self._where(conditions).order_by(order).limit(limit)
        return [self._stored_if_readable(snapshot) for snapshot in self._database.run(query)]

    def pages(self, *conditions: Condition, newest: str = "") -> Iterator[list[Snapshot]]:
        """Everything that meets all conditions, a page at a time, newest first by that field, else by ids.

        As it stands in the store: whoever audits it does not want it to be mended, or to be missed, on the way.
        """
        query, bounded = self._where(conditions), {each[0] for each in conditions if each[1] in _BOUNDS}
        direction = "DESCENDING" if newest else "ASCENDING"
        for field in (*filter(None, [newest]), *sorted(bounded - {newest}), "__name__"):
            query = query.order_by(field, direction=direction)
        query = query.limit(PAGE)
        while page := self._database.run(query):
            yield page
            if len(page) < PAGE:
                return
            query = query.start_after(page[-1])

    def total(self, *conditions: Condition) -> int:
        """How many documents meet all conditions."""
        return self._database.total(self._where(conditions))

    def lowest(self, field: str, *conditions: Condition) -> Any:  # noqa: ANN401  # what the field holds
        """The lowest that `field` is in a document that meets all conditions, read by itself; None where none does."""
        query = self._where(conditions).order_by(field).select([field]).limit(1)
        return next((snapshot.get(field) for snapshot in self._database.run(query)), None)

    def newest(self, *conditions: Condition, by: str, limit: int) -> list[T]:
        """The first `limit` values that meet all conditions, by the time in the field `by`, newest first."""
        query = self._where(conditions).order_by(by, direction="DESCENDING")
        return [self._stored(snapshot).value for snapshot in self._database.run(query.limit(limit))]

    def page(self, conditions: Sequence[Condition], *, newest: str, limit: int, cursor: str | None) -> Page[T]:
        """`limit` values by the time in the field `newest`, newest first, from `cursor` on.

        Raises `InvalidError` for a cursor that no page has given.
        """
        query = self._where(conditions).order_by(newest, direction="DESCENDING")
        query = query.order_by("__name__", direction="DESCENDING")
        which = self._which(conditions)
        if cursor:
            moment, document_id = _read_cursor(cursor, which)
            query = query.start_after({newest: moment, "__name__": self._reference(document_id)})
        found = self._database.run(query.limit(limit + 1))
        values = tuple(self._stored(snapshot).value for snapshot in found[:limit])
        if len(found) <= limit:
            return Page(values, None)
        return Page(values, _cursor(which, found[limit - 1].get(newest), found[limit - 1].id))

    def create(self, value: T, *, anchor: Anchor | None = None) -> Write:
        """A write that fails if the document exists."""
        return Write("create", self._reference(self._id_of(value)), to_fields(value), anchor=anchor)

    def replace(self, stored: Stored[T], value: T, *, anchor: Anchor | None = None) -> Write:
        """A write that fails if the document has changed since it was read."""
        reference = self._reference(self._id_of(value))
        return Write("replace", reference, to_fields(value), unchanged_since=stored.updated, anchor=anchor)

    def put(self, value: T) -> Write:
        """A write that holds whatever was there before: another write of the same commit must guard it."""
        return Write("put", self._reference(self._id_of(value)), to_fields(value))

    def delete(self, stored: Stored[T]) -> Write:
        """A write that removes the document unless it has changed since it was read."""
        return Write("delete", self._reference(self._id_of(stored.value)), unchanged_since=stored.updated)

    def remove(self, value: T) -> Write:
        """A write that removes the document, whatever it has become: another write of the same commit must guard it."""
        return Write("delete", self._reference(self._id_of(value)))

    def commit(self, *writes: Write) -> datetime:
        """All the writes, of this collection and of others of its database, or none."""
        return self._database.commit(writes)

    def _reference(self, document_id: str) -> Any:  # noqa: ANN401
        return self._database.reference(*self.path, document_id)

    def _which(self, conditions: Sequence[Condition]) -> str:
        """Which list a cursor is of: a period's ends may move between two pages, whose and what it shows may not."""
        fixed = [condition for condition in conditions if not isinstance(condition[2], datetime)]
        return derived_id("list", *self.path, *map(str, fixed))[:12]

    def _where(self, conditions: Sequence[Condition]) -> Any:  # noqa: ANN401
        query = self._database.collection(*self.path)
        for condition in conditions:
            query = query.where(filter=FieldFilter(*condition))
        return query

    def _stored(self, snapshot: Snapshot) -> Stored[T]:
        return Stored(from_fields(self.kind, snapshot.to_dict() or {}), snapshot.update_time)

    def _stored_if_readable(self, snapshot: Snapshot) -> Stored[T] | None:
        try:
            return self._stored(snapshot)
        except (TypeError, ValueError) as error:
            log.error("document_unreadable", document=snapshot.reference.path, reason=type(error).__name__)
            return None


def _cursor(which: str, moment: datetime, document_id: str) -> str:
    place = json.dumps([which, moment.isoformat(), document_id])
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, which: str) -> tuple[datetime, str]:
    try:
        listed, moment, document_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        place = datetime.fromisoformat(moment).astimezone(UTC), document_id
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidError("not a cursor of this list", field="cursor") from error
    if listed != which or not (isinstance(document_id, str) and is_id(document_id)):
        raise InvalidError("not a cursor of this list", field="cursor")
    return place
