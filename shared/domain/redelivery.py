"""Which failed deliveries GitHub is asked to repeat: each once, and what fails again a while later.

GitHub never retries by itself, and a delivery can be repeated for three days only.
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from shared.domain.document import Document, Instant

REPEATABLE = timedelta(days=3)
PATIENCE = timedelta(minutes=5)
"""How long what was repeated in vain waits for the next time."""
# Deliveries may appear in GitHub's list a little after they were made.
_OVERLAP = timedelta(minutes=5)
_OK_END = 400
# What we refused on purpose would be refused again: not GitHub's body, too large, a form.
_REFUSED_ON_PURPOSE = frozenset({400, 413, 415})


@dataclass(frozen=True)
class Delivery:
    """One attempt of GitHub's to deliver to our webhook, under GitHub's number for it."""

    number: int
    delivered_at: datetime
    status_code: int
    redelivery: bool

    @property
    def wants_repeating(self) -> bool:
        """Whether it came to nothing and may come to something."""
        taken = 0 < self.status_code < _OK_END
        return not taken and self.status_code not in _REFUSED_ON_PURPOSE


@dataclass(frozen=True)
class DeliveriesPage:
    """A page of GitHub's list, the newest first; `cursor` leads to the next one."""

    deliveries: tuple[Delivery, ...]
    cursor: str | None


class Redeliveries(Document):
    """What is left to repeat, and how far GitHub's list has been read.

    The list is read from its newest entry back to `seen_to`; a long walk takes several turns, and goes on at `cursor`
    for what was there at `walk_from`. `known` is JSON in one field, for it may be long: of each failed delivery its
    number, the second it was made, and the second from which on it may be repeated, null once it has been.
    """

    seen_to: Instant
    walk_from: Instant | None = None
    cursor: str | None = None
    known: bytes = b"[]"
    failing_since: Instant | None = None

    @classmethod
    def beginning(cls, *, at: datetime) -> Self:
        """Nothing read of all that can still be repeated."""
        return cls(seen_to=at - REPEATABLE)

    def walking(self, *, at: datetime) -> Self:
        """On a walk through the list: the one that was begun, or a new one."""
        return self if self.walk_from else self.model_copy(update={"walk_from": at})

    def after_page(self, page: DeliveriesPage, *, at: datetime) -> Self:
        """With what a page of the list adds, and at the next one, or at the end of the walk."""
        back_to, known = max(self.seen_to - _OVERLAP, at - REPEATABLE), self._entries()
        numbers = {number for number, _, _ in known}
        for each in page.deliveries:
            if each.wants_repeating and each.delivered_at >= back_to and each.number not in numbers:
                known.append((each.number, each.delivered_at.timestamp(), _ripe_at(each)))
        if page.cursor and page.deliveries and page.deliveries[-1].delivered_at >= back_to:
            return self._with(known).model_copy(update={"cursor": page.cursor})
        assert self.walk_from
        # What the last minutes hold will be seen again by the next walk: so much is remembered.
        soon, oldest = (self.walk_from - _OVERLAP).timestamp(), (at - REPEATABLE).timestamp()
        kept = [entry for entry in known if entry[1] >= (oldest if entry[2] is not None else soon)]
        return self._with(kept).model_copy(update={"seen_to": self.walk_from, "walk_from": None, "cursor": None})

    def restarted(self) -> Self:
        """At the beginning of the same walk: its place in the list was lost."""
        return self.model_copy(update={"cursor": None})

    def due(self, *, at: datetime, most: int) -> list[int]:
        """The numbers to repeat now, those that have waited longest first."""
        ripe = [(second, number) for number, _, second in self._entries() if second is not None]
        return [number for second, number in sorted(ripe) if second <= at.timestamp()][:most]

    def repeated(self, numbers: Iterable[int], *, at: datetime) -> Self:
        """Once these have been repeated, or can't be; and since when there has always been something to repeat."""
        done = set(numbers)
        known = [(number, made, None if number in done else ripe) for number, made, ripe in self._entries()]
        left = any(ripe is not None for _, _, ripe in known)
        since = (self.failing_since or at) if left or done else None
        return self._with(known).model_copy(update={"failing_since": since})

    @property
    def waiting(self) -> int:
        """How many wait to be repeated."""
        return sum(1 for _, _, ripe in self._entries() if ripe is not None)

    def _entries(self) -> list[tuple[int, float, float | None]]:
        return [(number, made, ripe) for number, made, ripe in json.loads(self.known)]

    def _with(self, known: list[tuple[int, float, float | None]]) -> Self:
        return self.model_copy(update={"known": json.dumps(known).encode()})


def _ripe_at(delivery: Delivery) -> float:
    wait = PATIENCE if delivery.redelivery else timedelta()
    return (delivery.delivered_at + wait).timestamp()
