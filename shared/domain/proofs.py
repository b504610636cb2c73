"""Proofs: which numbers, technologies and references do quotes, touched paths and a pull request's figures prove?"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from shared.domain.numbers import quantities
from shared.domain.pull_request import PullRequest
from shared.domain.quantity import Key, Quantity
from shared.domain.quotes import Passage
from shared.domain.references import Reference, references, same_commit
from shared.domain.technologies import Technology, WorkKind, from_path, lookup, named_in, work_kinds, work_words
from shared.domain.units import Unit, header_units

_DIFF = re.compile("diff-[0-9a-f]{64}")
_TELLING = 100
"""A figure from here on is recognised without its noun; smaller ones would prove any small number."""


@dataclass(frozen=True, slots=True)
class Proofs:
    """What has been proved: `figures` need the same unit, `offers` are of quotes and forgive a missing noun."""

    offers: frozenset[Key] = frozenset()
    figures: frozenset[Key] = frozenset()
    technologies: frozenset[Technology] = frozenset()
    work: frozenset[WorkKind] = frozenset()
    references: frozenset[tuple[str, str]] = frozenset()
    commits: frozenset[str] = frozenset()
    words: tuple[str, ...] = field(default=(), repr=False)
    places: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def all_of(cls, many: Iterable["Proofs"]) -> "Proofs":
        """What several prove together."""
        several = tuple(many)
        return cls(
            offers=frozenset().union(*(one.offers for one in several)),
            figures=frozenset().union(*(one.figures for one in several)),
            technologies=frozenset().union(*(one.technologies for one in several)),
            work=frozenset().union(*(one.work for one in several)),
            references=frozenset().union(*(one.references for one in several)),
            commits=frozenset().union(*(one.commits for one in several)),
            words=tuple(dict.fromkeys(words for one in several for words in one.words)),
            places=frozenset().union(*(one.places for one in several)),
        )

    def quantity(self, quantity: Quantity, sign: str = "") -> bool:
        """Whether a quantity is proved; `sign` is the character before it, which tells additions from deletions."""
        signed = {"+": "addition", "-": "deletion", "−": "deletion"}.get(sign)
        by_sign = signed is not None and not quantity.unit and (signed, quantity.value) in self.figures
        return by_sign or quantity.key in self.figures or not quantity.accepts().isdisjoint(self.offers)

    def reference(self, reference: Reference) -> bool:
        """Whether what a URL, address, issue, advisory or commit points at is proved."""
        if reference.kind == "sha":
            return any(same_commit(reference.key, commit) for commit in self.commits)
        page, _, anchor = reference.key.partition("#")
        key = page if _DIFF.fullmatch(anchor) else reference.key
        return (reference.kind, key) in self.references

    def place(self, word: str) -> bool:
        """Whether a word is the path, name or folder of a touched file, and looks like one."""
        if "/" not in word and not ("." in word and any(c.isalpha() for c in word)):
            return False
        return word in self.places or word.rstrip("/") + "/" in self.places

    def phrase(self, phrase: str) -> bool:
        """Whether the words stand in a quote, in any case."""
        wanted = " ".join(phrase.split()).lower()
        return any(c.isalnum() for c in wanted) and any(_stands_in(wanted, words) for words in self.words)

    def kind(self, work: WorkKind) -> bool:
        """Whether this kind of work follows from a path or is said in a quote."""
        return work in self.work or any(self.phrase(words) for words in work_words(work))


def of_passage(passage: Passage, repo: str) -> Proofs:
    """What a quote proves: nothing that it cuts in two, and a number with the unit behind it."""
    quote = passage.text[passage.start : passage.end]
    columns = header_units(quote)
    quoted = [found for found in quantities(passage.text) if _within(passage, found.start, found.number_end)]
    pointed = [found for found in references(passage.text, repo=repo) if _within(passage, found.start, found.end)]
    named = [found for found in named_in(passage.text) if _within(passage, found.start, found.end)]
    return Proofs(
        offers=frozenset(key for found in quoted for key in _offers(found, passage, columns)),
        technologies=frozenset(mention.technology for mention in named),
        references=frozenset((found.kind, found.key) for found in pointed),
        commits=frozenset(found.key for found in pointed if found.kind == "sha"),
        words=(" ".join(quote.split()).lower(),),
    )


def of_figures(pull: PullRequest) -> Proofs:
    """What the pull request proves by itself: its figures, its names, and what follows from the paths it touches."""
    paths = {path for file in pull.files for path in (file.path, file.previous_path) if path}
    repo = f"https://github.com/{pull.repo_full_name}".lower()
    own = (pull.head_sha, pull.base_sha, pull.merge_commit_sha, *(commit.sha for commit in pull.commits))
    commits = {sha.lower() for sha in own if sha}
    pages = (
        repo,
        f"{pull.url}/files".lower(),
        f"{pull.url}/commits".lower(),
        *(f"{repo}/commit/{sha}" for sha in commits),
    )
    names = (lookup(name) for name in ("Git", "GitHub", *pull.repo_full_name.split("/")))
    return Proofs(
        figures=frozenset(_figures(pull)),
        technologies=frozenset(one for path in paths for one in from_path(path)) | {one for one in names if one},
        work=frozenset(kind for path in paths for kind in work_kinds(path)),
        references=frozenset({("url", page) for page in pages} | {("url", "github.com"), _issue(pull)}),
        commits=frozenset(commits),
        places=frozenset(_places(paths)),
    )


def _issue(pull: PullRequest) -> tuple[str, str]:
    return "issue", f"{pull.repo_full_name}#{pull.number}".lower()


def _places(paths: Iterable[str]) -> Iterator[str]:
    """Each path, its file's name, and its folders with a slash at their end."""
    for path in paths:
        yield from (path, path.rpartition("/")[2])
        yield from (path[: slash.end()] for slash in re.finditer("/", path))


