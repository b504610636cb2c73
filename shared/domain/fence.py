"""The fence: how does untrusted text stand before a model, apart from our words and within a budget of tokens?"""

import re
from bisect import bisect_right

from shared.domain.text import normalise

_CHARACTERS_A_TOKEN = 4
_BOUNDARY = "=====data-{}====="
_LIKE_A_BOUNDARY = re.compile(r"(?<!=)={3,}+[ \t]*+data-[0-9a-z]*+=*+", re.IGNORECASE)
_NEUTRAL = "[fence]"  # no longer than what it replaces


def fenced(text: str, token: str) -> str:
    """The text between two lines that hold a random `token`, and without anything that looks like them."""
    data = _LIKE_A_BOUNDARY.sub(_NEUTRAL, normalise(text)).replace(token, _NEUTRAL)
    boundary = _BOUNDARY.format(token)
    return f"{boundary}\n{data}\n{boundary}"


def tokens_of(text: str) -> int:
    """About how many tokens a text costs: one for four ASCII characters, and one for each of any other script."""
    ascii_only = len(text.encode("ascii", "ignore"))
    return -(-ascii_only // _CHARACTERS_A_TOKEN) + len(text) - ascii_only


def cut(text: str, tokens: int) -> str:
    """The longest beginning of a text within so many tokens."""
    if tokens_of(text) <= tokens:
        return text
    return text[: bisect_right(range(len(text)), tokens, key=lambda length: tokens_of(text[:length])) - 1]
