"""What an export and a file of anchors say: JSON in, chains and anchors out."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.domain.verification import Anchor, Chain, entry_of

ANCHOR = "ledger_anchor"


class NotAnExportError(Exception):
    """The file is none, or broke off before its end."""


def read_export(file: Path) -> list[Chain]:
    """The chains of an export; raises `NotAnExportError` for a file that is not a whole one."""
    try:
        said = json.loads(file.read_text("utf-8"))
        if said.get("complete") is not True:
            raise NotAnExportError("the export is not complete: it broke off")
        return [_chain(each) for each in said["chains"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotAnExportError("the file is no export, or broke off") from error


def read_anchors(file: Path) -> list[Anchor]:
    """The anchors among the lines of a log, bare or as Cloud Logging's sinks write them; other lines are left out."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        return [anchor for line in lines for anchor in _anchors(line)]


def _chain(said: Mapping[str, Any]) -> Chain:
    return Chain(
        subject=str(said["subject"]),
        count=int(said["count"]),
        head=str(said["head"]),
        state=said["state"],
        entries=[entry_of(each) for each in said["entries"]],
        documents=said["documents"],
    )


def _anchors(line: str) -> Iterator[Anchor]:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return
    said = said.get("jsonPayload", said) if isinstance(said, dict) else {}
    if not isinstance(said, dict) or said.get("message") != ANCHOR:
        return
    subject, count, head = said.get("subject"), said.get("count"), said.get("head")
    if isinstance(subject, str) and isinstance(count, int) and isinstance(head, str):
        yield Anchor(subject, count, head)
