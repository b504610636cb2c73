"""Error handlers: where do new lines catch everything, or swallow what they catch?"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from functions.agent_runner.offline.hit import Hit, Rule
from functions.agent_runner.offline.source import ReadLine, Source

_SWALLOWED = Rule(
    "swallowed_error",
    "medium",
    "Error swallowed",
    "what fails here fails in silence; log it, or say why it does not matter.",
)
_DROPPED = Rule(
    "swallowed_error",
    "info",
    "Error dropped",
    "nobody hears of it; a word on why it does not matter would help the next reader.",
)
_EVERYTHING = Rule(
    "catches_everything",
    "low",
    "Everything is caught",
    "bugs are caught along with the errors that you expect; name those.",
)
_EXPECTED = re.compile(
    r"NotFound|Exists|KeyError|IndexError|AttributeError|ImportError|StopIteration|Lookup|Cancel|Timeout|BrokenPipe"
    r"|Interrupt|Closed|Empty|Full|UnicodeDecode|ValueError|NotADirectory|\bABORT",
    re.IGNORECASE,
)
"""Errors whose name already says what happened and why one may go on."""
_LOOKED_AHEAD = 6


class _Style(NamedTuple):
    """How a language catches: a handler's first line, one for everything, an empty body, and what excuses it."""

    handler: re.Pattern[str]
    everything: re.Pattern[str]
    nothing: re.Pattern[str]
    answers: re.Pattern[str]


def hits(source: Source) -> Iterator[Hit]:
    """The new handlers of a file that swallow an error or catch all of them."""
    style = _styles().get(source.language.name) if source.language else None
    if style is None or source.group == "tests":
        return
    for lines in source.hunks:
        shown = [line for line in lines if line.sign != "-"]
        for index, line in enumerate(shown):
            if line.fresh and style.handler.search(line.code):
                yield from _judged(line, shown[index + 1 : index + 1 + _LOOKED_AHEAD], style, source)


def _judged(line: ReadLine, body: list[ReadLine], style: _Style, source: Source) -> Iterator[Hit]:
    """A handler with a comment in it is thought about; one that raises or logs does not swallow."""
    found = style.handler.search(line.code)
    rest = line.code[found.end() :].strip() if found else ""
    said = [each.code.strip() for each in body if each.code.strip()]
    broad = style.everything.search(line.code) is not None
    if style.nothing.match(f"{rest} {said[0] if said else ''}".strip()):
        explained = line.comment or any(each.comment for each in body[:2])
        answered = not broad and (_EXPECTED.search(line.code) or style.answers.search("\n".join(said)))
        if not explained and not answered:
            yield Hit(_SWALLOWED if broad else _DROPPED, source.path, line.number, line.raw.strip())
    elif broad and not line.comment and not style.answers.search("\n".join([rest, *_inside(line, body)])):
        yield Hit(_EVERYTHING, source.path, line.number, line.raw.strip())


def _inside(line: ReadLine, body: list[ReadLine]) -> Iterator[str]:
    """The lines that stand deeper than the handler."""
    depth = _depth(line.raw)
    for each in body:
        if each.code.strip() and _depth(each.raw) <= depth:
            return
        yield each.code


def _depth(raw: str) -> int:
    return len(raw) - len(raw.lstrip())


@cache
def _styles() -> dict[str, _Style]:
    data = json.loads(Path(__file__).with_name("handlers.json").read_text("utf-8"))
    return {
        name: _Style(*(re.compile(row[part]) for part in _Style._fields))
        for row in data["styles"]
        for name in row["languages"]
    }
