"""A pull request as it is put by between two stages: small enough for one document, kept for a week."""

from collections.abc import Iterable
from typing import TypeVar

from shared.domain.document import Document, Instant
from shared.domain.pull_request import ChangedFile, PullRequest
from shared.domain.retention import kept_for
from shared.store.store import PR_SNAPSHOTS, PrSnapshot

KEEP = kept_for(PR_SNAPSHOTS)
MOST_BYTES = 900_000
_MOST_TITLE = 10_000
_MOST_BODY = 200_000  # as JSON; the 65,536 characters that GitHub takes fit in most scripts
_MOST_MESSAGE = 25_000
_MOST_COMMITS = 300_000

D = TypeVar("D", bound=Document)


def to_snapshot(pr_event_id: str, pull: PullRequest, *, at: Instant) -> PrSnapshot:
    """The document of a redacted pull request; says so on it when not everything fits."""
    content = _fitted(pull).model_dump_json(by_alias=True).encode()
    return PrSnapshot(pr_event_id=pr_event_id, content=content, expires_at=at + KEEP)


def _fitted(pull: PullRequest) -> PullRequest:
    """The pull request, if need be with long texts cut and patches left out, largest first, until it fits."""
    if _size(pull) <= MOST_BYTES:
        return pull
    commits = (each.model_copy(update={"message": _cut(each.message, _MOST_MESSAGE)}) for each in pull.commits)
    words = {
        "title": _cut(pull.title, _MOST_TITLE),
        "body": _cut(pull.body, _MOST_BODY),
        "commits": tuple(_first(commits, _MOST_COMMITS)),
        "truncated": True,
    }
    short = pull.model_copy(update={**words, "files": ()})
    return short.model_copy(update={"files": tuple(_within(pull.files, MOST_BYTES - _size(short)))})


def _cut(text: str, most: int) -> str:
    """The beginning of a text whose JSON has at most `most` bytes: one character may take six of them."""
    while (size := len(ChangedFile(path=text).model_dump_json().encode())) > most:
        text = text[: len(text) * most // size]
    return text


def _first(items: Iterable[D], budget: int) -> Iterable[D]:
    """The items from the first one on whose JSON, with a comma each, fits into `budget` bytes."""
    for item in items:
        budget -= _size(item) + 1
        if budget < 0:
            return
        yield item


def _within(files: tuple[ChangedFile, ...], budget: int) -> list[ChangedFile]:
    """The files whose JSON fits into `budget` bytes: names before patches, small patches before large ones."""
    kept = list(_first((file.model_copy(update={"patch": None}) for file in files), budget))
    budget -= sum(_size(file) + 1 for file in kept)
    costs = sorted((_size(files[place]) - _size(file), place) for place, file in enumerate(kept))
    for cost, place in costs:
        budget -= cost
        if budget < 0:
            break
        kept[place] = files[place]
    return kept


def _size(value: Document) -> int:
    return len(value.model_dump_json(by_alias=True).encode())
