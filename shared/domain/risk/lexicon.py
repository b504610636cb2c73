"""Lexicon: which terms of a list does a wording contain?

A term is one word or several that must all occur, in any order and at any distance, so that no text put between them
hides it. `refund*` is every word that begins so. A Japanese word is found inside any other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from shared.domain.risk.wording import Wording

_T = TypeVar("_T")
_ANY_ENDING = "*"
_PLAIN = re.compile(r"[a-z0-9]+\*?")


@dataclass(frozen=True)
class Lexicon(Generic[_T]):
    """Terms with what each of them means."""

    entries: tuple[tuple[str, _T], ...]

    def found_in(self, wording: Wording) -> Iterator[tuple[_T, list[tuple[str, int]]]]:
        """The meaning of each term that `wording` contains, with the words that say it and their chunks' places."""
        found = dict(self._plain_parts(wording))
        found.update(self._inner_parts(wording))
        words = found.keys()
        for parts, meaning in self._terms if found else ():
            if parts <= words:
                yield meaning, sorted((part.rstrip(_ANY_ENDING), found[part]) for part in parts)

    def single_words(self) -> Iterator[tuple[str, _T]]:
        """The terms of one word, `*` included, with their meanings."""
        return ((term, meaning) for term, meaning in self.entries if " " not in term)

    def _plain_parts(self, wording: Wording) -> Iterator[tuple[str, int]]:
        stems, lengths = self._stems
        for word, index in reversed(wording.first.items()):
            if word in self._whole:
                yield word, index
            yield from (
                (word[:length] + _ANY_ENDING, index)
                for length in lengths
                if length <= len(word) and word[:length] in stems
            )

    def _inner_parts(self, wording: Wording) -> Iterator[tuple[str, int]]:
        everything = "\n".join(text for text, _ in wording.japanese)
        for part in self._inner if everything else ():
            if part in everything:
                yield part, next(index for text, index in wording.japanese if part in text)

    @cached_property
    def _terms(self) -> tuple[tuple[frozenset[str], _T], ...]:
        return tuple((frozenset(term.split()), meaning) for term, meaning in self.entries)

    @cached_property
    def _parts(self) -> frozenset[str]:
        return frozenset(part for parts, _ in self._terms for part in parts)

    @cached_property
    def _whole(self) -> frozenset[str]:
        return frozenset(part for part in self._parts if not part.endswith(_ANY_ENDING) and _is_plain(part))

    @cached_property
    def _stems(self) -> tuple[frozenset[str], tuple[int, ...]]:
        stems = frozenset(part[:-1] for part in self._parts if part.endswith(_ANY_ENDING))
        return stems, tuple(sorted({len(stem) for stem in stems}))

    @cached_property
    def _inner(self) -> tuple[str, ...]:
        return tuple(sorted(part for part in self._parts if not _is_plain(part)))


def _is_plain(part: str) -> bool:
    return _PLAIN.fullmatch(part) is not None
