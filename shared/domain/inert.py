"""Words that do nothing wherever they are shown: no tag, image, link or script of theirs works in HTML or Markdown.

A writer's words come from strangers. Exports escape as well; this is for every other place a card is pasted into.
"""

import re

from shared.domain.asset_card import CardText

_TAG = re.compile(r"<([A-Za-z/!?][^<>]*)>")
_OPEN_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_IMAGE = re.compile(r"!\[")
_LINK = re.compile(r"\]([(\[:])")
_FENCE = re.compile(r"`{3,}|~{3,}")
_SCRIPT = re.compile(r"\b(javascript|vbscript|data)\s*:(?=\S)", re.IGNORECASE)


def inert(words: str) -> str:
    """`words` with what would be markup turned into look-alikes: `<b>` becomes `‹b›`, `](` becomes `] (`."""
    words = _OPEN_TAG.sub("‹", _TAG.sub(r"‹\1›", words))
    words = _LINK.sub(r"] \1", _IMAGE.sub("[", words))
    return _SCRIPT.sub(r"\1：", _FENCE.sub("'", words))


def inert_card(text: CardText) -> CardText:
    """A card whose words are inert; its quotes stay as they stand, they are evidence."""
    claims = (claim.model_copy(update={"text": inert(claim.text)}) for claim in text.claims)
    return text.model_copy(
        update={
            "title": inert(text.title),
            "description": inert(text.description),
            "impact": inert(text.impact),
            "skills": tuple(map(inert, text.skills)),
            "claims": tuple(claims),
        }
    )
