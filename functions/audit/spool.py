"""Rows that wait for their place in an answer: packed, because there may be fifty thousand of them."""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Generic, TypeVar

from shared.domain.audit_row import Audited
from shared.domain.ledger import timestamp

R = TypeVar("R", bound=Audited)
_SWIFT = 1


class Spool(Generic[R]):
    """Pages of rows that were found newest first; they come out oldest first, as often as they are asked for."""

    def __init__(self, kind: type[R]) -> None:
        self._kind = kind
        self._pages: list[bytes] = []

    def add(self, page: Sequence[R]) -> None:
        """Keep a page."""
        self._pages.append(zlib.compress(json.dumps([asdict(row) for row in page], default=timestamp).encode(), _SWIFT))

    def __iter__(self) -> Iterator[R]:
        for page in reversed(self._pages):
            for fields in reversed(json.loads(zlib.decompress(page))):
                yield self._kind(**{name: _read(name, value) for name, value in fields.items()})


def _read(name: str, value: Any) -> Any:  # noqa: ANN401  # any field's
    if name == "created_at":
        return datetime.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value
