"""Which calls does a test mean by `GET /repos/*/*/pulls/*`?"""

import re
from functools import lru_cache


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*\*|\*)", pattern)
    wild = {"**": ".*", "*": "[^/]*"}
    return re.compile("".join(wild.get(piece, re.escape(piece)) for piece in pieces))


def matches(pattern: str, method: str, path: str) -> bool:
    """Whether a call is meant: `*` stands for one part of a path, `**` for any; without a method, for every method."""
    verb, _, rest = pattern.rpartition(" ")
    return verb in ("", method) and _compiled(rest).fullmatch(path) is not None
