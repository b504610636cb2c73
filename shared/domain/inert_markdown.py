"""Words in a comment on GitHub: nothing in them links, names a person, closes an issue or is a command to a bot.

https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
What would act becomes a look-alike: GitHub reads references after Markdown, so that a backslash does not stop them.
"""

import re

from shared.domain.inert import inert
from shared.domain.redaction import redact
from shared.domain.text import clean, normalise

_LOOK_ALIKES = (
    (re.compile(r"&(?=#?\w{1,32};)"), "＆"),
    (re.compile(r"@(?=\S)"), "＠"),
    (re.compile(r"#(?=\W{0,8}\d)"), "＃"),
    (re.compile(r"(GH)-(?=\d)", re.IGNORECASE), "\\1\u2011"),
    (re.compile(r":(?=\\*/\\*/)"), "："),
    (re.compile(r"(www)\.(?=\S)", re.IGNORECASE), r"\1．"),
)
_CODE = re.compile(r"((?<!`)`[^`\n]+`(?!`))")
_MARKS = re.compile(r"([\\*_\[\]<>|~&$])")
_BLOCK_START = re.compile(r"([-+=#>:/])|(\d{1,9})([.)])(?=\s|\Z)")


def inert_words(words: str, *, limit: int) -> str:
    """One line of at most `limit` characters, without secrets, that does nothing in HTML, Markdown or on GitHub."""
    told = redact(normalise(words)).text
    return clean(silent(inert(" ".join(told.split()))), limit=limit)


def silent(words: str) -> str:
    """`words` without references: `@name`, `#12` and addresses become look-alikes."""
    for pattern, look_alike in _LOOK_ALIKES:
        words = pattern.sub(look_alike, words)
    return words


def literal(words: str) -> str:
    """Markdown that shows the words as they are, but for code between single backticks, which stays code.

    Fit for a paragraph or its next line, whatever the words begin with.
    """
    parts = _CODE.split(" ".join(words.split()))
    parts[::2] = (_MARKS.sub(r"\\\1", part.replace("`", "'")) for part in parts[::2])
    return _BLOCK_START.sub(_at_start, "".join(parts), count=1) if _BLOCK_START.match(parts[0]) else "".join(parts)


def code(words: str) -> str:
    """The words as code, in one line; empty words as nothing."""
    shown = silent(inert(normalise(" ".join(words.split())))).replace("`", "'").strip()
    return f"`{shown}`" if shown else ""


def _at_start(match: re.Match[str]) -> str:
    return f"\\{match[1]}" if match[1] else f"{match[2]}\\{match[3]}"
