"""Wording: the words of several texts, and where each of them stands, so that a finding can quote it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from shared.domain.inert import inert
from shared.domain.risk.folding import Words, words_of
from shared.domain.text import clean

_LONGEST_QUOTE = 200
_BEFORE = 20


@dataclass(frozen=True, slots=True)
class Wording:
    """Chunks of text between spaces, the first of them that has each word, and their pieces in order."""

    chunks: list[str] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)
    pieces: list[tuple[str, int]] = field(default_factory=list)
    japanese: list[tuple[str, int]] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)

    def quote(self, index: int, needle: str = "", *, before: int = 0) -> str:
        """The chunk at `index` and `before` earlier ones, inert; a long one is cut around `needle`."""
        chunk = " ".join(self.chunks[max(0, index - before) : index + 1])
        place = chunk.lower().find(needle)
        start = place - _BEFORE if len(chunk) > _LONGEST_QUOTE and place > _BEFORE else 0
        return quoted(chunk[start : start + 2 * _LONGEST_QUOTE])


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
