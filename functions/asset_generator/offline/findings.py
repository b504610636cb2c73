"""What the changed files show by themselves: sentences about tests, options, versions, moves, each with its lines."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import NamedTuple

from functions.asset_generator.offline import kinds, patches
from functions.asset_generator.offline.patches import Fact
from functions.asset_generator.offline.reading import Reading
from shared.domain import text as texts
from shared.domain.asset_card import Source
from shared.domain.pull_request import ChangedFile
from shared.domain.redaction import MARKER

_MOST_FILES = 200
_NAMED = 3
_LONGEST_NAME = 70
_LONGEST_PATH = 100
_FEW_MOVES = 3
_REVERTED = re.compile(r"This reverts commit ([0-9a-f]{7,40})")
_REVISION = re.compile(r"[0-9a-f]{7,40}")


class Proof(NamedTuple):
    """A slice of the pull request that proves something."""

    source: Source
    ref: str
    quote: str


class Finding(NamedTuple):
    """A sentence and its proofs; a telling one says more than which file was touched, a key one sums up the work."""

    text: str
    proofs: tuple[Proof, ...]
    is_telling: bool = False
    is_key: bool = False


_Finder = Callable[[Reading], Iterator[Finding]]


def show(reading: Reading) -> Iterator[Finding]:
    """The findings, the most telling for this kind of pull request first."""
    first = _BY_KIND.get(reading.kind, ())
    for finder in (*first, *(each for each in _GENERAL if each not in first)):
        yield from finder(reading)


def move_of(reading: Reading) -> tuple[str, str] | None:
    """The folder that most moved files left and the one that they came to; None where no folder stands out."""
    moved = kinds.moved(reading.pull)[:_MOST_FILES]
    folders = Counter(_differing(file.previous_path or "", file.path) for file in moved)
    pair, count = max(folders.items(), key=lambda item: item[1], default=(("", ""), 0))
    return pair if pair[0] != pair[1] and count * 2 > len(moved) else None


def _reverts(reading: Reading) -> Iterator[Finding]:
    sources: list[tuple[Source, str, str]] = [("body", "body", reading.pull.body)]
    sources += [("commit", commit.sha, commit.message) for commit in reading.pull.commits[:_MOST_FILES]]
    for source, ref, text in sources:
        match = _REVERTED.search(text[:20_000])
        if match is not None:
            yield Finding(
                reading.phrases.say("reverted", sha=match[1][:7]), (Proof(source, ref, match[0]),), is_telling=True
            )
            return


def _requirements(reading: Reading) -> Iterator[Finding]:
    for each in kinds.updated(reading.grouped)[:_NAMED]:
        if not _is_shown(each.path) or MARKER in each.quote:
            continue
        key = "new_version"
        if _REVISION.fullmatch(each.version):
            key = "pinned"
        elif each.before:
            key = "set_version" if _REVISION.fullmatch(each.before) else "changed_version"
        words = reading.phrases.say(
            key, name=each.name, before=each.before, version=each.version, path=_short(each.path)
        )
        former = (Proof("file", each.path, each.former),) if key == "changed_version" else ()
        yield Finding(
            words, (Proof("file", each.path, each.quote), *former), is_telling=not _is_titled(reading, each.name)
        )


def _is_titled(reading: Reading, name: str) -> bool:
    return reading.headline is not None and name.lower() in reading.headline.text.lower()


def _moves(reading: Reading) -> Iterator[Finding]:
    moved = [file for file in kinds.moved(reading.pull) if _is_shown(file.path) and _is_shown(file.previous_path or "")]
    folders = move_of(reading)
    proofs = tuple(Proof("file", file.path, file.path) for file in moved[:_NAMED])
    if len(moved) >= _FEW_MOVES and folders is not None:
        yield Finding(
            reading.phrases.say("moved_folder", old=folders[0], new=folders[1]), proofs, is_telling=True, is_key=True
        )
    elif len(moved) >= _FEW_MOVES and (below := _below(moved)):
        names = reading.phrases.enumerate(below[1][:_NAMED])
        yield Finding(
            reading.phrases.say("moved_below", old=below[0], names=names), proofs, is_telling=True, is_key=True
        )
    else:
        for file in moved[:2]:
            old, new = PurePosixPath(file.previous_path or ""), PurePosixPath(file.path)
            one_folder = old.parent == new.parent
            key, names = ("renamed", (old.name, new.name)) if one_folder else ("moved", (str(old), str(new)))
            words = reading.phrases.say(key, old=_short(names[0]), new=_short(names[1]))
            yield Finding(words, (Proof("file", file.path, file.path),), is_telling=True)


def _recoded(reading: Reading) -> Iterator[Finding]:
    yield from _paths(reading, kinds.recoded(reading.pull), "recoded")


def _removed(reading: Reading) -> Iterator[Finding]:
    yield from _paths(reading, [file for file in reading.pull.files if file.status == "removed"], "removed")


def _updated(reading: Reading) -> Iterator[Finding]:
    yield from _paths(reading, reading.pull.files, "updated")


def _locked(reading: Reading) -> Iterator[Finding]:
    for file in reading.grouped.get("lock", [])[:1]:
        key = "lock_added" if file.status == "added" else "lock"
        yield from _path(reading, file, key)


def _tests(reading: Reading) -> Iterator[Finding]:
    files = reading.grouped.get("tests", [])[:_MOST_FILES]
    facts = max((patches.tests(file) for file in files), key=len, default=())
    if facts:
        yield _facts(reading, facts, "test", "tests", "tests_many")
        return
    for file in _largest(files):
        yield from _path(reading, file, "tests_touched")


def _options(reading: Reading) -> Iterator[Finding]:
    facts = [fact for file in _source(reading) for fact in patches.options(file)]
    if facts:
        yield _facts(reading, facts, "option", "options", "options_many")


def _variables(reading: Reading) -> Iterator[Finding]:
    facts = [fact for file in _source(reading) for fact in patches.variables(file)]
    of_one_file = [fact for fact in facts if fact.path == facts[0].path]
    sets = [fact for fact in of_one_file if re.search(r"\b\w*[sS]et_?[eE]nv\b", fact.quote)]
    if sets:
        yield _facts(reading, sets[:1], "sets", "sets", "sets")
    elif of_one_file:
        yield _facts(reading, of_one_file, "reads", "reads_several", "reads_many")


def _definitions(reading: Reading) -> Iterator[Finding]:
    if reading.kind in {"move", "refactoring", "encoding", "formatting", "revert"}:
        return
    facts = max((patches.definitions(file) for file in _source(reading)), key=len, default=())
    if facts:
        yield _facts(reading, facts, "definitions", "definitions", "definitions_many")


def _sections(reading: Reading) -> Iterator[Finding]:
    files = [*reading.grouped.get("documentation", []), *reading.grouped.get("readme", [])]
    for file in files[:_MOST_FILES]:
        facts = patches.headings(file)[:1]
        if facts and file.status != "removed":
            yield _facts(reading, facts, "section", "section", "section")
            return
    for file in _largest([file for file in files if file.status != "removed"]):
        yield from _path(reading, file, "documentation")


def _pipelines(reading: Reading) -> Iterator[Finding]:
    for file in _largest(reading.grouped.get("ci", [])):
        yield from _path(reading, file, "ci")


def _new_files(reading: Reading) -> Iterator[Finding]:
    added = [file for file in _source(reading) if file.status == "added"]
    for file in _largest(added):
        yield from _path(reading, file, "added_file")


def touched(reading: Reading) -> Iterator[Finding]:
    """The most changed file, for a pull request that shows nothing else."""
    for file in _largest([*_source(reading), *reading.pull.files[:_MOST_FILES]]):
        yield from _path(reading, file, "touched")


_BY_KIND: dict[str, tuple[_Finder, ...]] = {
    "revert": (_reverts,),
    "dependencies": (_requirements, _locked),
    "security": (_requirements, _tests),
    "lock": (_locked,),
    "move": (_moves,),
    "refactoring": (_moves, _removed),
    "encoding": (_recoded, _tests),
    "images": (_updated,),
    "binary": (_updated,),
    "ci": (_pipelines,),
    "documentation": (_removed, _moves, _sections),
    "removal": (_removed, _requirements),
}
_GENERAL: tuple[_Finder, ...] = (
    _tests, _options, _variables, _definitions, _requirements, _sections, _moves, _removed, _new_files, _pipelines,
)  # fmt: skip


def _facts(reading: Reading, facts: Sequence[Fact], one: str, several: str, many: str) -> Finding:
    """A sentence that names the first of some facts."""
    named = [fact for fact in facts if len(fact.name) <= _LONGEST_NAME and _is_shown(fact.quote)][:_NAMED] or facts[:1]
    key = many if len(facts) > len(named) else several if len(named) > 1 else one
    names = reading.phrases.enumerate([fact.name if key == "section" else _quoted(fact.name) for fact in named])
    words = reading.phrases.say(key, names=names, path=_short(named[0].path))
    proofs = tuple(Proof("file", fact.path, fact.quote) for fact in named)
    return Finding(words, proofs, is_telling=key != "section")


def _quoted(name: str) -> str:
    """A name in a sentence: one of several words in quotation marks."""
    return f"“{name}”" if " " in name and not name.endswith(")") else name


def _paths(reading: Reading, files: Iterable[ChangedFile], key: str) -> Iterator[Finding]:
    """A sentence about whole files that names the first of them."""
    shown = [file for file in islice(files, _MOST_FILES) if _is_shown(file.path)]
    named = shown[:_NAMED]
    if named:
        names = reading.phrases.enumerate([_short(file.path) for file in named])
        words = reading.phrases.say(f"{key}_many" if len(shown) > len(named) else key, names=names)
        proofs = tuple(Proof("file", file.path, file.path) for file in named)
        yield Finding(words, proofs, is_telling=key == "removed")


def _path(reading: Reading, file: ChangedFile, key: str) -> Iterator[Finding]:
    if _is_shown(file.path):
        words = reading.phrases.say(key, path=_short(file.path))
        yield Finding(words, (Proof("file", file.path, file.path),))


def _largest(files: Sequence[ChangedFile]) -> list[ChangedFile]:
    return sorted(files, key=lambda file: -(file.additions + file.deletions))[:1]


def _source(reading: Reading) -> list[ChangedFile]:
    return [file for group in ("source", "scripts") for file in reading.grouped.get(group, [])[:_MOST_FILES]]


def _is_shown(text: str) -> bool:
    """Whether a path or line can be shown and quoted exactly as it is."""
    return bool(text) and MARKER not in text and texts.clean(text, limit=400) == text


def _short(path: str) -> str:
    """A path that a sentence has room for: the last parts of a long one."""
    if len(path) <= _LONGEST_PATH:
        return path
    return texts.clean(PurePosixPath(path).name, limit=_LONGEST_PATH)


def _differing(old: str, new: str) -> tuple[str, str]:
    """The folders of two paths without the end that they share, but for one name where nothing else is left."""
    before, after = PurePosixPath(old).parent.parts, PurePosixPath(new).parent.parts
    shared = 0
    while shared < min(len(before), len(after)) and before[-1 - shared] == after[-1 - shared]:
        shared += 1
    kept = shared - 1 if shared and shared == min(len(before), len(after)) else shared
    return "/".join(before[: len(before) - kept]) or ".", "/".join(after[: len(after) - kept]) or "."


def _below(moved: Sequence[ChangedFile]) -> tuple[str, list[str]] | None:
    """The folder whose files most moves brought into its own subfolders, and the names of those."""
    pairs = [(PurePosixPath(file.previous_path or "").parent, PurePosixPath(file.path).parent) for file in moved]
    nested = [(old, new.relative_to(old).parts[0]) for old, new in pairs if old != new and new.is_relative_to(old)]
    folder, count = max(Counter(old for old, _ in nested).items(), key=lambda item: item[1], default=(None, 0))
    if folder is None or count * 2 <= len(moved):
        return None
    names = Counter(name for old, name in nested if old == folder)
    return str(folder), [name for name, _ in names.most_common()]
