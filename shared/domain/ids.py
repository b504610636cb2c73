"""Names of things: derived from their cause, so that doing something twice names it once."""

import hashlib
import re

_OUTSIDE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


def derived_id(kind: str, *parts: str | int) -> str:
    """40 hex digits (160 bits) of the SHA-256 over length-prefixed parts: no two lists of parts look alike."""
    digest = hashlib.sha256()
    for part in (kind, *map(str, parts)):
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:40]


def is_id(text: str) -> bool:
    """Whether an id from outside may name a document: `a/b/c` would name one in a subcollection instead."""
    return _OUTSIDE_ID.fullmatch(text) is not None and not (text.startswith("__") and text.endswith("__"))
