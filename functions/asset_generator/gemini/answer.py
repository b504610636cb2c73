"""What is taken from the model's answer: text fields of the card, cleaned and clamped, and nothing else."""

from collections.abc import Mapping
from typing import Any

from shared.domain.asset_card import CardText, Claim, Evidence, Source
from shared.domain.grounding import evidence
from shared.domain.model_answer import items, parsed, string, words
from shared.domain.pull_request import PullRequest
from shared.domain.redaction import MARKER
from shared.domain.text import normalise

_TITLE, _DESCRIPTION, _IMPACT, _CLAIM, _QUOTE, _SKILL = 120, 600, 300, 240, 300, 60
_REF = 4_096  # as long as a path may be
_MOST_CLAIMS, _MOST_EVIDENCE, _MOST_SKILLS = 6, 3, 8
_SOURCES: Mapping[str, Source] = {"title": "title", "body": "body", "commit": "commit", "file": "file"}
_TEXT = {"type": "string"}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["title", "description", "impact", "skills", "claims"],
    "properties": {
        "title": _TEXT,
        "description": _TEXT,
        "impact": _TEXT,
        "skills": {"type": "array", "maxItems": _MOST_SKILLS, "items": _TEXT},
        "claims": {
            "type": "array",
            "minItems": 1,
            "maxItems": _MOST_CLAIMS,
            "items": {
                "type": "object",
                "required": ["text", "evidence"],
                "properties": {
                    "text": _TEXT,
                    "evidence": {
                        "type": "array",
                        "maxItems": _MOST_EVIDENCE,
                        "items": {
                            "type": "object",
                            "required": ["source", "ref", "quote"],
                            "properties": {
                                "source": {"type": "string", "enum": list(_SOURCES)},
                                "ref": _TEXT,
                                "quote": _TEXT,
                            },
                        },
                    },
                },
            },
        },
    },
}


def read(answer: str, pull: PullRequest) -> CardText | None:
    """The card's words, or None for an answer that is no card: not JSON, the wrong types, nothing said or claimed."""
    said = parsed(answer)
    if said is None:
        return None
    title, description = words(said.get("title"), _TITLE), words(said.get("description"), _DESCRIPTION)
    claims = tuple(filter(None, (_claim(each, pull) for each in items(said, "claims", _MOST_CLAIMS))))
    if not (title and description and claims):
        return None
    skills = filter(None, (words(each, _SKILL) for each in items(said, "skills", _MOST_SKILLS)))
    return CardText(
        title=title,
        description=description,
        impact=words(said.get("impact"), _IMPACT),
        skills=tuple(dict.fromkeys(skills)),
        claims=claims,
    )


def _claim(said: object, pull: PullRequest) -> Claim | None:
    if not isinstance(said, dict) or not (text := words(said.get("text"), _CLAIM)):
        return None
    proofs = (_evidence(each, pull) for each in items(said, "evidence", _MOST_EVIDENCE))
    return Claim(text=text, evidence=tuple(filter(None, proofs)))


def _evidence(said: object, pull: PullRequest) -> Evidence | None:
    """A place and a quote; whether the quote stands there is grounding's question."""
    if not isinstance(said, dict):
        return None
    source, ref, quote = (string(said.get(name)) for name in ("source", "ref", "quote"))
    quote = normalise(quote).strip()
    if source not in _SOURCES or not quote or len(quote) > _QUOTE or MARKER in quote:
        return None
    if len(ref) > _REF or normalise(ref) != ref:
        return None
    return evidence(pull, _SOURCES[source], ref, quote)
