"""Are documents weighed as Firestore bills them?"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.scale.weight import Scales

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TASK = {"type": "Personal", "done": False, "priority": 1, "description": "Learn Cloud Firestore"}


@pytest.fixture
def scales(tmp_path: Path) -> Scales:
    """One composite index, and a field of `c` that has an index upwards alone."""
    index = {"collectionGroup": "c", "fields": [{"fieldPath": "a"}, {"fieldPath": "b"}]}
    one = {"collectionGroup": "c", "fieldPath": "up", "indexes": [{"order": "ASCENDING"}]}
    none = {"collectionGroup": "c", "fieldPath": "never", "indexes": []}
    file = tmp_path / "indexes.json"
    file.write_text(json.dumps({"indexes": [index], "fieldOverrides": [one, none]}), "utf-8")
    return Scales(file)


class TestWeight:
    def test_is_that_of_the_vendors_own_example(self, scales: Scales) -> None:
        """https://firebase.google.com/docs/firestore/storage-size#document_size"""
        assert scales.weigh("users/jeff/tasks/my_task_id", TASK).document == 147

    @pytest.mark.parametrize(
        ("value", "size"),
        [
            (None, 1),
            (True, 1),
            (7, 8),
            (7.5, 8),
            (NOON, 8),
            ("é", 3),
            (b"abc", 3),
            ([1, 2], 16),
        ],
    )
    def test_of_a_value_is_that_of_its_type(self, scales: Scales, value: object, size: int) -> None:
        empty = scales.weigh("c/1", {}).document
        assert scales.weigh("c/1", {"f": value}).document == empty + 2 + size

    @pytest.mark.parametrize(
        ("fields", "entries"),
        [
            ({"x": 1}, 2),
            ({"up": 1}, 1),
            ({"never": 1}, 0),
            ({"x": ["a", "b", "c"]}, 3),
            ({"x": {"y": 1, "z": 2}}, 4),
            ({"never": {"y": 1}}, 0),
            ({"a": 1}, 2),
            ({"a": 1, "b": 1}, 5),
        ],
    )
    def test_counts_the_entries_of_its_indexes(self, scales: Scales, fields: dict[str, object], entries: int) -> None:
        assert scales.weigh("c/1", fields).entries == entries

    def test_leaves_other_collections_the_indexes_that_all_have(self, scales: Scales) -> None:
        assert scales.weigh("d/1", {"up": 1, "never": 1}).entries == 4
