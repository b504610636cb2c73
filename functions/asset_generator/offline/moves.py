"""Which files a pull request moved, from where to where."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from functions.asset_generator.offline.finding import MOST_FILES, NAMED, Finding, Proof, is_shown, short
from functions.asset_generator.offline.phrases import Phrases
from shared.domain.pull_request import ChangedFile, PullRequest

_FEW = 3


def moved(pull: PullRequest) -> tuple[ChangedFile, ...]:
    """The files that have a new path."""
    return tuple(file for file in pull.files if file.previous_path and file.previous_path != file.path)


def folders(pull: PullRequest) -> tuple[str, str] | None:
    """The folder that most moved files left and the one that they came to; None where no folder stands out."""
    files = moved(pull)[:MOST_FILES]
    pairs = Counter(_differing(file.previous_path or "", file.path) for file in files)
    pair, count = max(pairs.items(), key=lambda item: item[1], default=(("", ""), 0))
    return pair if pair[0] != pair[1] and count * 2 > len(files) else None


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
    count = phrases.count("file", sum(file.status == "renamed" for file in pull.files))
    pair = folders(pull)
    if pair is not None:
        return phrases.say("moved_folder", count=count, old=pair[0], new=pair[1])
    below = _below(files)
    return phrases.say("moved_below", count=count, old=below[0], names=phrases.enumerate(below[1])) if below else ""


def _differing(old: str, new: str) -> tuple[str, str]:
    """The folders of two paths without the end that they share, but for one name where nothing else is left."""
    before, after = PurePosixPath(old).parent.parts, PurePosixPath(new).parent.parts
    shared = 0
    while shared < min(len(before), len(after)) and before[-1 - shared] == after[-1 - shared]:
        shared += 1
    kept = shared - 1 if shared and shared == min(len(before), len(after)) else shared
    return "/".join(before[: len(before) - kept]) or ".", "/".join(after[: len(after) - kept]) or "."


def _below(files: Sequence[ChangedFile]) -> tuple[str, list[str]] | None:
    """The folder whose files most moves brought into its own subfolders, and the names of those."""
    pairs = [(PurePosixPath(file.previous_path or "").parent, PurePosixPath(file.path).parent) for file in files]
    nested = [(old, new.relative_to(old).parts[0]) for old, new in pairs if old != new and new.is_relative_to(old)]
    folder, count = max(Counter(old for old, _ in nested).items(), key=lambda item: item[1], default=(None, 0))
    if folder is None or count * 2 <= len(files):
        return None
    names = Counter(name for old, name in nested if old == folder)
    return str(folder), [name for name, _ in names.most_common(NAMED)]
