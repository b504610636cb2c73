"""Markdown of which every mark is ours: words show as they are, links lead to GitHub or to the person's own page.

https://github.github.com/gfm/: its addresses, e-mails and mentions become links without any mark, hence look-alikes.
"""

import re

from functions.assets.exports.portfolio import Profile, Proof, Skill
from functions.assets.exports.words import one_line
from shared.domain.inert import inert
from shared.domain.inert_markdown import literal, silent

_IN_TITLE = re.compile(r'([\\"&`$<>*_\[\]~|])')
_SLASHES = re.compile(r"//(?=[^\s/])")  # some make a link of `//host` too
_SHORT = 7


def text(words: str) -> str:
    """The words in one line, wherever in a paragraph they stand."""
    return literal(_SLASHES.sub("／／", silent(inert(one_line(words)))))


def link(label: str, url: str, title: str = "") -> str:
    """A link whose `label` is Markdown and whose `title` shows when it is pointed at; the label alone without `url`."""
    if not url:
        return label
    said = f' "{_IN_TITLE.sub(_escaped, one_line(title))}"' if title else ""
    return f"[{label}]({url}{said})"


def proof_links(proof: Proof, title: str = "") -> tuple[str, str]:
    """The pull request and the commit that it was merged as."""
    return link(f"#{proof.number}", proof.url, title), link(f"`{proof.commit[:_SHORT]}`", proof.commit_url)


def head(profile: Profile) -> list[str]:
    """Who it is about; nothing where nothing is said."""
    page = link(text(profile.url.removeprefix("https://").rstrip("/")), profile.url) if profile.url else ""
    label = f"**{text(profile.label)}**" if profile.label else ""
    under = " · ".join(filter(None, (label, text(profile.location), page)))
    lines = [f"# {text(profile.name)}" if profile.name else "", under, text(profile.summary)]
    return [line for line in lines if line]


def skill(found: Skill) -> str:
    """A skill and how many merged pull requests show it."""
    return f"**{text(found.name)}** ({found.count})"


def page(blocks: list[str]) -> str:
    """The blocks with a blank line between them."""
    return "\n\n".join(blocks) + "\n"


def _escaped(match: re.Match[str]) -> str:
    return f"\\{match[1]}"
