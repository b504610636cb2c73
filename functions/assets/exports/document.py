"""An export as a file: what it is called, of which type it is, what stands in it."""

import re
import unicodedata
from dataclasses import dataclass

from functions.assets.exports.portfolio import Profile

MARKDOWN = "text/markdown"
HTML = "text/html"
RESUME = "application/resume+json"
"""JSON Resume's own type: plain `application/json` is what every caller accepts, and asks for no file."""
YAML = "application/yaml"
TYPES = {MARKDOWN: [MARKDOWN], HTML: [HTML], RESUME: [RESUME], YAML: [YAML, "application/x-yaml"]}
"""The names of each type: YAML had another one before RFC 9512."""

_LONGEST_NAME = 60
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Rendered:
    """The text of a file; `policy` is the Content-Security-Policy that lets a page have its own style."""

    content_type: str
    filename: str
    content: str
    policy: str = ""


def filename(profile: Profile, name: str) -> str:
    """`name` with the person's before it, in ASCII letters, digits and hyphens: no path, no header gets out of it."""
    ascii_name = unicodedata.normalize("NFKD", profile.name).encode("ascii", "ignore").decode().lower()
    plain = _NOT_PLAIN.sub("-", ascii_name)[:_LONGEST_NAME].strip("-")
    return f"{plain}-{name}" if plain else name
