"""A résumé as Markdown: skills with their counts, then each project's highlights and what proves them."""

from collections.abc import Iterable

from functions.assets.exports import markdown
from functions.assets.exports.document import MARKDOWN, Rendered, filename
from functions.assets.exports.evidence import said
from functions.assets.exports.portfolio import ROLE, Achievement, Portfolio, Project
from functions.assets.exports.words import day, period

_COUNTS = "The numbers count merged pull requests below."


def render(portfolio: Portfolio) -> Rendered:
    """The résumé as GitHub's Markdown."""
    blocks = markdown.head(portfolio.profile)
    if portfolio.skills:
        blocks += ["## Skills", ", ".join(map(markdown.skill, portfolio.skills)), _COUNTS]
    blocks.append("## Projects")
    for project in portfolio.projects:
        blocks += _project(project)
    return Rendered(MARKDOWN, filename(portfolio.profile, "resume.md"), markdown.page(blocks))


def _project(project: Project) -> Iterable[str]:
    yield f"### {markdown.link(markdown.text(project.name), project.url)}"
    yield f"{ROLE}, {period(project.since, project.until)}"
    yield "\n".join(map(_highlight, project.achievements))


def _highlight(achievement: Achievement) -> str:
    mark = f" **({achievement.reverted})**" if achievement.reverted else ""
    told = f"- **{markdown.text(achievement.title)}** {markdown.text(achievement.outcome)}".rstrip()
    return f"{told}{mark}\n  - {_proof(achievement)}"


def _proof(achievement: Achievement) -> str:
    if achievement.proof is None:
        return f"Merged {day(achievement.merged_at)}"
    pull, commit = markdown.proof_links(achievement.proof)
    told = markdown.text(said(achievement))
    return f"{pull}, merged {day(achievement.merged_at)} as {commit}" + (f"; {told}" if told else "")
