"""What the changed files show by themselves: sentences about tests, options, versions, moves, each with its lines."""

import re
from collections.abc import Callable, Iterator, Sequence

from functions.asset_generator.offline import kinds, moves, patches
from functions.asset_generator.offline.finding import (
    MOST_FILES,
    NAMED,
    Finding,
    Proof,
    is_shown,
    of_facts,
    of_path,
    of_paths,
    short,
)
from functions.asset_generator.offline.reading import Reading
from shared.domain.asset_card import Source
from shared.domain.pull_request import ChangedFile
from shared.domain.redaction import MARKER

_REVERTED = re.compile(r"This reverts commit ([0-9a-f]{7,40})")
_REVISION = re.compile(r"[0-9a-f]{7,40}")


_Finder = Callable[[Reading], Iterator[Finding]]


def show(reading: Reading) -> Iterator[Finding]:
    """The findings, the most telling for this kind of pull request first."""
    first = _BY_KIND.get(reading.kind, ())
    for finder in (*first, *(each for each in _GENERAL if each not in first)):
        yield from finder(reading)


def _reverts(reading: Reading) -> Iterator[Finding]:
    sources: list[tuple[Source, str, str]] = [("body", "body", reading.pull.body)]
    sources += [("commit", commit.sha, commit.message) for commit in reading.pull.commits[:MOST_FILES]]
    for source, ref, text in sources:
        match = _REVERTED.search(text[:20_000])
        if match is not None:
            words = reading.phrases.say("reverted", sha=_abbreviated(match[1]))
            yield Finding(words, (Proof(source, ref, match[0]),), is_telling=True)
            return


def _abbreviated(sha: str) -> str:
    """The first characters of a SHA, as many as it takes to see that it is no number."""
    return next((sha[:end] for end in range(7, len(sha)) if not sha[:end].isdigit()), sha)


def _requirements(reading: Reading) -> Iterator[Finding]:
    for each in kinds.updated(reading.grouped)[:NAMED]:
        if not is_shown(each.path) or MARKER in each.quote:
            continue
        key = "new_version"
        if _REVISION.fullmatch(each.version):
            key = "pinned"
        elif each.before:
            key = "set_version" if _REVISION.fullmatch(each.before) else "changed_version"
        words = reading.phrases.say(
            key, name=each.name, before=each.before.lstrip("="), version=each.version.lstrip("="), path=short(each.path)
        )
        former = (Proof("file", each.path, each.former),) if key == "changed_version" else ()
        proofs = (Proof("file", each.path, each.quote), *former)
        yield Finding(words, proofs, (each.name,), is_telling=True)


def _moved(reading: Reading) -> Iterator[Finding]:
    yield from moves.found(reading.pull, reading.phrases)


def _recoded(reading: Reading) -> Iterator[Finding]:
    yield from of_paths(reading.phrases, kinds.recoded(reading.pull), "recoded")


def _removed(reading: Reading) -> Iterator[Finding]:
    yield from of_paths(reading.phrases, [file for file in reading.pull.files if file.status == "removed"], "removed")


def _updated(reading: Reading) -> Iterator[Finding]:
    yield from of_paths(reading.phrases, reading.pull.files, "updated")


def _locked(reading: Reading) -> Iterator[Finding]:
    for file in reading.grouped.get("lock", [])[:1]:
        key = "lock_added" if file.status == "added" else "lock"
        yield from of_path(reading.phrases, file, key)


def _tests(reading: Reading) -> Iterator[Finding]:
    files = [file for file in reading.grouped.get("tests", [])[:MOST_FILES] if file.status != "removed"]
    facts = max((patches.tests(file) for file in files), key=len, default=())
    if facts:
        yield of_facts(reading.phrases, facts, "test", "tests", "tests_many")
        return
    for file in _largest(files):
        yield from of_path(reading.phrases, file, "tests_touched")


def _options(reading: Reading) -> Iterator[Finding]:
    facts = [fact for file in _source(reading) for fact in patches.options(file)]
    if facts:
        yield of_facts(reading.phrases, facts, "option", "options", "options_many")


def _variables(reading: Reading) -> Iterator[Finding]:
    facts = [fact for file in _source(reading) for fact in patches.variables(file)]
    of_one_file = [fact for fact in facts if fact.path == facts[0].path]
    sets = [fact for fact in of_one_file if re.search(r"\b\w*[sS]et_?[eE]nv\b", fact.quote)]
    if sets:
        yield of_facts(reading.phrases, sets[:1], "sets", "sets", "sets")
    elif of_one_file:
        yield of_facts(reading.phrases, of_one_file, "reads", "reads_several", "reads_many")


def _definitions(reading: Reading) -> Iterator[Finding]:
    if reading.kind in {"move", "refactoring", "encoding", "formatting", "revert"}:
        return
    facts = max((patches.definitions(file) for file in _source(reading)), key=len, default=())
    if facts:
        yield of_facts(reading.phrases, facts, "definitions", "definitions", "definitions_many")


def _sections(reading: Reading) -> Iterator[Finding]:
    files = [*reading.grouped.get("documentation", []), *reading.grouped.get("readme", [])]
    for file in files[:MOST_FILES]:
        facts = patches.headings(file)[:1]
        if facts and file.status != "removed":
            yield of_facts(reading.phrases, facts, "section", "section", "section")
            return
    for file in _largest([file for file in files if file.status != "removed"]):
        yield from of_path(reading.phrases, file, "documentation")


def _pipelines(reading: Reading) -> Iterator[Finding]:
    for file in _largest(reading.grouped.get("ci", [])):
        yield from of_path(reading.phrases, file, "ci")


def _new_files(reading: Reading) -> Iterator[Finding]:
    added = [file for file in _source(reading) if file.status == "added"]
    for file in _largest(added):
        yield from of_path(reading.phrases, file, "added_file")


def touched(reading: Reading) -> Iterator[Finding]:
    """The most changed file, for a pull request that shows nothing else."""
    for file in _largest([*_source(reading), *reading.pull.files[:MOST_FILES]]):
        yield from of_path(reading.phrases, file, "touched")


_BY_KIND: dict[str, tuple[_Finder, ...]] = {
    "revert": (_reverts,),
    "dependencies": (_requirements, _locked),
    "security": (_requirements, _tests),
    "lock": (_locked,),
    "move": (_moved,),
    "refactoring": (_moved, _removed),
    "encoding": (_recoded, _tests),
    "images": (_updated,),
    "binary": (_updated,),
    "ci": (_pipelines,),
    "documentation": (_removed, _moved, _sections),
    "removal": (_removed, _requirements),
}
_GENERAL: tuple[_Finder, ...] = (
    _options, _variables, _definitions, _tests, _requirements, _sections, _moved, _removed, _new_files, _pipelines,
)  # fmt: skip


def _largest(files: Sequence[ChangedFile]) -> list[ChangedFile]:
    return sorted(files, key=lambda file: -(file.additions + file.deletions))[:1]


def _source(reading: Reading) -> list[ChangedFile]:
    return [file for group in ("source", "scripts") for file in reading.grouped.get(group, [])[:MOST_FILES]]
