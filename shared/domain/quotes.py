"""Quotes: does a quote stand in the place of the pull request that it names, and what stands around it?

Both are compared as `shared.domain.text.normalise` leaves them, which is how texts are kept. In prose a quote may
differ in its white space, because writers unwrap lines; it is then replaced by the very words of the source.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shared.domain.asset_card import Evidence, Source
from shared.domain.pull_request import PullRequest
from shared.domain.text import normalise

_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@ ?(.*)", re.DOTALL)
_GAP = "\x00"
_WIDE = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LEAST_SAID = 3
_SHORTEST_SHA = 7
_MARGIN, _LONGEST_WORD = 64, 2000
_MOST_PLACES, _LONG_QUOTE = 16, 200


@dataclass(frozen=True, slots=True)
class Passage:
    """A quote at its place: it is `text[start:end]`, and the rest is what stands around it."""

    text: str
    start: int
    end: int


class Quotable:
    """The texts of one pull request that can be quoted, prepared when they are first asked for."""

    def __init__(self, pull: PullRequest) -> None:
        self._pull = pull
        self._messages = {commit.sha: commit.message for commit in pull.commits}
        self._files = {file.path: file for file in pull.files}
        self._views: dict[tuple[str, str], tuple[str, ...]] = {}

    def verified(self, evidence: Evidence) -> tuple[Evidence, tuple[Passage, ...]] | None:
        """The evidence with its place and URL as the pull request has them, and its passages; None when it is false."""
        ref = self._ref(evidence.source, evidence.ref)
        if ref is None:
            return None
        if evidence.source == "file" and evidence.quote in self._paths(ref):
            passage = Passage(evidence.quote, 0, len(evidence.quote))
            return build(self._pull, "file", ref, evidence.quote), (passage,)
        for quote, view in self._found(evidence.source, ref, evidence.quote):
            if _says_something(quote, view):
                return build(self._pull, evidence.source, ref, quote), tuple(_passages(view, quote))
        return None

    def _ref(self, source: Source, ref: str) -> str | None:
        """The full name of the place, or None when the pull request has none such; a SHA may be given short."""
        if source in ("title", "body"):
            return source
        known = self._messages if source == "commit" else self._files
        if ref in known:
            return ref
        longer = [sha for sha in self._messages if sha.startswith(ref)] if len(ref) >= _SHORTEST_SHA else []
        return longer[0] if source == "commit" and len(longer) == 1 else None

    def _paths(self, path: str) -> tuple[str, ...]:
        file = self._files[path]
        return (path, file.previous_path) if file.previous_path else (path,)

    def _found(self, source: Source, ref: str, quote: str) -> Iterator[tuple[str, str]]:
        """The quote as it stands and the text it stands in, for each text in which it does."""
        kept = normalise(quote)
        for view in self._texts(source, ref):
            if quote and quote in view and (source != "file" or _GAP not in quote):
                yield quote, view
            elif kept and kept in view:
                yield kept, view
            elif source != "file":
                loose = _unwrapped(kept, view)
                if loose:
                    yield loose, view

    def _texts(self, source: Source, ref: str) -> tuple[str, ...]:
        if (source, ref) not in self._views:
            self._views[source, ref] = tuple(dict.fromkeys(self._prepared(source, ref)))
        return self._views[source, ref]

    def _prepared(self, source: Source, ref: str) -> Iterator[str]:
        if source == "file":
            yield from _sides(self._files[ref].patch or "")
            return
        text = {"title": self._pull.title, "body": self._pull.body}.get(source) or self._messages.get(ref, "")
        yield normalise(text)
        yield text


def build(pull: PullRequest, source: Source, ref: str, quote: str) -> Evidence:
    """Evidence with the URL that the pull request gives the place; of title and body `ref` is the name."""
    if source == "commit":
        return Evidence(source=source, ref=ref, quote=quote, url=pull.commit_url(ref))
    if source == "file":
        return Evidence(source=source, ref=ref, quote=quote, url=pull.file_url(ref))
    return Evidence(source=source, ref=source, quote=quote, url=pull.url)


def _sides(patch: str) -> Iterator[str]:
    """The texts of a patch without its markers: all lines, the new side, the old side; then all lines with markers."""
    chunks: list[list[str]] = [[]]
    for line in patch.split("\n"):
        hunk = _HUNK.match(line)
        if hunk:
            chunks += [[f" {hunk[1]}"], []]
        elif not line.startswith("\\"):
            chunks[-1].append(line)
    for sides in ("+- ", "+ ", "- "):
        yield from _joined([line[1:] for line in lines if line[:1] in sides] for lines in chunks)
    yield from _joined(chunks)


def _joined(chunks: Iterable[list[str]]) -> Iterator[str]:
    """The text of chunks that no quote can bridge, as it is kept and as it came."""
    texts = ["\n".join(lines) for lines in chunks]
    yield _GAP.join(map(normalise, texts))
    yield _GAP.join(texts)


def _unwrapped(quote: str, view: str) -> str:
    """The slice of `view` that has the words of `quote` whatever the white space between them, else nothing."""
    words, text = " ".join(quote.split()), " ".join(view.split())
    place = text.find(words) if words else -1
    if place < 0:
        return ""
    first = place - text.count(" ", 0, place)
    last = first + len(words) - words.count(" ") - 1
    start = seen = 0
    for run in re.finditer(r"\S+", view):
        length = run.end() - run.start()
        if seen <= first < seen + length:
            start = run.start() + first - seen
        if seen <= last < seen + length:
            return view[start : run.start() + last - seen + 1]
        seen += length
    return ""


def _says_something(quote: str, view: str) -> bool:
    """Whether a quote has enough letters to prove anything, or is all there is."""
    said = sum(c.isalnum() for c in quote) + len(_WIDE.findall(quote))
    return said >= _LEAST_SAID or (said > 0 and quote.strip() == view.strip())


def _passages(view: str, quote: str) -> Iterator[Passage]:
    """The first places of `quote` in `view`, each with the words around it."""
    place = view.find(quote)
    for _ in range(_MOST_PLACES if len(quote) < _LONG_QUOTE else 1):
        if place < 0:
            return
        end = place + len(quote)
        left, right = _word_start(view, place - _MARGIN), _word_end(view, end + _MARGIN)
        yield Passage(view[left:right], place - left, end - left)
        place = view.find(quote, place + 1)


def _word_start(text: str, position: int) -> int:
    least = max(0, position - _LONGEST_WORD)
    return max(least, text.rfind(" ", least, max(0, position)), text.rfind("\n", least, max(0, position)))


def _word_end(text: str, position: int) -> int:
    most = position + _LONGEST_WORD
    found = [end for end in (text.find(" ", position, most), text.find("\n", position, most)) if end >= 0]
    return min(found, default=most)
