"""Which core belongs to the server that is measured, and which to everything that must not disturb it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self


class BenchError(RuntimeError):
    """This machine can't be measured on; the message is for the person at the terminal."""


@dataclass(frozen=True)
class Cores:
    """The cores that this process may use, divided: a process runs where the thread ran that started it."""

    server: int
    others: frozenset[int]

    @classmethod
    def divide(cls) -> Self:
        """The last core for the server; raises `BenchError` where there is no other, or no way to choose."""
        if not hasattr(os, "sched_setaffinity"):
            raise BenchError("make bench needs Linux: it pins the server to a core and reads /proc")
        *others, server = sorted(os.sched_getaffinity(0))
        if not others:
            raise BenchError("make bench needs two cores: one for the server, the other for what asks it")
        return cls(server, frozenset(others))

    @contextmanager
    def kept_free(self) -> Iterator[Self]:
        """Stay off the server's core, with all threads and processes that are started meanwhile."""
        with _running_on(self.others):
            yield self

    @contextmanager
    def for_server(self) -> Iterator[None]:
        """Run on the server's core, to start it there."""
        with _running_on({self.server}):
            yield


@contextmanager
def _running_on(cores: frozenset[int] | set[int]) -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
