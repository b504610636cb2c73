"""A résumé as the input of RenderCV 2.3, which typesets it.

An entry may have members that RenderCV does not know: `evidence` is ours.
https://docs.rendercv.com/user_guide/structure_of_the_yaml_input_file/
"""

import re
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from functions.assets.exports.document import YAML, Rendered, filename
from functions.assets.exports.portfolio import ROLE, Achievement, Portfolio, Profile, Project
from functions.assets.exports.typst_words import header_words, words
from functions.assets.exports.words import day, merges
from shared.domain.text import normalise

_LABELS = {
    "extensive": "10 or more pull requests",
    "regular": "4 to 9 pull requests",
    "repeated": "2 or 3 pull requests",
    "once": "1 pull request",
}
_WIDTH = 120
_NUMBER = re.compile(r"[-+.]?[0-9.]")
_DESIGN = {
    "theme": "classic",
    "page": {"size": "a4", "show_last_updated_date": False},
    "text": {"alignment": "left"},
    "links": {"use_external_link_icon": False},
}
_PAGES = {"page_numbering_template": "PAGE_NUMBER / TOTAL_PAGES"}


def render(portfolio: Portfolio) -> Rendered:
    """The résumé as YAML."""
    cv = {**_header(portfolio.profile), "sections": _sections(portfolio)}
    content = _dumped({"cv": cv, "design": _DESIGN, "locale": _PAGES})
    return Rendered(YAML, filename(portfolio.profile, "rendercv.yaml"), content)


def _dumped(value: object) -> str:
    """YAML that 1.1 and 1.2 read alike: they have different words for numbers, so what may be one is quoted."""
    import yaml  # noqa: PLC0415  # 15 ms, for this output alone

    class Dumper(yaml.SafeDumper):
        """A dumper of our own: a representer stays with the class it is added to."""

    def text(dumper: yaml.SafeDumper, words: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", words, style='"' if _NUMBER.match(words) else None)

    Dumper.add_representer(str, text)
    return str(yaml.dump(value, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH))


def _header(profile: Profile) -> Mapping[str, str]:
    found = {"name": header_words(profile.name) or "Résumé", "location": header_words(profile.location)}
    return {name: value for name, value in {**found, "website": profile.url}.items() if value}


def _sections(portfolio: Portfolio) -> Mapping[str, list[Any]]:
    profile = portfolio.profile
    label = f"**{words(profile.label)}**" if profile.label else ""
    found: dict[str, list[Any]] = {
        "Profile": list(filter(None, (label, words(profile.summary)))),
        "Skills": _skills(portfolio),
        "Projects": [_project(each) for each in portfolio.projects],
    }
    return {title: entries for title, entries in found.items() if entries}


def _skills(portfolio: Portfolio) -> list[Mapping[str, str]]:
    """A line for each level: the skills and how many merged pull requests show them."""
    return [
        {"label": _LABELS[level], "details": ", ".join(f"{words(each.name)} ({each.count})" for each in found)}
        for level, found in groupby(portfolio.skills, key=lambda skill: skill.level)
    ]


def _project(project: Project) -> Mapping[str, Any]:
    name = words(project.name)
    return {
        "name": f"[{name}]({project.url})" if project.url else name,
        **_dates(project),
        "summary": f"{ROLE}, {merges(len(project.achievements))}",
        "highlights": [_highlight(each) for each in project.achievements],
        "evidence": [_evidence(each) for each in project.achievements],
    }


def _dates(project: Project) -> Mapping[str, str]:
    since, until = project.since.strftime("%Y-%m"), project.until.strftime("%Y-%m")
    return {"date": until} if since == until else {"start_date": since, "end_date": until}


def _highlight(achievement: Achievement) -> str:
    told = f"**{words(achievement.title)}**{achievement.gap}{words(achievement.outcome)}".rstrip()
    mark = f" **{achievement.reverted}**" if achievement.reverted else ""
    if achievement.proof is None:
        return f"{told}{mark}"
    return f"{told}{mark} ([#{achievement.proof.number}]({achievement.proof.url}))"


def _evidence(achievement: Achievement) -> Mapping[str, Any]:
    """What proves a highlight: as it stands, for RenderCV does not read it."""
    merged = {"merged": day(achievement.merged_at)}
    if achievement.proof is None:
        return {**merged, "withheld": "the repository is private"}
    proof = achievement.proof
    quotes = [{"quote": normalise(each.quote), "source": each.source, "ref": each.ref} for each in proof.quotes]
    return {**merged, "pull_request": proof.url, "commit": proof.commit_url, "quotes": quotes}
