"""The indexes that are deployed are those that the queries need: the emulator answers without any."""

import dataclasses
import json
import types
import typing
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast

import pytest

from shared.domain.retention import RETENTION
from shared.store.collection import Collection
from shared.store.database import Database
from shared.store.quotas import QUOTAS
from shared.store.store import COLLECTIONS, LEDGER, REVISIONS, SUBCOLLECTIONS, Store
from tests.queries import Asked, asked, lines_that_ask

FILE = Path("firestore.indexes.json")
EXPIRE = {(each.collection, each.field) for each in RETENTION}
LONG = {
    *("title", "description", "impact", "goal", "constraints", "success", "prMeta", "templateAnswers", "canonical"),
    *("breakGlassReason", "reason", "detail", "lastError", "url", "cursor"),
}
_SCALARS = (str, int, float, bool)
_RANGES = {"LESS_THAN", "LESS_THAN_OR_EQUAL", "GREATER_THAN", "GREATER_THAN_OR_EQUAL", "NOT_EQUAL"}
_ARRAYS = {"ARRAY_CONTAINS", "ARRAY_CONTAINS_ANY"}
Pairs = tuple[tuple[str, str], ...]
QUERIES, LINES = asked()


def index_of(query: Asked) -> dict[str, Any] | None:
    """The composite index that serves the query; None where indexes of single fields do.

    Equalities and membership alone are served by merging single fields' indexes, one field by its own index; what
    orders or bounds comes last, and the document's name follows the direction of the last field by itself.
    https://firebase.google.com/docs/firestore/query-data/index-overview
    """
    orders = [each for each in query.orders if each[0] != "__name__"]
    ranged = {field for field, operator in query.conditions if operator in _RANGES}
    bounds = orders or [(field, "ASCENDING") for field in sorted(ranged)]
    exact = dict.fromkeys((field, operator in _ARRAYS) for field, operator in query.conditions if field not in ranged)
    if not bounds or len(bounds) + len(exact) < 2:
        return None
    arrays = [{"fieldPath": field, "arrayConfig": "CONTAINS"} for field, array in exact if array]
    equal = [{"fieldPath": field, "order": "ASCENDING"} for field, array in exact if not array]
    last = [{"fieldPath": field, "order": direction} for field, direction in bounds]
    return {"collectionGroup": query.collection, "queryScope": "COLLECTION", "fields": [*equal, *arrays, *last]}


def single_fields(query: Asked) -> set[tuple[str, str, str]]:
    """The single fields whose indexes serve the query: collection, field, direction or CONTAINS."""
    if index_of(query):
        return set()
    kinds = [(field, "CONTAINS" if operator in _ARRAYS else "ASCENDING") for field, operator in query.conditions]
    named = {field for field, _ in query.orders}
    kept = [*(each for each in kinds if each[0] not in named), *query.orders]
    return {(query.collection, field, kind) for field, kind in kept if field != "__name__"}


def fields() -> Iterator[tuple[str, str, Any]]:
    """Every field of every document: collection, name in Firestore, type."""
    store = Store(Database(cast("Any", None)))
    collections = [each for each in vars(store).values() if isinstance(each, Collection)]
    for each in (*collections, store.revisions("a"), store.ledger("a/b")):
        for name, kind in _types(each.kind):
            first, *rest = name.split("_")
            yield each.path[-1], first + "".join(map(str.capitalize, rest)), kind
    yield QUOTAS, "expiresAt", datetime


