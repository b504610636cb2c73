"""Is a chain of ledger entries what was written? Which entry is the first that is not?

Needs the standard library and rfc8785 alone, so that the check of an export runs where WorkLog is not installed.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
    """What the log says that a chain's length and head once were.

    `owner` is whose subject it is, `since` when that came to be, `changed` when it was changed and `at` when that was
    committed; lines of old do not say so.
    """

    subject: str
    count: int
    head: str
    owner: str = ""
    since: datetime | None = None
    changed: datetime | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Broken:
    """The first entry of a chain that is not as it was written, and what is wrong with it."""

    subject: str
    seq: int
    reason: Reason
    document: str | None = None

    def __str__(self) -> str:
        """It in a line."""
        return f"{self.subject} at entry {self.seq}: {self.reason}{f' {self.document}' if self.document else ''}"


class Walk:
    """A chain that is gone through once, entry by entry, so that it never has to be held as a whole.

    `documents` are the paths that its entries name, with the last place that tells of each, from 1, and its digest.
    """

    def __init__(self, subject: str, anchors: Sequence[Anchor] = ()) -> None:
        self.subject = subject
        self.length = 0
        self.documents: dict[str, tuple[int, object]] = {}
        self._head = GENESIS
        self._state_digest: object = None
        self._fault: Broken | None = None
        self._anchors = [each for each in anchors if each.subject == subject]
        self._heads: dict[int, str] = dict.fromkeys((each.count for each in self._anchors), "")

    def add(self, entry: Entry) -> Mapping[str, Any]:
        """The next entry, in the order of the ids; returns what it says."""
        self.length += 1
        said = content(entry)
        reason = _of_link(self.subject, self.length, self._head, entry, said)
        if reason and self._fault is None:
            self._fault = Broken(self.subject, self.length, reason)
        document = said.get("document")
        if isinstance(document, str):
            self.documents[document] = (self.length, said.get("documentDigest"))
        self._head, self._state_digest = entry.hash, said.get("stateDigest")
        if self.length in self._heads:
            self._heads[self.length] = entry.hash
        return said

    def broken_link(self, *, exists: bool, count: int, head: str) -> Broken | None:
        """What is wrong with the chain itself; `exists`, `count` and `head` are what its subject's document says."""
        return self._fault or next(self._of_end(exists=exists, count=count, head=head), None)

    def broken_state(self, state_digest: str | None) -> Iterator[Broken]:
        """That the subject is not as its last entry left it, if so."""
        if self._state_digest != state_digest or state_digest is None:
            yield Broken(self.subject, self.length, "subject_altered")

    def broken_document(self, path: str, document_digest: str | None, *, exists: bool = True) -> Iterator[Broken]:
        """That a linked document is not as the last entry that names it left it, if so."""
        if path not in self.documents:
            yield Broken(self.subject, self.length + 1, "document_unrecorded", path)
            return
        place, recorded = self.documents[path]
        if not exists:
            yield Broken(self.subject, place, "document_missing", path)
        elif document_digest is None or recorded != document_digest:
            yield Broken(self.subject, place, "document_altered", path)

    def broken_anchors(self) -> Iterator[Broken]:
        """Where the log tells of another chain."""
        for anchor in self._anchors:
            if anchor.count > self.length:
                yield Broken(self.subject, self.length + 1, "entry_missing")
            elif self._heads[anchor.count] != anchor.head:
                yield Broken(self.subject, max(anchor.count, 1), "anchor_differs")

    def _of_end(self, *, exists: bool, count: int, head: str) -> Iterator[Broken]:
        if not exists:
            yield Broken(self.subject, 1, "subject_missing")
        if self.length < count:
            yield Broken(self.subject, self.length + 1, "entry_missing")
        if self.length > count:
            yield Broken(self.subject, count + 1, "entry_not_counted")
        if self._head != head:
            yield Broken(self.subject, max(self.length, 1), "head_differs")
        if not self.length:
            yield Broken(self.subject, 1, "entry_missing")


def entry_of(fields: Mapping[str, Any]) -> Entry:
    """An entry from its fields, whatever somebody has made of them: what is not of its type becomes what can't hold."""
    texts = {name: fields.get(name) for name in ("prevHash", "hash", "canonical")}
    prev_hash, own, canonical = (each if isinstance(each, str) else "" for each in texts.values())
    seq = fields.get("seq")
    return Entry(seq=seq if isinstance(seq, int) else 0, prev_hash=prev_hash, hash=own, canonical=canonical)


def first_broken(chain: Chain, anchors: Sequence[Anchor] = ()) -> Broken | None:
    """What is wrong with the chain, at its first bad entry; None when it holds."""
    walk = Walk(chain.subject, anchors)
    for entry in chain.entries:
        walk.add(entry)
    if broken := walk.broken_link(exists=chain.state is not None, count=chain.count, head=chain.head):
        return broken
    found = [*walk.broken_anchors(), *walk.broken_state(digest_of(chain.state))]
    for path, state in chain.documents.items():
        found += walk.broken_document(path, digest_of(state), exists=state is not None)
    return first(found)


def first(found: Iterable[Broken]) -> Broken | None:
    """Of what is wrong with one chain, what its earliest entry tells of."""
    return min(found, key=lambda each: each.seq, default=None)


def missing_subjects(subjects: Collection[str], anchors: Sequence[Anchor]) -> list[Broken]:
    """The subjects that the log knows and that are not there: deleted with all their entries."""
    return [Broken(each, 1, "subject_missing") for each in sorted({each.subject for each in anchors} - set(subjects))]


def anchored_until(subject: str, anchors: Sequence[Anchor]) -> int:
    """How many of the subject's entries the log testifies to; a rewriting of those after them would not show."""
    return max((each.count for each in anchors if each.subject == subject), default=0)


def digest(state: Mapping[str, Any]) -> str:
    """The SHA-256 of a document's fields as canonical JSON (RFC 8785), without the head of its own chain."""
    return _sha256(rfc8785.dumps({key: value for key, value in state.items() if key != "ledger"}))


def digest_of(state: State | None) -> str | None:
    """The digest, None for what is not there or what canonical JSON can't hold: nothing that was ever digested."""
    if state is None or isinstance(state, str):
        return state
    try:
        return digest(state)
    except (rfc8785.CanonicalizationError, RecursionError, UnicodeEncodeError):
        return None


def content(entry: Entry) -> Mapping[str, Any]:
    """What an entry says; nothing where it is not JSON."""
    try:
        said = json.loads(entry.canonical)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _of_link(subject: str, place: int, before: str, entry: Entry, said: Mapping[str, Any]) -> Reason | None:
    if _sha256(entry.canonical.encode("utf-8", "surrogatepass")) != entry.hash:
        return "entry_altered"
    if said.get("subject") != subject:
        return "entry_of_another"
    if said.get("seq") != place:
        return "entry_out_of_place"
    if said.get("prevHash") != before or (entry.seq, entry.prev_hash) != (place, before):
        return "entry_altered"
    return None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
