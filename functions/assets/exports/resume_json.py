"""A résumé as JSON Resume 1.3.1, each project with the evidence of its highlights beside them.

https://jsonresume.org/schema: a project may have members of other programs' own; ours are `evidence` and, in `meta`,
`worklog`. Themes show words as Markdown or HTML, so they are inert; quotes stay as they stand.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from functions.assets.exports.document import RESUME, Rendered, filename
from functions.assets.exports.portfolio import LEVELS, ROLE, Achievement, Portfolio, Profile, Project, Proof, Skill
from functions.assets.exports.words import merges, one_line
from shared.domain.inert import inert
from shared.domain.text import normalise

_LEVELS = (
    "Levels follow from how many merged pull requests of this export name the skill: {}; reverted ones do not count"
)
_EVIDENCE = "projects[].evidence[] proves projects[].highlights[] of the same index"


def render(portfolio: Portfolio) -> Rendered:
    """The résumé as JSON, its members in a fixed order."""
    resume = {
        "basics": _basics(portfolio.profile),
        "skills": [_skill(each) for each in portfolio.skills],
        "projects": [_project(each) for each in portfolio.projects],
        "meta": _meta(portfolio),
    }
    content = json.dumps(resume, ensure_ascii=False, indent=2) + "\n"
    return Rendered(RESUME, filename(portfolio.profile, "resume.json"), content)


def _basics(profile: Profile) -> Mapping[str, Any]:
    found: dict[str, Any] = {"name": _words(profile.name), "label": _words(profile.label)}
    found |= {"url": profile.url, "summary": _words(profile.summary)}
    if profile.location:
        found["location"] = {"city": _words(profile.location)}
    return {name: value for name, value in found.items() if value}


def _skill(skill: Skill) -> Mapping[str, Any]:
    return {"name": _words(skill.name), "level": f"{skill.level} ({merges(skill.count)})"}


def _project(project: Project) -> Mapping[str, Any]:
    found: dict[str, Any] = {
        "name": _words(project.name),
        "description": merges(len(project.achievements)),
        "highlights": [_highlight(each) for each in project.achievements],
        "keywords": [_words(each) for each in project.skills],
        "startDate": project.since.date().isoformat(),
        "endDate": project.until.date().isoformat(),
        "roles": [ROLE],
    }
    if project.url:
        found["url"] = project.url
    return {**found, "evidence": [_evidence(each) for each in project.achievements]}


def _highlight(achievement: Achievement) -> str:
    mark = f" ({achievement.reverted})" if achievement.reverted else ""
    return f"{_words(achievement.statement)}{mark}"


def _evidence(achievement: Achievement) -> Mapping[str, Any]:
    found: dict[str, Any] = {"mergedAt": achievement.merged_at.date().isoformat()}
    if achievement.reverted:
        found["reverted"] = achievement.reverted
    if achievement.proof is None:
        return {**found, "withheld": "the repository is private"}
    return {**found, **_proof(achievement.proof)}


def _proof(proof: Proof) -> Mapping[str, Any]:
    return {
        "pullRequest": {"number": proof.number, "url": proof.url},
        "mergeCommit": {"sha": proof.commit, "url": proof.commit_url},
        "quotes": list(_quotes(proof)),
        "flags": list(proof.flags),
        "wordsBy": "person" if proof.status == "edited" else "writer",
    }


def _quotes(proof: Proof) -> Iterable[Mapping[str, str]]:
    for each in proof.quotes:
        place = {"source": each.source, "ref": each.ref, "quote": normalise(each.quote)}
        yield {"claim": _words(each.claim), **place, **({"url": each.url} if each.url else {})}


def _meta(portfolio: Portfolio) -> Mapping[str, Any]:
    levels = ", ".join(f"{word} from {least} on" for least, word in reversed(LEVELS))
    return {
        "lastModified": portfolio.last_modified.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "worklog": {"skillLevels": _LEVELS.format(levels), "evidence": _EVIDENCE},
    }


def _words(text: str) -> str:
    return inert(one_line(text))
