"""Everything about a person as one JSON document, made piece by piece, so that it is never held as a whole.

A document that breaks off lacks its last member, `complete`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shared.auth import Actor
from shared.domain.ledger import timestamp
from shared.domain.personal_data import LISTS, PERSONAL
from shared.services import Services
from shared.store.database import Snapshot
from shared.store.personal import below, documents, documents_of
from shared.store.store import AGENT_RUNS, LEDGER, PR_EVENTS, REVIEWS, REVISIONS, Store

_BELOW = {LEDGER: "entries", REVISIONS: "revisions"}  # `ledger` is the head of the chain
_WORD = re.compile("[-_]([a-z])")


def pieces(account: Mapping[str, Any] | None, actor: Actor, services: Services) -> Iterator[str]:
    """The JSON: the account as it was found, then each collection's documents that name the person, whole."""
    person = {"uid": actor.id, "githubUserId": actor.github_id}
    yield f'{{"exportedAt": {_json(services.now())}, "person": {_json(person)}'
    yield f', "account": {_json(account)}'
    for collection in PERSONAL:
        yield f', "{member(collection)}": ['
        for number, snapshot in enumerate(_snapshots(collection, actor, services.store)):
            yield f"{', ' if number else ''}{_json(_whole(snapshot, actor, services.store))}"
        yield "]"
    yield ', "complete": true}'


def member(collection: str) -> str:
    """What a collection is called in the JSON."""
    return _WORD.sub(lambda found: found[1].upper(), collection)


def _snapshots(collection: str, actor: Actor, store: Store) -> Iterator[Snapshot]:
    yield from documents_of(store.database, collection, actor.id)
    if collection == PR_EVENTS and actor.github_id is not None:
        for snapshot in documents(store.database, PR_EVENTS, ("authorId", "==", actor.github_id)):
            if snapshot.get("ownerId") != actor.id:  # which was told already
                yield snapshot


def _whole(snapshot: Snapshot, actor: Actor, store: Store) -> dict[str, Any]:
    """A document with what stands below it; who else it names is not this person's to know."""
    whole = dict(snapshot.to_dict() or {})
    for name in LISTS & whole.keys():
        whole[name] = [each for each in whole[name] if each == actor.id]
    if whole.get("ownerId") not in (None, actor.id) and snapshot.reference.parent.id == PR_EVENTS:
        del whole["ownerId"]
    for name, each in below(store.database, snapshot):
        whole.setdefault(_BELOW[name], []).append(each.to_dict())
    if snapshot.reference.parent.id == AGENT_RUNS:
        whole["review"] = _review(snapshot, store)
    return whole


def _review(run: Snapshot, store: Store) -> Mapping[str, Any] | None:
    found = store.database.read(store.database.reference(REVIEWS, run.id))
    return found.to_dict() if found.exists else None


def _json(value: object) -> str:
    return json.dumps(value, default=_plain, ensure_ascii=False, sort_keys=True)


def _plain(value: object) -> object:
    """What JSON has no type for: a time, or JSON that is kept in one field."""
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, bytes):
        return json.loads(value)
    raise TypeError(f"a document holds no {type(value).__name__}")
