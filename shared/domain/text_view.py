"""Text views: which places of the original does a derived text (one side of a patch, joined strings) stand for?"""

import bisect
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

Span = tuple[int, int]
"""Where something stands: first character and the one after its last."""

_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")
_OPERATOR = r"(?:\+\+?|\.\.?|&|~|<>|\\)[ \t]*+"
_NEXT_STRING = (
    rf"(?=[ \t\r\n+.&~<\\])[ \t]*+(?:{_OPERATOR})?(?:\r?\n[ \t]*+(?:-[ \t]++)?)?(?:{_OPERATOR})?"
    r"(?:[fFbBrRuUL@$]{1,2}(?=[\"'`]))?[\"'`]"
)
_WRAPPED = r"[A-Za-z0-9+/_.-]{48}"
_REST = r"[ \t]*+(?=[A-Za-z0-9+/_.-]++={0,2}[ \t]*+\r?$)"
_GLUE = re.compile(
    rf"[\"'`\\\r\n](?:(?<=[\"'`]){_NEXT_STRING}|(?<=\\)\r?\n[ \t]*+"
    rf"|(?<={_WRAPPED}\n){_REST}|(?<={_WRAPPED}\r)\n{_REST})",
    re.MULTILINE,
)


class View(NamedTuple):
    """A text made of pieces of another one: piece `i` begins at `starts[i]` here and at `origins[i]` there."""

    text: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]

    def originals(self, start: int, end: int) -> Iterator[Span]:
        """The spans of the original that `text[start:end]` was made of, in order."""
        index = bisect.bisect_right(self.starts, start) - 1
        while start < end:
            following = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.text)
            stop = min(end, following)
            if stop > start:
                offset = self.origins[index] - self.starts[index]
                yield start + offset, stop + offset
            start, index = max(start, stop), index + 1


def view_of(original: str, pieces: Iterable[Span]) -> View:
    """The pieces of a text one after the other."""
    spans = [span for span in pieces if span[0] < span[1]]
    starts, length = [], 0
    for start, end in spans:
        starts.append(length)
        length += end - start
    text = "".join([original[start:end] for start, end in spans])
    return View(text, tuple(starts), tuple(start for start, _ in spans))


def patch_sides(patch: str) -> Iterator[View]:
    """The new text of a patch and, where it takes lines away, the old one: no marker column, no hunk positions.

    A side never runs from one hunk into the next without a line between them.
    """
    new: list[Span] = []
    old: list[Span] = []
    removes = False
    for start, end in _lines(patch):
        marker = patch[start]
        header = _HUNK.match(patch, start, end) if marker == "@" else None
        if header:
            new.append((header.end(), end))
            old.append((end - 1, end))
        elif marker == "+":
            new.append((start + 1, end))
        elif marker == "-":
            old.append((start + 1, end))
            removes = True
        elif marker != "\\":
            both = (start + (marker == " "), end)
            new.append(both)
            old.append(both)
    yield view_of(patch, new)
    if removes:
        yield view_of(patch, old)


def joined(original: str, view: View) -> View:
    """What a view says where it is one value in several pieces.

    Neighbouring string literals, lines that end in a backslash and tokens wrapped over lines are put together; the
    rest is left out, but for the line above, which may tell what the value is.
    """
    text = view.text
    pieces: list[Span] = []
    kept = 0
    for start, end in (match.span() for match in _GLUE.finditer(text)):
        if start < kept:
            first = pieces.pop()[0]
        else:
            line = max(kept, text.rfind("\n", kept, start) + 1)
            first = max(kept, text.rfind("\n", kept, line - 1) + 1) if line > kept else kept
        kept = kept if end < kept else text.find("\n", end) + 1 or len(text)
        pieces += [(first, start), (end, kept)]
    return view_of(original, (span for piece in pieces for span in view.originals(*piece)))


def _lines(text: str) -> Iterator[Span]:
    """Where each line stands, its line feed included."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield start, end
        start = end
