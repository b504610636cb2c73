"""Wording: the words of several texts, and where each of them stands, so that a finding can quote it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from shared.domain.inert import inert
from shared.domain.risk.folding import Words, words_of
from shared.domain.text import clean

_LONGEST_QUOTE = 200
_BEFORE = 20
_BETWEEN = " … "
_PIECES = 11
_LONGEST_PIECE = 16


@dataclass(frozen=True, slots=True)
class Wording:
    """Chunks of text between spaces, the first of them that has each word, and their pieces in order."""

    chunks: list[str] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)
    pieces: list[tuple[str, int]] = field(default_factory=list)
    japanese: list[tuple[str, int]] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)

    def quote(self, words: Iterable[tuple[str, int]]) -> str:
        """The chunks at the places of some words, in their order; a long one is cut around its word."""
        in_order = sorted(words, key=lambda word: word[1])
        room = _LONGEST_QUOTE // max(1, len(in_order)) - len(_BETWEEN)
        around = dict.fromkeys(_around(self.chunks[index], word, room) for word, index in in_order)
        return quoted(_BETWEEN.join(around))

    def quote_end(self, index: int) -> str:
        """The chunks up to the one at `index`, as many as a word in pieces may need."""
        return quoted(" ".join(chunk[:_LONGEST_PIECE] for chunk in self.chunks[max(0, index - _PIECES) : index + 1]))


def quoted(text: str) -> str:
    """`text` as evidence: one line, inert, at most 200 characters."""
    return clean(" ".join(inert(text).split()), limit=_LONGEST_QUOTE)


def wording(texts: Iterable[str]) -> Wording:
    """The wording of `texts`, one after the other."""
    found = Wording()
    known: dict[str, Words] = {}
    for index, chunk in enumerate(_chunks(texts)):
        words = known.get(chunk)
        if words is None:
            words = known[chunk] = words_of(chunk)
            _enter(found, words, index)
        found.chunks.append(chunk)
        found.pieces.extend([(piece, index) for piece in words.pieces])
    return found


def _around(chunk: str, word: str, room: int) -> str:
    """`chunk`, or `room` characters of it with `word` among them where it stands there undisguised."""
    place = chunk.lower().find(word)
    start = place - _BEFORE if len(chunk) > room and place > _BEFORE else 0
    return chunk[start : start + room]


def _chunks(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from text.split()


def _enter(found: Wording, words: Words, index: int) -> None:
    for word in (*words.pieces, *words.readings):
        found.first.setdefault(word, index)
    if words.japanese:
        found.japanese.append((words.japanese, index))
    if words.unread:
        found.unread.append(index)
