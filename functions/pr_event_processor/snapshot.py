"""A pull request as it is put by between two stages: small enough for one document, kept for a week."""

from datetime import timedelta

from shared.domain.document import Instant
from shared.domain.pull_request import ChangedFile, PullRequest
from shared.store.store import PrSnapshot

KEEP = timedelta(days=7)
MOST_BYTES = 900_000
_MOST_TEXT = 60_000  # GitHub's own limit for a body is 65,536
_MOST_MESSAGE = 4_000
_MOST_COMMITS = 100
# What a file costs beside its patch: its name and figures as JSON.
_PER_FILE = 220


def to_snapshot(pr_event_id: str, pull: PullRequest, *, at: Instant) -> PrSnapshot:
    """The document of a redacted pull request; says so on it when not everything fits."""
    content = _fitted(pull).model_dump_json(by_alias=True).encode()
    return PrSnapshot(pr_event_id=pr_event_id, content=content, expires_at=at + KEEP)


def _fitted(pull: PullRequest) -> PullRequest:
    """The pull request with long texts cut and patches left out, largest first, until it fits."""
    short = pull.model_copy(
        update={
            "body": pull.body[:_MOST_TEXT],
            "commits": tuple(
                commit.model_copy(update={"message": commit.message[:_MOST_MESSAGE]})
                for commit in pull.commits[:_MOST_COMMITS]
            ),
        }
    )
    budget = MOST_BYTES - len(short.model_copy(update={"files": ()}).model_dump_json(by_alias=True).encode())
    files = _within(short.files, budget)
    return short.model_copy(update={"files": files, "truncated": pull.truncated or files != short.files})


def _within(files: tuple[ChangedFile, ...], budget: int) -> tuple[ChangedFile, ...]:
    """The files whose JSON fits into `budget` bytes: names before patches, small patches before large ones."""
    sizes = {file.path: len(file.model_dump_json(by_alias=True).encode()) for file in files}
    if sum(sizes.values()) <= budget:
        return files
    bare = [file.model_copy(update={"patch": None}) for file in files]
    kept, left = [], budget
    for file in bare:
        left -= len(file.path.encode()) * 2 + _PER_FILE
        if left < 0:
            break
        kept.append(file)
    whole = {file.path: file for file in files}
    chosen: set[str] = set()
    for file in sorted(kept, key=lambda each: (sizes[each.path], each.path)):
        left -= sizes[file.path]
        if left < 0:
            break
        chosen.add(file.path)
    return tuple(whole[file.path] if file.path in chosen else file for file in kept)
