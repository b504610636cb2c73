"""A résumé as one page of HTML: nothing is loaded, nothing runs, and it prints well."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template

from functions.assets.exports.document import HTML, Rendered, filename
from functions.assets.exports.evidence import said
from functions.assets.exports.portfolio import ROLE, Portfolio
from functions.assets.exports.words import day, merges, one_line, period
from shared.domain.text import language

_HERE = Path(__file__).parent
_SHORT = 7


def render(portfolio: Portfolio) -> Rendered:
    """The résumé as a page; its policy allows its own style, by its hash, and nothing else."""
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    page = _template().render(portfolio=portfolio, style=style, policy=policy, language=_language_of(portfolio))
    return Rendered(HTML, filename(portfolio.profile, "resume.html"), page + "\n", f"{policy}; frame-ancestors 'none'")


def _language_of(portfolio: Portfolio) -> str:
    """The language that most of it is in."""
    return language(" ".join(each.statement for project in portfolio.projects for each in project.achievements))


@cache
def _style() -> str:
    return (_HERE / "resume.css").read_text("utf-8").strip()


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"day": day, "line": one_line, "said": said, "lang": language, "merges": merges}
    environment.globals |= {"period": period, "role": ROLE, "short": _SHORT}
    return environment.from_string((_HERE / "resume.html").read_text("utf-8"))
