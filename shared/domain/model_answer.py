"""A model's answer: what can be taken from JSON that nobody vouches for?"""

import json
from collections.abc import Mapping
from typing import Any

from shared.domain.text import clean, plain

_LONGEST_ANSWER = 200_000
_OF_MARKUP = 20
"""So many times as long as plain words may be what they are made of."""


def parsed(answer: str) -> Mapping[str, Any] | None:
    """The object that an answer is, None for anything else: too long, no JSON, no object."""
    if len(answer) > _LONGEST_ANSWER:
        return None
    try:
        said = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def words(said: object, limit: int) -> str:
    """Plain text in one line: no Markdown, no invisible characters, no halves of surrogate pairs; else empty."""
    return clean(" ".join(plain(string(said)[: limit * _OF_MARKUP]).split()), limit=limit)


def string(said: object) -> str:
    """The value if it is a string, else an empty one."""
    return said if isinstance(said, str) else ""


def items(said: Mapping[str, Any], name: str, most: int) -> list[object]:
    """The first of a list's items; none where there is no list of this name."""
    found = said.get(name)
    return found[:most] if isinstance(found, list) else []
