"""A thing that the changed files show, in a sentence, with the lines and paths that prove it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import NamedTuple

from functions.asset_generator.offline.patches import Fact
from functions.asset_generator.offline.phrases import Phrases
from shared.domain import text as texts
from shared.domain.asset_card import Source
from shared.domain.pull_request import ChangedFile
from shared.domain.redaction import MARKER

MOST_FILES = 200
NAMED = 3
_LONGEST_NAME = 70
_LONGEST_PATH = 100
_LONGEST_SHOWN = 400


class Proof(NamedTuple):
    """A slice of the pull request that proves something."""

    source: Source
    ref: str
    quote: str


class Finding(NamedTuple):
    """A sentence, its proofs, and the things it names if those are not files.

    A telling one says more than which file was touched, a key one sums up the work.
    """

    text: str
    proofs: tuple[Proof, ...]
    names: tuple[str, ...] = ()
    is_telling: bool = False
    is_key: bool = False


def of_facts(phrases: Phrases, facts: Sequence[Fact], one: str, several: str, many: str) -> Finding:
    """A sentence that names the first of some facts."""
    named = [fact for fact in facts if len(fact.name) <= _LONGEST_NAME and is_shown(fact.quote)][:NAMED] or facts[:1]
    key = many if len(facts) > len(named) else several if len(named) > 1 else one
    names = phrases.enumerate([fact.name if key == "section" else _quoted(fact.name) for fact in named])
    words = phrases.say(key, names=names, path=short(named[0].path))
    proofs = tuple(Proof("file", fact.path, fact.quote) for fact in named)
    return Finding(words, proofs, tuple(fact.name for fact in named), is_telling=key != "section")


def _quoted(name: str) -> str:
    """A name in a sentence: one of several words in quotation marks."""
    return f"“{name}”" if " " in name and not name.endswith(")") else name


def of_paths(phrases: Phrases, files: Iterable[ChangedFile], key: str) -> Iterator[Finding]:
    """A sentence about whole files that names the first of them."""
    shown = [file for file in islice(files, MOST_FILES) if is_shown(file.path)]
    named = shown[:NAMED]
    if named:
        names = phrases.enumerate([short(file.path) for file in named])
        count = phrases.count("file", len(shown))
        words = phrases.say(f"{key}_many" if len(shown) > len(named) else key, names=names, count=count)
        proofs = tuple(Proof("file", file.path, file.path) for file in named)
        yield Finding(words, proofs, is_telling=key == "removed")


def of_path(phrases: Phrases, file: ChangedFile, key: str) -> Iterator[Finding]:
    """A sentence about one whole file; none where its path can't be shown."""
    if is_shown(file.path):
        words = phrases.say(key, path=short(file.path))
        yield Finding(words, (Proof("file", file.path, file.path),))


def is_shown(text: str) -> bool:
    """Whether a path or line can be shown and quoted exactly as it is."""
    return bool(text) and MARKER not in text and texts.clean(text, limit=_LONGEST_SHOWN) == text


def short(path: str) -> str:
    """A path that a sentence has room for: the last parts of a long one."""
    if len(path) <= _LONGEST_PATH:
        return path
    return texts.clean(PurePosixPath(path).name, limit=_LONGEST_PATH)
