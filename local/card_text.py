"""A card as text for a terminal: everything it says and what proves it."""

import textwrap
from collections.abc import Mapping
from typing import Any

_WIDTH = 100


def render(card: Mapping[str, Any]) -> str:
    """The card's words, flags and evidence, a claim a paragraph."""
    flags = ", ".join(card["flags"]) or "none"
    writer = card["generatedBy"]["provider"]
    lines = [
        f"{card['title']}",
        f"  {card['repoFullName']}#{card['prNumber']} · {card['status']} · flags: {flags} · by the {writer} writer",
        "",
        *_wrapped(card["description"]),
        *_wrapped(f"Impact: {card['impact'] or 'not measured in the pull request'}"),
        *_wrapped(f"Skills: {', '.join(card['skills'])}"),
    ]
    for claim in card["claims"]:
        lines += ["", *_wrapped(f"• {claim['text']}")]
        for proof in claim["evidence"]:
            lines += _wrapped(f"{proof['source']}: “{proof['quote']}”", indent="      ")
    return "\n".join(lines)


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False) or [""]
