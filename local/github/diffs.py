"""What do the changes of a pull request look like as a unified diff and as GitHub's list of files?"""

import difflib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from local.github.shapes import API, WEB, Json

_ABSENT = "0000000"
_NO_NEWLINE = "\\ No newline at end of file"


@dataclass(frozen=True)
class Change:
    """One file's text before and after (None: it is not there); `previous` is the path it was renamed from."""

    path: str
    before: str | None = None
    after: str | None = None
    previous: str | None = None

    @property
    def status(self) -> str:
        """What GitHub calls it: `added`, `removed`, `renamed` or `modified`."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        return "renamed" if self.previous else "modified"


def file_entry(change: Change, full_name: str, head: str) -> Json:
    """A file as `GET …/pulls/{number}/files` lists it.

    https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files
    """
    lines = _hunks(change)
    body = [line for line in lines if not line.startswith("@@")]
    additions, deletions = (sum(line[:1] == sign for line in body) for sign in "+-")
    path = quote(change.path, safe="")
    entry: Json = {
        "sha": _blob(change.after if change.after is not None else change.before),
        "filename": change.path,
        "status": change.status,
        "additions": additions,
        "deletions": deletions,
        "changes": additions + deletions,
        "blob_url": f"{WEB}/{full_name}/blob/{head}/{path}",
        "raw_url": f"{WEB}/{full_name}/raw/{head}/{path}",
        "contents_url": f"{API}/repos/{full_name}/contents/{path}?ref={head}",
    }
    if lines:
        entry["patch"] = "\n".join(lines)
    if change.previous:
        entry["previous_filename"] = change.previous
    return entry


def raw_diff(changes: Sequence[Change]) -> bytes:
    """The bytes that the diff media type answers."""
    return "".join(_section(change) for change in changes).encode()


def _section(change: Change) -> str:
    old, new = change.previous or change.path, change.path
    before, after = (_ABSENT if text is None else _blob(text)[:7] for text in (change.before, change.after))
    head = [f"diff --git a/{old} b/{new}"]
    if change.before is None:
        head.append("new file mode 100644")
    if change.after is None:
        head.append("deleted file mode 100644")
    if change.previous:
        head += [f"rename from {old}", f"rename to {new}"]
    lines = _hunks(change)
    if lines:
        head.append(f"index {before}..{after}" + (" 100644" if _ABSENT not in (before, after) else ""))
        head.append("--- /dev/null" if change.before is None else f"--- a/{old}")
        head.append("+++ /dev/null" if change.after is None else f"+++ b/{new}")
    return "\n".join([*head, *lines]) + "\n"


def _hunks(change: Change) -> list[str]:
    """The lines from the first `@@` on."""
    before, after = _lines(change.before), _lines(change.after)
    if not before and after:
        return [f"@@ -0,0 +{_range(1, len(after))} @@", *_signed("+", after)]
    if before and not after:
        return [f"@@ -{_range(1, len(before))} +0,0 @@", *_signed("-", before)]
    found = list(difflib.unified_diff(before, after, n=3))[2:]
    return [part for line in found for part in _without_newline(line)]


def _range(start: int, count: int) -> str:
    return str(start) if count == 1 else f"{start},{count}"


def _lines(text: str | None) -> list[str]:
    pieces = (text or "").split("\n")
    return [f"{piece}\n" for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])


def _signed(sign: str, lines: Sequence[str]) -> list[str]:
    return [part for line in lines for part in _without_newline(sign + line)]


def _without_newline(line: str) -> list[str]:
    return [line[:-1]] if line.endswith("\n") else [line, _NO_NEWLINE]


def _blob(text: str | None) -> str:
    data = (text or "").encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
