"""Does the table know every place that names a person, and what becomes of each?"""

import dataclasses
from collections.abc import Iterator
from typing import Any, cast

import pytest
from pydantic import BaseModel

from shared.domain.personal_data import CHAINED, IMPERSONAL, PERSONAL, renamed
from shared.store.collection import Collection
from shared.store.database import Database
from shared.store.store import COLLECTIONS, Store

NAMING = {"owner_id", "owner_ids", "actor_id", "decided_by", "attached_by", "retried_by", "written_by", "requested_by"}
DECISIONS = {"decision", "approval"}
"""Fields that hold a decision with who made it."""


def collections() -> Iterator[Collection[Any]]:
    store = Store(Database(cast("Any", None)))
    yield from (each for each in vars(store).values() if isinstance(each, Collection))


def naming_fields(kind: Any) -> set[str]:  # noqa: ANN401 -- a model or a dataclass
    """The fields of a kind of document that name people, as they are stored."""
    named = kind.model_fields if issubclass(kind, BaseModel) else [each.name for each in dataclasses.fields(kind)]
    found = {name for name in named if name in NAMING} | {f"{name}.decided_by" for name in named if name in DECISIONS}
    return {".".join(map(camel, name.split("."))) for name in found}


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


class TestTable:
    def test_has_every_collection_once(self) -> None:
        """Say in PERSONAL how a new collection names people, or in IMPERSONAL why it names nobody."""
        assert sorted([*PERSONAL, *IMPERSONAL]) == sorted(COLLECTIONS)
        assert all(IMPERSONAL.values())

    @pytest.mark.parametrize("collection", list(collections()), ids=lambda each: each.path[0])
    def test_has_every_field_that_names_people(self, collection: Collection[Any]) -> None:
        found = naming_fields(collection.kind)
        told = set(PERSONAL[collection.path[0]].fields) if collection.path[0] in PERSONAL else set()
        assert found - told == ({"ownerId"} if collection.path[0] == "erasures" else set())
        assert told <= found

    def test_takes_what_leads_to_others_last(self) -> None:
        assert CHAINED[-1] == "approvals"
        assert list(PERSONAL).index("intents") > max(list(PERSONAL).index(name) for name in CHAINED)

    def test_knows_the_states_in_which_a_step_is_in_somebodys_hands(self) -> None:
        for queued in Store(Database(cast("Any", None))).queued:
            name = queued.steps.path[0]
            if name in PERSONAL:
                assert PERSONAL[name].at_work == {queued.kind.WAITING, queued.kind.RUNNING}


class TestRenaming:
    @pytest.mark.parametrize(
        ("collection", "fields", "changed"),
        [
            ("intents", {"ownerId": "ada", "decision": None}, {"ownerId": "x"}),
            ("intents", {"ownerId": "bo", "decision": {"decidedBy": "ada", "seq": 1}}, {"decision": "seq 1 by x"}),
            ("approvals", {"ownerId": "bo", "decidedBy": "bo"}, {}),
            ("exceptions", {"ownerIds": ["bo", "ada"], "actorId": "ada"}, {"ownerIds": ["bo", "x"], "actorId": "x"}),
            ("agent-runs", {"ownerId": "adam", "approval": "ada"}, {}),
        ],
    )
    def test_changes_what_names_the_person_and_nothing_else(
        self, collection: str, fields: dict[str, Any], changed: dict[str, Any]
    ) -> None:
        wanted = {**changed, "decision": {"decidedBy": "x", "seq": 1}} if "decision" in changed else changed
        assert renamed(collection, fields, "ada", "x") == wanted

    def test_leaves_the_document_as_it_was(self) -> None:
        fields: dict[str, Any] = {"ownerIds": ["ada"], "decision": {"decidedBy": "ada"}}
        renamed("exceptions", fields, "ada", "x")
        renamed("intents", fields, "ada", "x")
        assert fields == {"ownerIds": ["ada"], "decision": {"decidedBy": "ada"}}
