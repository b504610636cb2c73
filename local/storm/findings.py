"""What stands in the store after a storm, and is it what the merges should have caused?"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785
from google.cloud.firestore import Client
from google.cloud.firestore_v1.base_query import FieldFilter

from local.github import Sample
from local.walk import authors, event_id
from shared.domain.ledger import GENESIS, state_digest

UNFINISHED = ("received", "processing")
Card = tuple[str, str, int, str]
"""Whose card of which merge: owner, repository, number, merge commit."""


@dataclass(frozen=True)
class Findings:
    """What the store says. Cards are named `uid repository#number`; `strange` are those that no merge should cause.

    `broken` names the cards whose ledger does not hold, `states` counts the events by their state. `card_times` is when
    the last card of each merge was written (epoch seconds), by the merge's place in the list.
    """

    events: int
    cards: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    strange: tuple[str, ...]
    broken: tuple[str, ...]
    unfinished: tuple[str, ...]
    states: Mapping[str, int]
    exceptions: int
    card_times: Mapping[int, float]


def inspect(database: Client, merges: Sequence[Sample]) -> Findings:
    """Compare the whole store with what the merges should have caused: a card for each author of each."""
    events = {each.id: each.to_dict() or {} for each in database.collection("pr-events").stream()}
    cards = {each.reference.path: each.to_dict() or {} for each in database.collection("asset-cards").stream()}
    due = {key: index for index, merge in enumerate(merges) for key in _due(merge)}
    found = Counter(_key(card) for card in cards.values())
    return Findings(
        events=len(events),
        cards=len(cards),
        lost=_named(key for key in due if key not in found),
        doubled=_named(key for key, count in found.items() if count > 1),
        strange=_named(key for key in found if key not in due),
        broken=tuple(sorted(_broken(database, cards))),
        unfinished=tuple(sorted(_unfinished(events, merges))),
        states=dict(Counter(event["state"] for event in events.values())),
        exceptions=len(list(database.collection("exceptions").list_documents())),
        card_times=_times(cards.values(), due),
    )


def unfinished(database: Client, merges: int) -> int:
    """How many of so many merges have not come to an end."""
    over: Any = database.collection("pr-events").where(filter=FieldFilter("state", "not-in", UNFINISHED)).count()
    return merges - int(over.get()[0][0].value)


def _due(merge: Sample) -> Iterable[Card]:
    """The cards that a merge should cause."""
    document = merge.pull.document
    for owner in {f"gh-{person.id}" for person in authors(merge)}:
        yield owner, merge.repository["full_name"], document["number"], document["merge_commit_sha"]


def _key(card: Mapping[str, Any]) -> Card:
    return card["ownerId"], card["repoFullName"], card["prNumber"], card["mergeCommitSha"]


def _named(keys: Iterable[Card]) -> tuple[str, ...]:
    return tuple(sorted(f"{owner} {repository}#{number}" for owner, repository, number, _ in keys))


def _unfinished(events: Mapping[str, Mapping[str, Any]], merges: Iterable[Sample]) -> Iterable[str]:
    for merge in merges:
        event = events.get(event_id(merge))
        if event is None or event["state"] in UNFINISHED:
            yield f"{merge.path.as_posix()} {event['state'] if event else 'never arrived'}"


def _times(cards: Iterable[Mapping[str, Any]], due: Mapping[Card, int]) -> dict[int, float]:
    times: dict[int, float] = {}
    for card in cards:
        if (index := due.get(_key(card))) is not None:
            times[index] = max(times.get(index, 0.0), card["createdAt"].timestamp())
    return times


def _broken(database: Client, cards: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    """The cards whose ledger does not hold, and ledgers without a card."""
    chains: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in database.collection_group("ledger").stream():
        chains[entry.reference.parent.parent.path].append(entry.to_dict() or {})
    yield from (path for path in chains if path not in cards)
    yield from (path for path, card in cards.items() if not _holds(path, card, chains[path]))


def _holds(path: str, card: Mapping[str, Any], chain: Sequence[Mapping[str, Any]]) -> bool:
    """Whether each entry follows the one before it, and the last one is what the card is and says."""
    head, digest = GENESIS, ""
    for number, entry in enumerate(sorted(chain, key=lambda each: int(each["seq"])), 1):
        said = json.loads(entry["canonical"])
        hashed = hashlib.sha256(entry["canonical"].encode()).hexdigest()
        same = entry["canonical"] == rfc8785.dumps(said).decode() and entry["hash"] == hashed
        if not same or (said["seq"], said["prevHash"], said["subject"]) != (number, head, path):
            return False
        head, digest = entry["hash"], said["stateDigest"]
    return digest == state_digest(card) and card["ledger"] == {"count": len(chain), "head": head}
