"""What is exported, before it has a form: cards by repository, their skills counted, what was reverted marked."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from functions.assets.exports.private import without_name
from functions.assets.exports.words import WIDE_ENDS, ended, one_line, outcome
from shared.domain.asset_card import AssetCard, Flag, Source, Status
from shared.domain.reversal import Reversal, names, standing

ROLE = "Contributor"
LEVELS = ((10, "extensive"), (4, "regular"), (2, "repeated"), (1, "once"))
"""From how many merged pull requests on a skill is called so: a count, not a judgement."""
_PRIVATE = "Private repository"


@dataclass(frozen=True)
class Profile:
    """Who it is about, in their own words; everything may be empty."""

    name: str = ""
    label: str = ""
    summary: str = ""
    url: str = ""
    location: str = ""


@dataclass(frozen=True)
class Quote:
    """A place in the pull request, verbatim, and the claim that it proves; `url` is empty where it is not GitHub's."""

    claim: str
    source: Source
    ref: str
    quote: str
    url: str


@dataclass(frozen=True)
class Proof:
    """Where an achievement can be looked up."""

    number: int
    url: str
    commit: str
    commit_url: str
    quotes: tuple[Quote, ...]
    flags: tuple[Flag, ...]
    status: Status


@dataclass(frozen=True)
class Achievement:
    """A card; `proof` is None where its repository is private and not to be named."""

    title: str
    outcome: str
    skills: tuple[str, ...]
    merged_at: datetime
    proof: Proof | None
    reverted: str = ""

    @property
    def gap(self) -> str:
        """What stands between title and outcome: nothing after a mark that is as wide as a blank already."""
        return "" if self.title.endswith(WIDE_ENDS) else " "

    @property
    def statement(self) -> str:
        """Title and outcome as running text."""
        return f"{self.title}{self.gap}{self.outcome}".strip()


@dataclass(frozen=True)
class Project:
    """A repository and what was achieved there, newest first; `url` is empty where it is not to be named."""

    name: str
    url: str
    achievements: tuple[Achievement, ...]

    @property
    def since(self) -> datetime:
        """The first merge."""
        return self.achievements[-1].merged_at

    @property
    def until(self) -> datetime:
        """The last one."""
        return self.achievements[0].merged_at

    @property
    def skills(self) -> tuple[str, ...]:
        """What it shows, in the order of the cards."""
        found: dict[str, str] = {}
        for each in self.achievements:
            for skill in each.skills:
                found.setdefault(skill.casefold(), skill)
        return tuple(found.values())


@dataclass(frozen=True)
class Skill:
    """A skill and how many of the exported pull requests name it; those that were reverted do not count."""

    name: str
    count: int

    @property
    def level(self) -> str:
        """How often, in a word."""
        return next(word for least, word in LEVELS if self.count >= least)


@dataclass(frozen=True)
class Portfolio:
    """Everything that an export says; `last_modified` is the newest change of a card."""

    profile: Profile
    projects: tuple[Project, ...]
    skills: tuple[Skill, ...]
    last_modified: datetime


def compile_portfolio(
    cards: Iterable[AssetCard], *, profile: Profile, hidden: frozenset[int], reversals: Iterable[Reversal]
) -> Portfolio:
    """The portfolio of these cards, in whatever order they come; repositories in `hidden` are not named."""
    reverts = standing(reversals)
    by_repository: dict[int, list[AssetCard]] = defaultdict(list)
    ordered = sorted(cards, key=attrgetter("merged_at", "pr_number", "asset_card_id"), reverse=True)
    for card in ordered:
        by_repository[card.repository_id].append(card)
    aliases = _aliases([number for number in by_repository if number in hidden])
    projects = tuple(_project(found, reverts, aliases.get(number)) for number, found in by_repository.items())
    achievements = [each for project in projects for each in project.achievements]
    return Portfolio(
        profile=profile,
        projects=projects,
        skills=_skills(each for each in achievements if not each.reverted),
        last_modified=max(card.updated_at for card in ordered),
    )


def _aliases(repositories: Sequence[int]) -> dict[int, str]:
    """What private repositories are called; numbered where there are several."""
    if len(repositories) == 1:
        return {repositories[0]: _PRIVATE}
    return {repository: f"{_PRIVATE} {number}" for number, repository in enumerate(repositories, 1)}


def _project(cards: Sequence[AssetCard], reverts: Sequence[Reversal], alias: str | None) -> Project:
    name = cards[0].repo_full_name
    achievements = tuple(_achievement(card, reverts, is_hidden=alias is not None) for card in cards)
    return Project(alias or one_line(name), "" if alias else f"https://github.com/{name}", achievements)


def _achievement(card: AssetCard, reverts: Sequence[Reversal], *, is_hidden: bool) -> Achievement:
    merge = names(card.repository_id, card.pr_number, card.merge_commit_sha)
    revert = next((each for each in reverts if each.undoes(merge, card.merged_at)), None)
    title, told = one_line(card.title), outcome(card.impact, card.description)
    skills = tuple(filter(None, map(one_line, card.skills)))
    mark = "" if revert is None else f"reverted by #{revert.number}"
    if is_hidden:
        title, told = without_name(title, card.repo_full_name), without_name(told, card.repo_full_name)
        skills = tuple(each for each in skills if without_name(each, card.repo_full_name) == each)
        mark = mark and "reverted later"
    proof = None if is_hidden else _proof(card)
    return Achievement(ended(title or "Pull request"), told, skills, card.merged_at, proof, mark)


def _proof(card: AssetCard) -> Proof:
    home = f"https://github.com/{card.repo_full_name}"
    quotes = [
        Quote(one_line(claim.text), each.source, one_line(each.ref), each.quote, _within(home, each.url))
        for claim in card.claims
        for each in claim.evidence
    ]
    return Proof(
        number=card.pr_number,
        url=f"{home}/pull/{card.pr_number}",
        commit=card.merge_commit_sha,
        commit_url=f"{home}/commit/{card.merge_commit_sha}",
        quotes=tuple(quotes),
        flags=card.flags,
        status=card.status,
    )


def _within(home: str, url: str) -> str:
    """The address if it is of the card's own repository: no other one leaves in an export."""
    is_plain = url.isascii() and not any(character in url for character in " \"'<>()[]{}\\^`|")
    return url if url.startswith(f"{home}/") and is_plain and url.isprintable() else ""


def _skills(achievements: Iterable[Achievement]) -> tuple[Skill, ...]:
    """Every skill with its count, the most frequent first; the newest card decides how one is spelled."""
    spelling: dict[str, str] = {}
    counts: dict[str, int] = defaultdict(int)
    for each in achievements:
        for skill in each.skills:
            spelling.setdefault(skill.casefold(), skill)
        for key in {skill.casefold() for skill in each.skills}:
            counts[key] += 1
    ordered = sorted(counts, key=lambda key: (-counts[key], key))
    return tuple(Skill(spelling[key], counts[key]) for key in ordered)
