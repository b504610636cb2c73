"""What goes wrong with one of a process's effects, and does everything that leaves it pass here?"""

import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T")
Tell = Callable[[str, object], None]
# https://docs.python.org/3/library/audit_events.html
_LEAVES = frozenset(
    {
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.spawn",
        "os.system",
        "socket.connect",
        "socket.sendmsg",
        "socket.sendto",
        "subprocess.Popen",
    }
)
# What only asks, as `seams` names it.
_ASKS = re.compile(r" (?:GET|BatchGetDocuments|RunQuery)\b")
_VERSION = re.compile(r"v\d[a-z\d]*")
_DIGIT = re.compile(r"\d")


class Kind(StrEnum):
    """How an effect goes wrong; an error that stays is one that the client does not mend by trying again."""

    KILLED_BEFORE = "killed before it"
    KILLED_AFTER = "killed after it"
    ERROR_BEFORE = "an error before it is done"
    ERROR_AFTER = "an error after it is done"
    LASTING_ERROR_BEFORE = "an error that stays before it is done"
    LASTING_ERROR_AFTER = "an error that stays after it is done"

    @property
    def is_after(self) -> bool:
        """Whether the effect has happened by then."""
        return self in (Kind.KILLED_AFTER, Kind.ERROR_AFTER, Kind.LASTING_ERROR_AFTER)

    def strikes(self, name: str) -> bool:
        """Whether it makes a difference there: a question whose answer is lost has changed nothing by being heard."""
        return self.kills or not self.is_after or not _ASKS.search(name)

    @property
    def kills(self) -> bool:
        """Whether the process ends with it."""
        return self in (Kind.KILLED_BEFORE, Kind.KILLED_AFTER)

    @property
    def lasts(self) -> bool:
        """Whether the client's own second try meets it too."""
        return self in (Kind.LASTING_ERROR_BEFORE, Kind.LASTING_ERROR_AFTER)


@dataclass(frozen=True)
class Fault:
    """What strikes the effect `number`, counted from 1."""

    kind: Kind
    number: int


class Effects:
    """The effects of this process in their order; each is told when it begins, and one is struck by `fault`."""

    def __init__(self, tell: Tell, fault: Fault | None) -> None:
        self._tell = tell
        self._fault = fault
        self._struck = ""
        self._count = 0
        self._lock = threading.Lock()
        self._inside = threading.local()

    def watch(self) -> None:
        """Tell from now on of whatever leaves the process, except from within an effect."""
        sys.addaudithook(self._audit)

    def stray(self, what: str) -> None:
        """Tell of a way out of the process that no effect stands for."""
        self._tell("stray", what)

    def around(self, name: str, do: Callable[[], T], error: Callable[[bool], Exception]) -> T:
        """What `do` returns, unless the fault strikes; `error` makes the transport's error, told whether it stays."""
        fault = self._fault if self._strikes(name) else None
        if fault and not fault.kind.is_after:
            self._strike(fault, name, error)
        self._inside.effect = name
        try:
            result = do()
        finally:
            self._inside.effect = ""
        if fault:
            self._strike(fault, name, error)
        return result

    def _strikes(self, name: str) -> bool:
        """Count the effect; whether it is the fault's, or the client's next try of the one that was."""
        with self._lock:
            self._count += 1
            number = self._count
            self._tell("effect", name)
            if self._fault is None:
                return False
            again = self._fault.kind.lasts and self._struck == name
            self._struck = name if again or number == self._fault.number else ""
            return bool(self._struck)

    def _strike(self, fault: Fault, name: str, error: Callable[[bool], Exception]) -> None:
        self._tell("struck", name)
        if fault.kind.kills:
            os.kill(os.getpid(), signal.SIGKILL)
        raise error(fault.kind.lasts)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _LEAVES and not getattr(self._inside, "effect", ""):
            self.stray(f"{event} {arguments[1:]}")


def shape(path: str) -> str:
    """A path without its query, and a star for every segment that names one thing among many."""
    segments = path.partition("?")[0].split("/")
    return "/".join("*" if _DIGIT.search(each) and not _VERSION.fullmatch(each) else each for each in segments)
