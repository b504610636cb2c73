"""What an export and a file of anchors say: JSON in, chains and anchors out."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.domain.verification import Anchor, Chain, entry_of

ANCHOR, ERASED = "ledger_anchor", "ledger_erased"


class NotAnExportError(Exception):
    """The file is none, or broke off before its end."""


@dataclass(frozen=True)
class Claim:
    """What an export says that it holds as of a moment: every subject that was changed in a half-open period or later.

    Without a period every one that there was. `owner` is whose they are, everybody's where it is empty.
    """

    as_of: datetime
    owner: str = ""
    from_: datetime | None = None
    to: datetime | None = None

    def covers(self, anchor: Anchor) -> bool | None:
        """Whether the anchor's subject has to be in the export; None where its line does not say enough to tell."""
        if self.owner and anchor.owner != self.owner:
            return False if anchor.owner else None
        if self.from_ is None or self.to is None:
            return True
        if anchor.since is None or anchor.changed is None:
            return None
        return anchor.since < self.to and anchor.changed >= self.from_

    def knows(self, anchor: Anchor) -> bool:
        """Whether what the anchor tells of was there when the export was made."""
        return anchor.at is None or anchor.at <= self.as_of


def read_export(file: Path) -> tuple[Claim, list[Chain]]:
    """What an export claims, and its chains; raises `NotAnExportError` for a file that is not a whole one."""
    try:
        said = json.loads(file.read_text("utf-8"))
        if said.get("complete") is not True:
            raise NotAnExportError("the export is not complete: it broke off")
        return _claim(said), [_chain(each) for each in said["chains"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotAnExportError("the file is no export, or broke off") from error


def read_anchors(file: Path) -> list[Anchor]:
    """The anchors among the lines of a log, bare or as Cloud Logging's sinks write them; other lines are left out."""
    return [anchor for said in _lines(file, ANCHOR) for anchor in _anchors(said)]


def read_erased(file: Path) -> set[str]:
    """The subjects that, as the log says, were erased because a person asked for that."""
    return {str(said.get("subject")) for said in _lines(file, ERASED)}


def _claim(said: Mapping[str, Any]) -> Claim:
    period = said.get("period") or {}
    ends = [datetime.fromisoformat(period[name]) if period else None for name in ("from", "to")]
    return Claim(datetime.fromisoformat(said["asOf"]), str(said["owner"]), *ends)


def _chain(said: Mapping[str, Any]) -> Chain:
    return Chain(
        subject=str(said["subject"]),
        count=int(said["count"]),
        head=str(said["head"]),
        state=said["state"],
        entries=[entry_of(each) for each in said["entries"]],
        documents=said["documents"],
    )


def _lines(file: Path, message: str) -> Iterator[Mapping[str, Any]]:
    """What those lines say that have this message."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                said = json.loads(line)
            except (ValueError, RecursionError):
                continue
            said = said.get("jsonPayload", said) if isinstance(said, dict) else {}
            if isinstance(said, dict) and said.get("message") == message:
                yield said


def _anchors(said: Mapping[str, Any]) -> Iterator[Anchor]:
    subject, count, head, owner = (said.get(name) for name in ("subject", "count", "head", "owner"))
    if isinstance(subject, str) and isinstance(count, int) and isinstance(head, str):
        times = [_moment(said.get(name)) for name in ("since", "changed", "at")]
        yield Anchor(subject, count, head, owner if isinstance(owner, str) else "", *times)


def _moment(said: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None
