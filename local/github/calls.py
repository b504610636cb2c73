"""Which calls were made, by whom, when, and how many at a time?"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local.github.clock import Clock
from local.github.patterns import matches
from local.github.shapes import Json
from local.github.tokens import Principal


@dataclass
class Call:
    """One call; `at` and `ended` in epoch seconds of the stand-in's clock, `status` 0 while it is under way."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    principal: Principal
    at: float
    concurrent: int
    ended: float = 0.0
    status: int = 0

    def shown(self) -> Json:
        """As the command line shows it: never with a credential."""
        who = self.principal
        chosen = None if who.repository_ids is None else sorted(who.repository_ids)
        return {
            "method": self.method,
            "path": self.path,
            "query": dict(self.query),
            "caller": who.kind,
            "installation": who.installation_id,
            "repositories": chosen,
            "permissions": dict(who.permissions),
            "at": self.at,
            "status": self.status,
        }


@dataclass
class Calls:
    """The log of calls; call it with a pattern to get those that match."""

    clock: Clock
    _log: list[Call] = field(default_factory=list)
    _under_way: dict[int | None, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, pattern: str = "**", *, since: float = 0.0, before: float = float("inf")) -> list[Call]:
        """The calls that match, oldest first, begun in the half-open time `since` to `before`."""
        with self._lock:
            log = list(self._log)
        return [each for each in log if since <= each.at < before and matches(pattern, each.method, each.path)]

    def peak(self, installation_id: int | None) -> int:
        """The most calls of one installation (None: of the App and of nobody) that were under way at a time."""
        return max((each.concurrent for each in self() if each.principal.installation_id == installation_id), default=0)

    def clear(self) -> None:
        """Forget what was logged so far."""
        with self._lock:
            self._log.clear()

    @contextmanager
    def entry(self, principal: Principal, **facts: Any) -> Iterator[Call]:  # noqa: ANN401 -- the fields of a call
        """Log a call for as long as it lasts."""
        who = principal.installation_id
        with self._lock:
            self._under_way[who] = self._under_way.get(who, 0) + 1
            call = Call(principal=principal, at=self.clock.now(), concurrent=self._under_way[who], **facts)
            self._log.append(call)
        try:
            yield call
        finally:
            with self._lock:
                self._under_way[who] -= 1
                call.ended = self.clock.now()
