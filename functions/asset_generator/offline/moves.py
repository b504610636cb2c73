"""Which files a pull request moved, from where to where."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from functions.asset_generator.offline.finding import NAMED, Finding, Proof, is_shown, short
from functions.asset_generator.offline.phrases import Phrases
from shared.domain.pull_request import ChangedFile, PullRequest

_FEW = 3


def moved(pull: PullRequest) -> tuple[ChangedFile, ...]:
    """The files that have a new path."""
    return tuple(file for file in pull.files if file.previous_path and file.previous_path != file.path)


class Move(NamedTuple):
    """From which folder to which one files moved; `is_whole` tells that every moved file did."""

    old: str
    new: str
    is_whole: bool


def folders(pull: PullRequest) -> Move | None:
    """The folder that most moved files left and the one that they came to; None where no folder stands out."""
    files = moved(pull)
    pairs = Counter(_differing(file.previous_path or "", file.path) for file in files)
    pair, count = max(pairs.items(), key=lambda item: item[1], default=(("", ""), 0))
    return Move(*pair, is_whole=count == len(files)) if pair[0] != pair[1] and count * 2 > len(files) else None


def found(pull: PullRequest, phrases: Phrases) -> Iterator[Finding]:
    """One sentence about a move of folders, or one for each of the first two files moved."""
    files = [file for file in moved(pull) if is_shown(file.path) and is_shown(file.previous_path or "")]
    summary = _summary(pull, files, phrases) if len(files) >= _FEW else ""
    if summary:
        proofs = tuple(Proof("file", file.path, file.path) for file in files[:NAMED])
        yield Finding(summary, proofs, is_telling=True, is_key=True)
        return
    for file in files[:2]:
        old, new = PurePosixPath(file.previous_path or ""), PurePosixPath(file.path)
        in_place = old.parent == new.parent
        words = phrases.say(
            "renamed" if in_place else "moved",
            old=short(old.name if in_place else str(old)),
            new=short(new.name if in_place else str(new)),
        )
        yield Finding(words, (Proof("file", file.path, file.path),), is_telling=True)


def _summary(pull: PullRequest, files: Sequence[ChangedFile], phrases: Phrases) -> str:
    """The sentence about a move of folders, with a number where it is that of all renamed files."""
    move, below = folders(pull), _below(files)
    whole = move.is_whole if move else below is not None and below[2]
    count = phrases.count("file", len(files)) if whole and len(files) == _renamed(pull) else phrases.say("some_files")
    if move is not None:
        return phrases.say("moved_folder", count=count, old=move.old, new=move.new)
    return phrases.say("moved_below", count=count, old=below[0], names=phrases.enumerate(below[1])) if below else ""


def _renamed(pull: PullRequest) -> int:
    return sum(file.status == "renamed" for file in pull.files)


def _differing(old: str, new: str) -> tuple[str, str]:
    """The folders of two paths without the end that they share, but for one name where nothing else is left."""
    before, after = PurePosixPath(old).parent.parts, PurePosixPath(new).parent.parts
    shared = 0
    while shared < min(len(before), len(after)) and before[-1 - shared] == after[-1 - shared]:
        shared += 1
    kept = shared - 1 if shared and shared == min(len(before), len(after)) else shared
    return "/".join(before[: len(before) - kept]) or ".", "/".join(after[: len(after) - kept]) or "."


def _below(files: Sequence[ChangedFile]) -> tuple[str, list[str], bool] | None:
    """The folder whose files most moves took into its subfolders, the names of those, and whether all moves did."""
    pairs = [(PurePosixPath(file.previous_path or "").parent, PurePosixPath(file.path).parent) for file in files]
    nested = [(old, new.relative_to(old).parts[0]) for old, new in pairs if old != new and new.is_relative_to(old)]
    folder, count = max(Counter(old for old, _ in nested).items(), key=lambda item: item[1], default=(None, 0))
    if folder is None or count * 2 <= len(files):
        return None
    names = Counter(name for old, name in nested if old == folder)
    return str(folder), [name for name, _ in names.most_common(NAMED)], count == len(files)
