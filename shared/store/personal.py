"""Where does a person stand in the store? Their documents as they are kept, page by page, and the writes that remove.

Nothing is validated on the way: what can't be read any more is a person's all the same.
"""

from collections.abc import Iterator

from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.personal_data import LISTS, PERSONAL
from shared.store.collection import Condition
from shared.store.database import Database, Snapshot, Write
from shared.store.store import SUBCOLLECTIONS

PAGE = 200


def documents_of(database: Database, collection: str, uid: str) -> Iterator[Snapshot]:
    """The documents of a collection that name a person, each once."""
    seen: set[str] = set()
    for field in PERSONAL[collection].found_by:
        operator = "array_contains" if field in LISTS else "=="
        for snapshot in documents(database, collection, (field, operator, uid)):
            if snapshot.id not in seen:
                seen.add(snapshot.id)
                yield snapshot


def documents(database: Database, collection: str, *conditions: Condition) -> Iterator[Snapshot]:
    """The documents of a collection, named by its path, that meet all conditions, in the order of their ids."""
    query = database.collection(*collection.split("/"))
    for condition in conditions:
        query = query.where(filter=FieldFilter(*condition))
    query = query.order_by("__name__").limit(PAGE)
    while page := database.run(query):
        yield from page
        if len(page) < PAGE:
            return
        query = query.start_after(page[-1])


def below(database: Database, snapshot: Snapshot) -> Iterator[tuple[str, Snapshot]]:
    """What stands below a document, with the name of its collection."""
    for name in SUBCOLLECTIONS.get(snapshot.reference.parent.id, ()):
        for each in documents(database, f"{snapshot.reference.path}/{name}"):
            yield name, each


def removal(snapshot: Snapshot) -> Write:
    """The write that removes a document unless it has changed since it was read."""
    return Write("delete", snapshot.reference, unchanged_since=snapshot.update_time)