def _types(kind: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return [(each.name, hints[each.name]) for each in dataclasses.fields(kind)]
    return [(name, field.annotation) for name, field in kind.model_fields.items()]


def _is_scalar(kind: Any) -> bool:  # noqa: ANN401
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return all(_is_scalar(each) for each in typing.get_args(kind) if each is not type(None))
    return kind in _SCALARS or typing.get_origin(kind) is Literal


def overrides() -> list[dict[str, Any]]:
    """What must stand in the file for single fields: times, long texts, lists and maps have no index but one in use."""
    needed = {each for query in QUERIES for each in single_fields(query)}
    found = []
    for collection, name, kind in fields():
        indexes = [_index(how) for where, field, how in sorted(needed) if (where, field) == (collection, name)]
        if not _is_scalar(kind) or name in LONG:
            ttl = {"ttl": True} if (collection, name) in EXPIRE else {}
            found.append({"collectionGroup": collection, "fieldPath": name, **ttl, "indexes": indexes})
    return sorted(found, key=lambda each: (each["collectionGroup"], each["fieldPath"]))


def _index(how: str) -> dict[str, str]:
    return {"queryScope": "COLLECTION", "arrayConfig" if how == "CONTAINS" else "order": how}


def composites() -> list[dict[str, Any]]:
    """What must stand in the file for several fields."""
    indexes = {json.dumps(index) for query in QUERIES if (index := index_of(query))}
    return [json.loads(each) for each in sorted(indexes)]


@pytest.fixture(scope="module")
def deployed() -> dict[str, Any]:
    """The file."""
    return cast("dict[str, Any]", json.loads(FILE.read_text("utf-8")))


class TestQueries:
    """What the indexes are derived from."""

    def test_are_all_among_those_that_are_listened_to(self) -> None:
        """A new query is asked for in tests/queries.py too."""
        sites = list(lines_that_ask())
        deaf = [(file, lines[0]) for file, lines in sites if not any((file, line) in LINES for line in lines)]
        assert sites
        assert not deaf, f"ask for them in tests/queries.py: {deaf}"

    def test_are_of_collections_that_are_known(self) -> None:
        known = {*COLLECTIONS, *(below for each in SUBCOLLECTIONS.values() for below in each)}
        assert {query.collection for query in QUERIES} <= known

    @pytest.mark.parametrize(
        ("conditions", "orders", "needed"),
        [
            ((("a", "EQUAL"), ("b", "EQUAL")), (), None),
            ((("a", "LESS_THAN"),), (("a", "DESCENDING"),), None),
            ((("a", "EQUAL"),), (("b", "DESCENDING"), ("__name__", "DESCENDING")), ["a", "b"]),
            ((("a", "IN"), ("b", "LESS_THAN")), (), ["a", "b"]),
            ((("a", "ARRAY_CONTAINS"), ("c", "EQUAL")), (("b", "ASCENDING"),), ["c", "a", "b"]),
        ],
    )
    def test_need_an_index_of_several_fields_when_one_orders_what_another_chooses(
        self, conditions: Pairs, orders: Pairs, needed: list[str] | None
    ) -> None:
        index = index_of(Asked("pr-events", conditions, orders))
        assert (index and [each["fieldPath"] for each in index["fields"]]) == needed


class TestIndexes:
    """firestore.indexes.json."""

    def test_are_exactly_what_the_queries_need(self, deployed: dict[str, Any]) -> None:
        found = sorted(deployed["indexes"], key=json.dumps)
        assert found == composites(), f"it must be:\n{json.dumps(composites(), indent=2)}"

    def test_leave_out_times_long_texts_lists_and_maps(self, deployed: dict[str, Any]) -> None:
        assert deployed["fieldOverrides"] == overrides(), f"it must be:\n{json.dumps(overrides(), indent=2)}"

    def test_keep_every_single_field_that_a_query_uses(self, deployed: dict[str, Any]) -> None:
        """No exemption takes away what merging needs."""
        kept = {
            (each["collectionGroup"], each["fieldPath"], index.get("order") or index.get("arrayConfig"))
            for each in deployed["fieldOverrides"]
            for index in each["indexes"]
        }
        exempt = {(each["collectionGroup"], each["fieldPath"]) for each in deployed["fieldOverrides"]}
        used = {each for query in QUERIES for each in single_fields(query)}
        assert used
        assert {each for each in used if each[:2] in exempt or each[1].split(".")[0] != each[1]} <= kept

    def test_let_expire_what_has_a_time_to_expire(self, deployed: dict[str, Any]) -> None:
        expiring = {(c, name) for c, name, _ in fields() if name == "expiresAt"}
        found = {(each["collectionGroup"], each["fieldPath"]) for each in deployed["fieldOverrides"] if each.get("ttl")}
        assert found == expiring == EXPIRE

    def test_know_every_collection(self) -> None:
        """A field of a collection that is missing here would be indexed without anybody's decision."""
        known = {*COLLECTIONS, LEDGER, REVISIONS}
        assert {collection for collection, _, _ in fields()} == known

    def test_stay_within_firestores_limits(self, deployed: dict[str, Any]) -> None:
        """200 composite indexes and 200 settings of single fields without billing; several times that with it.

        https://firebase.google.com/docs/firestore/quotas#indexes
        """
        assert len(deployed["indexes"]) <= 200
        assert len(deployed["fieldOverrides"]) <= 200
