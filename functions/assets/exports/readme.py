"""A section for a profile's README: by repository and year, newest first, a line or two for each pull request."""

from collections.abc import Iterable
from itertools import groupby

from functions.assets.exports import markdown
from functions.assets.exports.document import MARKDOWN, Rendered, filename
from functions.assets.exports.evidence import all_quotes
from functions.assets.exports.portfolio import Achievement, Portfolio, Project
from functions.assets.exports.words import day
from shared.domain.inert_markdown import code

_HEADING = "## Selected work"


def render(portfolio: Portfolio) -> Rendered:
    """The section as GitHub's Markdown."""
    blocks = [*markdown.head(portfolio.profile), _HEADING]
    for project in portfolio.projects:
        blocks += _project(project)
    return Rendered(MARKDOWN, filename(portfolio.profile, "readme.md"), markdown.page(blocks))


def _project(project: Project) -> Iterable[str]:
    heading = f"### {markdown.link(markdown.text(project.name), project.url)}"
    years = groupby(project.achievements, key=lambda each: each.merged_at.year)
    items = {year: "\n".join(map(_entry, found)) for year, found in years}
    if len(items) == 1:  # most are short: a heading less
        ((year, text),) = items.items()
        return [f"{heading} · {year}", text]
    return [heading, *(part for year, text in items.items() for part in (f"#### {year}", text))]


def _entry(achievement: Achievement) -> str:
    """An item of a list: what was achieved, below it the skills and where it can be looked up."""
    said = f"- **{markdown.text(achievement.title)}** {markdown.text(achievement.outcome)}".rstrip()
    skills = " ".join(filter(None, map(code, achievement.skills)))
    below = [skills, f"merged {day(achievement.merged_at)}"]
    if achievement.proof:
        pull, commit = markdown.proof_links(achievement.proof, all_quotes(achievement))
        below[1] = f"{pull} merged {day(achievement.merged_at)} as {commit}"
    mark = f"**{achievement.reverted}**" if achievement.reverted else ""
    return f"{said}\\\n  {' · '.join(filter(None, (*below, mark)))}"
