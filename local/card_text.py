"""A card as text for a terminal: everything it says and what proves it."""

from collections.abc import Mapping
from typing import Any

from local.table import one_line, wrap

_WIDTH = 100


def render(card: Mapping[str, Any]) -> str:
    """The card's words, flags and evidence, a claim a paragraph."""
    flags = ", ".join(card["flags"]) or "none"
    writer = card["generatedBy"]["provider"]
    lines = [
        one_line(card["title"]),
        f"  {card['repoFullName']}#{card['prNumber']} · {card['status']} · flags: {flags} · by the {writer} writer",
        "",
        *_wrapped(card["description"]),
        *_wrapped(f"Impact: {card['impact'] or 'not measured in the pull request'}"),
        *_wrapped(f"Skills: {', '.join(card['skills']) or 'none named'}"),
    ]
    for claim in card["claims"]:
        lines += ["", *_wrapped(f"• {claim['text']}")]
        for proof in claim["evidence"]:
            lines += _wrapped(f"{proof['source']}: “{proof['quote']}”", indent="      ")
    return "\n".join(lines)


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return [indent + line for line in wrap(text, _WIDTH - len(indent))]
