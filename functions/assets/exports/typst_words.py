"""Words for RenderCV 2.3, which reads them as its own Markdown, then as Typst, and knows words of its own among them.

Its escapes have holes (`#x[…]` passes as a command, `$$…$$` as a formula, a backslash and a backtick as Typst's), and
`DATE` or `!!` are placeholders to it. What it would not show as it stands becomes a look-alike here.
https://typst.app/docs/reference/syntax/
"""

import re

from functions.assets.exports.words import one_line
from shared.domain.inert import inert
from shared.domain.text import clean

_LONGEST_HEADER = 60  # a file's name has room for 255 bytes
_LOOK_ALIKES = str.maketrans({"[": "(", "]": ")", "\\": "∖", "`": "'"})
_IN_HEADER = str.maketrans({"*": "∗", '"': "”", "#": "＃", "$": "＄", "_": "＿", "~": "～", "@": "＠", "/": "∕"})
_RULES = (
    (re.compile(r"<(?=\S)"), "‹"),  # a label
    (re.compile(r"\${2,}"), "＄"),  # a formula
    (re.compile(r"!{2,}"), "!"),
    (re.compile(r"-(?=[-?])|(?<=-)-"), "‐"),  # dashes, and a hyphen that is not seen
    (re.compile(r"\.(?=\.\.)"), "․"),
    (re.compile(r":(?=//)"), "："),
    (re.compile(r"\b(NAME|LOCATION|SUMMARY|HIGHLIGHTS|DATE|LABEL|DETAILS|TODAY)\b"), lambda found: found[1].title()),
    (re.compile(r"^([-+=/]+|\d+[.)]) "), "\\1\u00a0"),  # a list, a heading
)


def words(text: str) -> str:
    """One line that RenderCV shows as it stands, in an entry."""
    return _plain(text).replace("*", r"\*")


def header_words(text: str) -> str:
    """The same for its header, where it escapes less, and from which it names its files: no mark, no path."""
    return clean(_plain(text).translate(_IN_HEADER), limit=_LONGEST_HEADER)


def _plain(text: str) -> str:
    found = inert(one_line(text)).translate(_LOOK_ALIKES)
    for pattern, look_alike in _RULES:
        found = pattern.sub(look_alike, found)
    return found
