"""Is a chain of ledger entries what was written? Which entry is the first that is not?

Needs the standard library and rfc8785 alone, so that the check of an export runs where WorkLog is not installed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import rfc8785

GENESIS = "0" * 64
State = Mapping[str, Any] | str
"""A document's fields, or their digest."""
Reason = Literal[
    "entry_altered",
    "entry_missing",
    "entry_out_of_place",
    "entry_of_another",
    "entry_not_counted",
    "head_differs",
    "subject_missing",
    "subject_altered",
    "document_missing",
    "document_altered",
    "document_unrecorded",
    "anchor_differs",
]


@dataclass(frozen=True)
class Entry:
    """An entry as it is kept: `canonical` is the string that `hash` is the SHA-256 of."""

    seq: int
    prev_hash: str
    hash: str
    canonical: str


@dataclass(frozen=True)
class Chain:
    """A subject with its entries in the order of their ids; `state` is None where the subject's document is gone.

    `documents` are the linked documents as they stand, by their paths, None for one that is gone. Those that an entry
    names and that are not given at all are not looked at. A digest may stand for a state, where its fields are no
    longer at hand, or are nobody else's to see.
    """

    subject: str
    count: int
    head: str
    state: State | None
    entries: Sequence[Entry]
    documents: Mapping[str, State | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Anchor:
    """What the log says that a chain's length and head once were."""

    subject: str
    count: int
    head: str


@dataclass(frozen=True)
class Broken:
    """The first entry of a chain that is not as it was written, and what is wrong with it."""

    subject: str
    seq: int
    reason: Reason
    document: str | None = None


def entry_of(fields: Mapping[str, Any]) -> Entry:
    """An entry from its fields, whatever somebody has made of them: what is not of its type becomes what can't hold."""
    texts = {name: fields.get(name) for name in ("prevHash", "hash", "canonical")}
    prev_hash, own, canonical = (each if isinstance(each, str) else "" for each in texts.values())
    seq = fields.get("seq")
    return Entry(seq=seq if isinstance(seq, int) else 0, prev_hash=prev_hash, hash=own, canonical=canonical)


def first_broken(chain: Chain, anchors: Sequence[Anchor] = ()) -> Broken | None:
    """What is wrong with the chain, at its first bad entry; None when it holds."""
    return next(_of_links(chain), None) or min(
        (*_of_anchors(chain, anchors), *_of_states(chain)), key=lambda each: each.seq, default=None
    )


def missing_subjects(chains: Sequence[Chain], anchors: Sequence[Anchor]) -> list[Broken]:
    """The subjects that the log knows and that are not there: deleted with all their entries."""
    there = {chain.subject for chain in chains}
    return [Broken(subject, 1, "subject_missing") for subject in sorted({each.subject for each in anchors} - there)]


def anchored_until(chain: Chain, anchors: Sequence[Anchor]) -> int:
    """How many of the chain's entries the log testifies to; a rewriting of those after them would not show."""
    return max((each.count for each in anchors if each.subject == chain.subject), default=0)


def digest(state: Mapping[str, Any]) -> str:
    """The SHA-256 of a document's fields as canonical JSON (RFC 8785), without the head of its own chain."""
    return _sha256(rfc8785.dumps({key: value for key, value in state.items() if key != "ledger"}))


def content(entry: Entry) -> Mapping[str, Any]:
    """What an entry says; nothing where it is not JSON."""
    try:
        said = json.loads(entry.canonical)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _of_links(chain: Chain) -> Iterator[Broken]:
    before = GENESIS
    for place, entry in enumerate(chain.entries, 1):
        if reason := _of_link(chain.subject, place, before, entry):
            yield Broken(chain.subject, place, reason)
        before = entry.hash
    length = len(chain.entries)
    if chain.state is None:
        yield Broken(chain.subject, 1, "subject_missing")
    if length < chain.count:
        yield Broken(chain.subject, length + 1, "entry_missing")
    if length > chain.count:
        yield Broken(chain.subject, chain.count + 1, "entry_not_counted")
    if before != chain.head:
        yield Broken(chain.subject, max(length, 1), "head_differs")
    if not length:
        yield Broken(chain.subject, 1, "entry_missing")


def _of_link(subject: str, place: int, before: str, entry: Entry) -> Reason | None:
    said = content(entry)
    if _sha256(entry.canonical.encode("utf-8", "surrogatepass")) != entry.hash:
        return "entry_altered"
    if said.get("subject") != subject:
        return "entry_of_another"
    if said.get("seq") != place:
        return "entry_out_of_place"
    if said.get("prevHash") != before or (entry.seq, entry.prev_hash) != (place, before):
        return "entry_altered"
    return None


def _of_states(chain: Chain) -> Iterator[Broken]:
    """The subject and the linked documents against the last entries that tell of them."""
    last: dict[str, int] = {}
    for place, entry in enumerate(chain.entries):
        document = content(entry).get("document")
        if isinstance(document, str):
            last[document] = place
    if chain.state is not None and content(chain.entries[-1]).get("stateDigest") != _digest_of(chain.state):
        yield Broken(chain.subject, len(chain.entries), "subject_altered")
    for path, state in chain.documents.items():
        if path not in last:
            yield Broken(chain.subject, len(chain.entries) + 1, "document_unrecorded", path)
        elif state is None:
            yield Broken(chain.subject, last[path] + 1, "document_missing", path)
        elif content(chain.entries[last[path]]).get("documentDigest") != _digest_of(state):
            yield Broken(chain.subject, last[path] + 1, "document_altered", path)


def _of_anchors(chain: Chain, anchors: Sequence[Anchor]) -> Iterator[Broken]:
    for anchor in anchors:
        if anchor.subject != chain.subject:
            continue
        if anchor.count > len(chain.entries):
            yield Broken(chain.subject, len(chain.entries) + 1, "entry_missing")
        elif anchor.count < 1 or chain.entries[anchor.count - 1].hash != anchor.head:
            yield Broken(chain.subject, max(anchor.count, 1), "anchor_differs")


def _digest_of(state: State) -> str | None:
    """The digest, None for what canonical JSON can't hold: nothing that was ever digested."""
    if isinstance(state, str):
        return state
    try:
        return digest(state)
    except (rfc8785.CanonicalizationError, RecursionError):
        return None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
