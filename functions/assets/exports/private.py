"""The words of a card whose repository is private and is not to be named."""

import re
from functools import cache

_INSTEAD = "[private]"


def without_name(words: str, full_name: str) -> str:
    """`words` without the repository: its address, `owner/name`, and its bare name however its parts are joined.

    The owner alone stays, it may be an employer that the person names anyway.
    """
    return _mentions(full_name).sub(_INSTEAD, words)


@cache
def _mentions(full_name: str) -> re.Pattern[str]:
    owner, _, name = full_name.partition("/")
    parts = [re.escape(part) for part in re.split(r"[-_.]+", name) if part]
    bare = r"[-_. ]?".join(parts) or re.escape(name)
    address = r"(?:https?://)?(?:www\.)?(?:github\.com[/:])?"
    whole = rf"{address}{re.escape(owner)}/{re.escape(name)}(?:\.git)?(?:/[^\s)\]>]*)?(?:#\d+)?"
    return re.compile(rf"(?<![A-Za-z0-9])(?:{whole}|{bare})(?![A-Za-z0-9])", re.IGNORECASE)
