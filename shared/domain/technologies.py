"""Technologies: which languages, tools and kinds of work does a path show, and which does a text name?

The table is data, `technologies.json`. How a technology is written decides how it is found: `aliases` in any case,
`exact` as written, `cued` as written and beside something that tells it from the English word (Go, C, Make, Express).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from shared.domain.path_rules import PathRules

Kind = Literal["language", "framework", "library", "tool", "platform", "practice"]
_Writing = Literal["aliases", "exact", "cued"]
_WRITINGS: tuple[_Writing, ...] = ("aliases", "exact", "cued")
_T = TypeVar("_T")

_RUN = re.compile(r"[A-Za-z0-9]++")
_AFTER_HYPHEN = (
    "aware backed based compatible driven first flavored flavoured friendly generated hosted like native only powered "
    "ready related side specific style written"
)
_JOINED = frozenset(_AFTER_HYPHEN.split())
_GAP = r"(?:[ \t\u00a0]{1,3}|[ \t]{0,2}\r?\n[ \t]{0,4})"
_CUE_BEFORE = re.compile(
    rf"""(?:(?<![A-Za-z])(?:for|from|in|into|modern|plain|pure|use|uses|using|via|with|written){_GAP}
        |(?<![A-Za-z])(?:chang|convert|mov|migrat|port|rewrit|rewrot|switch|translat|upgrad)[^.!?\n]{{0,50}}[ ]to{_GAP}
        |[\u3041-\u30ff\u3400-\u9fff][ ]?)\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_CUE_AFTER = re.compile(
    rf"""{_GAP}(?:v?\d+\.\d|v?\d+(?=[.,;:!?)\]"'”’。、！？」』]|[ \t\u00a0]*(?:[\r\n]|\Z))
        |(?:api|apis|app|application|applications|apps|backend|binding|bindings|boot|client|code|codebase|compiler
           |component|components|developer|developers|development|extension|extensions|formatter|formatting|framework|generics
           |handler|handlers|implementation|language|library|linter|middleware|module|modules|package|packages|plugin
           |plugins|program|programming|programs|project|projects|rewrite|route|router|routes|routine|routines|runtime|script
           |scripts|sdk|server|servers|service|services|source|standard|stylesheet|stylesheets|syntax|target|targets
           |template|templates|test|tests|toolchain|version)(?![A-Za-z]))
        |[ ]?[\u3041-\u30ff\u3400-\u9fff]""",
    re.VERBOSE | re.IGNORECASE,
)
_LIST = re.compile(rf"{_GAP}?(?:,|/|&|\+|and|or|、|・|と|や){_GAP}?")
_LONGEST_CUE = 80


@dataclass(frozen=True, slots=True)
class Technology:
    """A language, framework, library, tool, platform or practice under its usual name."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class WorkKind:
    """A kind of work, such as tests or documentation, with its names for display."""

    code: str
    en: str
    ja: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A technology that `text` names from `start` to `end`."""

    technology: Technology
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Spelling:
    technology: Technology
    words: str
    writing: _Writing
    lead: int

    def found(self, text: str, run_start: int) -> str | None:
        """The words of `text` that are this spelling when its first run of letters begins at `run_start`."""
        start = run_start - self.lead
        if start < 0:
            return None
        if " " in self.words:
            match = _spaced(self.words, self.writing).match(text, start)
            return match[0] if match else None
        surface = text[start : start + len(self.words)]
        same = surface == self.words or (self.writing == "aliases" and surface.lower() == self.words.lower())
        return surface if same else None


@dataclass(frozen=True, slots=True)
class _Table:
    technologies: tuple[Technology, ...]
    work: tuple[WorkKind, ...]
    spellings: Mapping[str, list[_Spelling]]
    names: Mapping[str, Technology]
    work_names: Mapping[str, WorkKind]
    work_words: Mapping[WorkKind, tuple[str, ...]]
    technology_paths: PathRules[Technology]
    work_paths: PathRules[WorkKind]


def technologies() -> tuple[Technology, ...]:
    """Every technology of the table."""
    return _table().technologies


def all_work() -> tuple[WorkKind, ...]:
    """Every kind of work of the table."""
    return _table().work


def from_path(path: str) -> tuple[Technology, ...]:
    """The technologies that a file's path alone shows: Python for `a/b.py`, none for what several could use."""
    return _table().technology_paths.follow(path)


def work_kinds(path: str) -> tuple[WorkKind, ...]:
    """The kinds of work that a change of this file is: tests for `tests/test_a.py`, documentation for `README.md`."""
    return _table().work_paths.follow(path)


def lookup(name: str) -> Technology | None:
    """The technology with this name or alias, in any case, or None."""
    return _table().names.get(_folded(name))


def lookup_work(name: str) -> WorkKind | None:
    """The kind of work with this code, display name or alias, in any case, or None."""
    return _table().work_names.get(_folded(name))


