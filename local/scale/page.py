"""The page's tables: each stands between two marks, and is what the command prints."""

import re
from collections.abc import Mapping

_BLOCK = "<!-- {name}: written by python -m local.scale --write -->\n"
_END = "<!-- end of {name} -->"


def filled(page: str, blocks: Mapping[str, str]) -> str:
    """The page with these blocks in their places; raises KeyError for a block that the page has no place for."""
    for name, block in blocks.items():
        begin, end = _BLOCK.format(name=name), _END.format(name=name)
        place = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        if not place.search(page):
            raise KeyError(name)
        page = place.sub(lambda _, text=f"{begin}\n{block}\n\n{end}": text, page)  # type: ignore[misc]
    return page
