"""What may a provisioned repository be called, and what is it called where nobody says?

Stricter than GitHub, which mends a name without a word, and takes some that a disk or a clone does not.
https://docs.github.com/en/repositories/creating-and-managing-repositories/about-repositories
https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
"""

import re
import unicodedata

LONGEST = 100
_LONGEST_SLUG = 60
_ALPHABET = re.compile(r"[A-Za-z0-9._-]+")
_FIRST = re.compile(r"[A-Za-z0-9_]")
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))},
)
_ENDINGS = {
    ".git": "ends in .git, which GitHub takes away",
    ".wiki": "ends in .wiki, which is another repository's wiki",
    ".github.io": "ends in .github.io: GitHub would publish it as a site",
    ".": "ends with a dot",
}


def objection(name: str) -> str:
    """Why a repository may not have this name; empty when it may."""
    lower = name.lower()
    reasons = (
        (not name, "is empty"),
        (len(name) > LONGEST, f"has more than {LONGEST} characters"),
        (not _ALPHABET.fullmatch(name), "has other characters than ASCII letters, digits, hyphens, dots, underscores"),
        (not _FIRST.match(name), "begins with neither a letter, a digit nor an underscore"),
        (".." in name, "has two dots in a row"),
        (lower.partition(".")[0] in _DEVICES, "is the name of a device on Windows"),
        *((lower.endswith(ending), why) for ending, why in _ENDINGS.items()),
    )
    return next((why for holds, why in reasons if holds), "")


def default_name(goal: str, intent_id: str) -> str:
    """A name made of the goal's own words, cut between two of them; of the intent's id where that leaves nothing."""
    plain = unicodedata.normalize("NFKD", goal).encode("ascii", "ignore").decode().lower()
    slug = ""
    for word in re.findall(r"[a-z0-9]+", plain):
        longer = f"{slug}-{word}" if slug else word[:_LONGEST_SLUG]
        if len(longer) > _LONGEST_SLUG:
            break
        slug = longer
    return slug if slug and not objection(slug) else f"project-{intent_id[:12].lower()}"
