"""The ledger: a chain of entries for each subject that shows an edit, a deletion, an insertion or a swap.

An entry is canonical JSON (RFC 8785), kept as the very string that was hashed; it holds the hash of the entry
before it and a digest of what the subject looked like after the change, and where another document was changed with
it (a run, an approval, a piece of evidence: they have no chain of their own), that one's digest. Count and head stand
on the subject, so that a cut tail shows too.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import rfc8785

from shared.domain.document import Document, Instant

GENESIS = "0" * 64


class LedgerHead(Document):
    """How long a chain is and the hash of its last entry."""

    count: int = 0
    head: str = GENESIS


class Linked(Document):
    """A document that is chained on another one: its path, and what stood in it after the change."""

    document: str
    state: dict[str, Any]


class LedgerEntry(Document):
    """One link: `canonical` is the string that `hash` is the SHA-256 of."""

    seq: int
    prev_hash: str
    hash: str
    canonical: str


EMPTY = LedgerHead()


def append(
    head: LedgerHead,
    *,
    subject: str,
    action: str,
    actor: str,
    state: Mapping[str, Any],
    at: Instant,
    linked: Linked | None = None,
) -> LedgerEntry:
    """The entry that follows `head`: `actor` did `action` to `subject`, now in `state`, or to what is linked."""
    seq = head.count + 1
    content: dict[str, Any] = {
        "seq": seq,
        "prevHash": head.head,
        "subject": subject,
        "action": action,
        "actor": actor,
        "at": timestamp(at),
        "stateDigest": state_digest(state),
    }
    if linked:
        content |= {"document": linked.document, "documentDigest": state_digest(linked.state)}
    canonical = canonical_json(content)
    return LedgerEntry(seq=seq, prev_hash=head.head, hash=_sha256(canonical), canonical=canonical)


def state_digest(state: Mapping[str, Any]) -> str:
    """The SHA-256 of a subject's fields as canonical JSON, without the head of its own chain."""
    return _sha256(canonical_json({key: value for key, value in state.items() if key != "ledger"}))


def canonical_json(value: Any) -> str:  # noqa: ANN401  # any JSON value
    """`value` as RFC 8785 writes it: equal values give equal strings."""
    return rfc8785.dumps(_plain(value)).decode()


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with six digits: the one form that is hashed, whatever precision a store gives back."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _plain(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    """`value` in the types that canonical JSON knows."""
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value), key=canonical_json)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | float | str) else _whole(value)


def _whole(value: int) -> int | str:
    """An integer as it is while JSON can carry it exactly (RFC 8785 stops at 2^53), else its digits."""
    return value if abs(value) < 2**53 else str(value)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
