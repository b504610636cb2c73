"""Places: what does the path of a changed file say about the risk of the change?"""

from collections.abc import Iterator
from itertools import pairwise

from shared.domain.risk.folding import fold
from shared.domain.risk.policy import Mark, Policy
from shared.domain.risk.wording import quoted, wording

_LONGEST_PATH = 4096
_NO_NAMES = frozenset(("", ".", ".."))


def is_path(value: object) -> bool:
    """Whether it is the path of a file in a repository, as git writes it."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_PATH:
        return False
    return "\x00" not in value and _NO_NAMES.isdisjoint(value.split("/"))


def marks_of(path: str, policy: Policy) -> Iterator[tuple[Mark, str]]:
    """What `path` says, with the path as evidence; of a test or documentation only what always counts."""
    folded = fold(path).replace("\\", "/").casefold()
    folders = folded.split("/")[:-1]
    evidence = quoted(path)
    harmless = _is_harmless(folded, folders, policy)
    words = wording([path])
    worded = (mark for mark, _ in policy.paths.words.found_in(words))
    if words.unread:
        yield Mark("unread_letters", policy.doubts["unread_letters"]), evidence
    for mark in (*_named(folded, folders, policy), *worded):
        if mark.always or not harmless:
            yield mark, evidence


def _named(path: str, folders: list[str], policy: Policy) -> Iterator[Mark]:
    yield from policy.paths.names.follow(path)
    pairs = ("/".join(pair) for pair in pairwise(folders))
    for folder in (*folders, *pairs):
        yield from policy.paths.folders.get(folder, ())


def _is_harmless(path: str, folders: list[str], policy: Policy) -> bool:
    """Whether the file is a test or documentation: a mistake in it harms nobody who uses the product."""
    if policy.harmless.follow(path) or not policy.harmless_folders.isdisjoint(folders):
        return True
    return bool(policy.documentation.follow(path)) and not policy.documentation_folders.isdisjoint(folders)
