"""How many bytes does a document take in Firestore, and how many index entries does each write of it move?

https://firebase.google.com/docs/firestore/storage-size
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from google.cloud.firestore import Client

_OVERHEAD, _NAME, _NUMBER = 32, 16, 8


@dataclass(frozen=True)
class Weight:
    """Of one document: its bytes, its index entries, and the bytes of those."""

    document: int
    entries: int
    indexes: int


class Scales:
    """Weighs documents under the indexes of a `firestore.indexes.json`."""

    def __init__(self, file: Path) -> None:
        found = json.loads(file.read_text("utf-8"))
        self._overrides = {
            (each["collectionGroup"], each["fieldPath"]): {index.get("order", "CONTAINS") for index in each["indexes"]}
            for each in found["fieldOverrides"]
        }
        self._composite: dict[str, list[list[str]]] = {}
        for index in found["indexes"]:
            fields = [each["fieldPath"] for each in index["fields"]]
            self._composite.setdefault(index["collectionGroup"], []).append(fields)

    def weigh(self, path: str, fields: Mapping[str, Any]) -> Weight:
        """A document's weight; `path` is relative to the database, `collection/id[/collection/id …]`."""
        name, collection = _name(path), path.split("/")[-2]
        about = name + _name(path.rpartition("/")[0].rpartition("/")[0])
        own = name + _fields(fields) + _OVERHEAD
        entries = [*self._single(collection, fields), *self._of_composites(collection, fields)]
        return Weight(own, len(entries), sum(about + each + _OVERHEAD for each in entries))

    def _single(self, collection: str, fields: Mapping[str, Any], prefix: str = "") -> Iterator[int]:
        """The bytes of what each entry of a single field holds: up and down, or one for each member of a list."""
        for name, value in fields.items():
            path = f"{prefix}{name}"
            kept = self._overrides.get((collection, path), {"ASCENDING", "DESCENDING", "CONTAINS"})
            if isinstance(value, Mapping):
                yield from self._single(collection, value, f"{path}.") if kept else ()
            elif isinstance(value, list):
                yield from (_text(path) + _value(each) for each in value if "CONTAINS" in kept)
            else:
                yield from [_text(path) + _value(value)] * len(kept - {"CONTAINS"})

    def _of_composites(self, collection: str, fields: Mapping[str, Any]) -> Iterator[int]:
        for names in self._composite.get(collection, []):
            if all(name in fields for name in names):
                yield sum(_value(fields[name]) for name in names)


def documents(client: Client) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The path and fields of every document there is."""
    for collection in client.collections():
        yield from _below(collection)


def _below(collection: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: ANN401 -- the client is untyped here
    for snapshot in collection.stream():
        yield snapshot.reference.path, snapshot.to_dict()
        for inner in snapshot.reference.collections():
            yield from _below(inner)


def _name(path: str) -> int:
    return sum(map(_text, path.split("/"))) + _NAME if path else 0


def _fields(fields: Mapping[str, Any]) -> int:
    return sum(_text(name) + _value(value) for name, value in fields.items())


def _text(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass")) + 1


def _value(value: Any) -> int:  # noqa: ANN401 -- whatever a field may hold
    match value:
        case None | bool():
            return 1
        case int() | float() | datetime():
            return _NUMBER
        case str():
            return _text(value)
        case bytes():
            return len(value)
        case list():
            return sum(map(_value, value))
    return _fields(value) + _OVERHEAD
