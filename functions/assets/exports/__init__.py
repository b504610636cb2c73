"""A person's cards as documents for others: pure functions from a portfolio to the text of a file.

    portfolio = compile_portfolio(cards, profile=profile, hidden=frozenset(), reversals=())
    rendered = RENDERERS["resume", "html"](portfolio)

Every renderer escapes for its own format; the same portfolio gives the same bytes.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from functions.assets.exports import readme, rendercv, resume_html, resume_json, resume_markdown
from functions.assets.exports.document import Rendered
from functions.assets.exports.portfolio import Portfolio, Profile, compile_portfolio

Format = Literal["readme", "resume"]
Output = Literal["json", "markdown", "html", "rendercv"]

RENDERERS: Mapping[tuple[Format, Output], Callable[[Portfolio], Rendered]] = {
    ("readme", "markdown"): readme.render,
    ("resume", "json"): resume_json.render,
    ("resume", "markdown"): resume_markdown.render,
    ("resume", "html"): resume_html.render,
    ("resume", "rendercv"): rendercv.render,
}
DEFAULT_OUTPUTS: Mapping[Format, Output] = {"readme": "markdown", "resume": "json"}

__all__ = ["DEFAULT_OUTPUTS", "RENDERERS", "Format", "Output", "Portfolio", "Profile", "Rendered", "compile_portfolio"]