def work_words(kind: WorkKind) -> tuple[str, ...]:
    """The words that say this kind of work in a text."""
    return _table().work_words[kind]


def named_in(text: str) -> tuple[Mention, ...]:
    """The technologies that `text` names, in their order; inside Japanese no spaces are needed around them."""
    found: list[tuple[Mention, bool]] = []
    end = 0
    for run in _RUN.finditer(text):
        spelled = _spelled(text, run) if run.start() >= end else None
        if spelled:
            found.append(spelled)
            end = spelled[0].end
    sure = _in_lists(text, _in_lists(text, found), backwards=True)
    return tuple(mention for mention, is_sure in sure if is_sure)


def _spelled(text: str, run: re.Match[str]) -> tuple[Mention, bool] | None:
    """The longest spelling that begins with this run of letters, and whether it is surely meant."""
    for spelling in _table().spellings.get(run[0].lower(), ()):
        words = spelling.found(text, run.start())
        start = run.start() - spelling.lead
        if words is None or not _stands_alone(text, start, start + len(words)):
            continue
        mention = Mention(spelling.technology, words, start, start + len(words))
        return mention, spelling.writing != "cued" or _is_cued(text, mention)
    return None


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    if before and ((before.isascii() and before.isalnum()) or before in "_@-.\\#"):
        return False
    if after == "-":
        joined = _RUN.match(text, end + 1)
        return joined is None or joined[0].lower() in _JOINED
    return not after or not ((after.isascii() and after.isalnum()) or after in "_+#")


def _is_cued(text: str, mention: Mention) -> bool:
    before = text[max(0, mention.start - _LONGEST_CUE) : mention.start]
    after = text[mention.end : mention.end + _LONGEST_CUE]
    return bool(_CUE_BEFORE.search(before) or _CUE_AFTER.match(after) or after.startswith("-"))


def _in_lists(text: str, found: list[tuple[Mention, bool]], *, backwards: bool = False) -> list[tuple[Mention, bool]]:
    """`found`, where a name that follows (or precedes) a sure one in a list is sure too: "Python, Go and R"."""
    step = -1 if backwards else 1
    result: list[tuple[Mention, bool]] = []
    for mention, is_sure in found[::step]:
        last = result[-1] if result else None
        if last and last[1] and not is_sure:
            first, second = sorted((last[0], mention), key=lambda one: one.start)
            is_sure = _LIST.fullmatch(text[first.end : min(second.start, first.end + 12)]) is not None  # noqa: PLW2901
        result.append((mention, is_sure))
    return result[::step]


@cache
def _spaced(words: str, writing: _Writing) -> re.Pattern[str]:
    """A spelling of several words, which may stand on two lines."""
    flags = re.IGNORECASE | re.ASCII if writing == "aliases" else re.ASCII
    return re.compile(r"[ \t]{0,2}(?:[ \t]|\r?\n)[ \t]{0,4}".join(map(re.escape, words.split())), flags)


def _folded(name: str) -> str:
    return " ".join(name.split()).lower()


@cache
def _table() -> _Table:
    """The table, read once for each process."""
    raw = json.loads(Path(__file__).with_name("technologies.json").read_text(encoding="utf-8"))
    entries = [(Technology(entry["name"], entry["kind"]), entry) for entry in raw["technologies"]]
    work = [(WorkKind(entry["code"], entry["en"], entry["ja"]), entry) for entry in raw["work"]]
    spellings: dict[str, list[_Spelling]] = {}
    for spelling in (spelling for technology, entry in entries for spelling in _spellings(technology, entry)):
        run = _RUN.search(spelling.words)
        spellings.setdefault(run[0].lower() if run else "", []).append(spelling)
    for candidates in spellings.values():
        candidates.sort(key=lambda spelling: -len(spelling.words))
    return _Table(
        technologies=tuple(technology for technology, _ in entries),
        work=tuple(kind for kind, _ in work),
        spellings=spellings,
        names={_folded(one.words): one.technology for candidates in spellings.values() for one in candidates},
        work_names={_folded(words): kind for kind, entry in work for words in (kind.code, *_work_words(kind, entry))},
        work_words={kind: _work_words(kind, entry) for kind, entry in work},
        technology_paths=_paths(entries),
        work_paths=_paths(work),
    )


def _spellings(technology: Technology, entry: Mapping[str, Any]) -> Iterator[_Spelling]:
    for writing in _WRITINGS:
        for words in entry.get(writing, ()):
            run = _RUN.search(words)
            yield _Spelling(technology, words, writing, run.start() if run else 0)


def _work_words(kind: WorkKind, entry: Mapping[str, Any]) -> tuple[str, ...]:
    return (kind.en, kind.ja, *entry["aliases"])


def _paths(entries: Iterable[tuple[_T, Mapping[str, Any]]]) -> PathRules[_T]:
    paths: PathRules[_T] = PathRules()
    for item, entry in entries:
        for pattern in entry.get("paths", ()):
            paths.add(pattern, item)
    return paths