def _within(passage: Passage, start: int, end: int) -> bool:
    return passage.start <= start and end <= passage.end


def _offers(quantity: Quantity, passage: Passage, columns: Iterable[Unit]) -> Iterator[Key]:
    """What a quoted quantity proves; one without a unit may have that of a column of the quoted table."""
    yield from quantity.offers()
    if quantity.end > passage.end and isinstance(quantity.value, Fraction):
        yield from (found.key for found in quantities(passage.text[quantity.start : quantity.number_end]))
    if not quantity.unit and isinstance(quantity.value, Fraction):
        yield from ((unit.dimension, quantity.value * unit.factor) for unit in columns)


def _figures(pull: PullRequest) -> Iterator[Key]:
    lines, commits = pull.additions + pull.deletions, len(pull.commits)
    yield from (("line", Fraction(value)) for value in (pull.additions, pull.deletions, lines))
    yield from (("addition", Fraction(pull.additions)), ("deletion", Fraction(pull.deletions)))
    yield from (("file", Fraction(value)) for value in (pull.changed_files, *_counts_of_files(pull)))
    yield from (("commit", Fraction(value)) for value in (commits, sum(not commit.is_merge for commit in pull.commits)))
    yield "person", Fraction(len({pull.author.id} | {commit.author.id for commit in pull.commits if commit.author}))
    folders = {file.path.rpartition("/")[0] for file in pull.files}
    yield from (("folder", Fraction(len(some))) for some in (folders, {name.partition("/")[0] for name in folders}))
    kinds = {one for file in pull.files for one in from_path(file.path) if one.kind == "language"}
    yield "language", Fraction(len(kinds))
    day = pull.merged_at.strftime("%Y-%m-%d")
    yield from (("date", day), ("date", day[:7]), ("date", f"--{day[5:]}"), ("", Fraction(pull.merged_at.year)))
    totals = (pull.additions, pull.deletions, lines, pull.changed_files, commits)
    yield from (("", Fraction(value)) for value in totals if value >= _TELLING)


def _counts_of_files(pull: PullRequest) -> Iterator[int]:
    """How many files there are of each state, technology, kind of work and folder at the top."""
    yield len(pull.files)
    yield from Counter(file.status for file in pull.files).values()
    yield from Counter(file.path.partition("/")[0] for file in pull.files if "/" in file.path).values()
    yield from Counter(one for file in pull.files for one in from_path(file.path)).values()
    yield from Counter(kind for file in pull.files for kind in work_kinds(file.path)).values()


def _stands_in(words: str, text: str) -> bool:
    """Whether `words` stand in `text` with no letter of the Latin alphabet or digit glued to them."""
    start = text.find(words)
    while start >= 0:
        end = start + len(words)
        before, after = text[start - 1 : start] if start else "", text[end : end + 1]
        if not (_glues(before) and _glues(words[0])) and not (_glues(after) and _glues(words[-1])):
            return True
        start = text.find(words, end)
    return False


def _glues(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")
