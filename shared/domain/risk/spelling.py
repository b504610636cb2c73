"""Spelling: which words does a text spell out in pieces, as `p a y m e n t`, `pay ment` or `pa-ym ent`?

The pieces must come in order, with anything between them, so that nothing put in between hides the word. All words are
followed at once: bit `p` of a number says that the letters before place `p` of the words' list have been seen.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

_FEWEST_OF_STEM = 3


@dataclass(frozen=True)
class Spelling:
    """Words to look for, those with `*` by their beginning, and ordinary words that are a piece of none of them."""

    words: tuple[str, ...]
    ordinary: frozenset[str]

    def found_in(self, pieces: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
        """Each word that `pieces` spell, with the place of its last piece."""
        starts, ends, stem_ends = self._places
        seen, told = starts, 0
        steps: dict[str, tuple[int, int]] = {}
        for piece, index in pieces:
            step = steps.get(piece)
            if step is None:
                step = steps[piece] = self._step(piece, stem_ends)
            if not any(step):
                continue
            whole, beyond = step
            reached = (seen & whole) << len(piece)
            done = (reached & ends | self._ends_after(seen & beyond)) & ~told
            seen |= reached
            told |= done
            yield from ((self._word_at[place], index) for place in _bits(done))

    def _step(self, piece: str, stem_ends: int) -> tuple[int, int]:
        """Places at which `piece` stands in a word, and places from which it runs beyond the end of a stem."""
        if piece in self.ordinary and len(piece) > 1:
            return 0, 0
        alive, beyond = -1, 0
        for offset, letter in enumerate(piece):
            alive &= self._letters.get(letter, 0) >> offset
            if not alive:
                return 0, beyond
            if _FEWEST_OF_STEM <= offset + 1 < len(piece):
                beyond |= alive & (stem_ends >> (offset + 1))
        return alive, beyond

    def _ends_after(self, places: int) -> int:
        """The end of the word that each of some places belongs to."""
        return sum({1 << self._end_of[place] for place in _bits(places)})

    @cached_property
    def _layout(self) -> tuple[tuple[str, int], ...]:
        """Each word with its first place; after its letters comes the place of its end."""
        layout, place = [], 0
        for word in self.words:
            layout.append((word, place))
            place += len(word.rstrip("*")) + 1
        return tuple(layout)

    @cached_property
    def _places(self) -> tuple[int, int, int]:
        """The first places of all words, their ends, and the ends of those that are stems."""
        ends = {place + len(word.rstrip("*")): word for word, place in self._layout}
        stems = (place for place, word in ends.items() if word.endswith("*"))
        return _mask(place for _, place in self._layout), _mask(ends), _mask(stems)

    @cached_property
    def _letters(self) -> dict[str, int]:
        letters: dict[str, int] = {}
        for word, first in self._layout:
            for place, letter in enumerate(word.rstrip("*"), first):
                letters[letter] = letters.get(letter, 0) | 1 << place
        return letters

    @cached_property
    def _word_at(self) -> dict[int, str]:
        return {first + len(word.rstrip("*")): word for word, first in self._layout}

    @cached_property
    def _end_of(self) -> dict[int, int]:
        lengths = ((first, len(word.rstrip("*"))) for word, first in self._layout)
        return {place: first + length for first, length in lengths for place in range(first, first + length)}


def _mask(places: Iterable[int]) -> int:
    return sum(1 << place for place in places)


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
