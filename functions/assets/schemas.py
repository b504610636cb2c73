"""What the assets' endpoints take and answer."""

import unicodedata
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from shared.domain.asset_card import AssetCard, Flag, Source, Status
from shared.domain.text import normalise
from shared.store.store import Revision
from shared.web.paging import PageQuery
from shared.web.typed import MAY_BE_ABSENT, Shown, Strict

_LONGEST_TITLE, _LONGEST_DESCRIPTION, _LONGEST_IMPACT, _LONGEST_SKILL = 200, 4000, 2000, 60
_MOST_SKILLS = 30
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols that are drawn as nothing


def _cleaned(text: str) -> str:
    """The text without invisible and control characters; they have no place in a card or a terminal."""
    return normalise(text).strip()


def said(text: str) -> str:
    """The text cleaned; raises ValueError where nothing of it can be seen."""
    cleaned = _cleaned(text)
    if not any(unicodedata.category(each)[0] in "LNPS" and each not in _BLANKS for each in cleaned):
        raise ValueError("has no visible character")
    return cleaned


def line(text: str) -> str:
    """What is said, on one line."""
    return " ".join(said(text).split())


_Skill = Annotated[str, Field(max_length=_LONGEST_SKILL), AfterValidator(line)]


class EditedCard(Strict):
    """The owner's own words for some of a card's fields; what is left out stays, an empty impact is none."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    title: Annotated[str, Field(max_length=_LONGEST_TITLE), AfterValidator(line), MAY_BE_ABSENT] = ""
    description: Annotated[str, Field(max_length=_LONGEST_DESCRIPTION), AfterValidator(said), MAY_BE_ABSENT] = ""
    impact: Annotated[str, Field(max_length=_LONGEST_IMPACT), AfterValidator(_cleaned), MAY_BE_ABSENT] = ""
    skills: Annotated[list[_Skill], Field(max_length=_MOST_SKILLS)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> "EditedCard":
        if not self.changes():
            raise ValueError("name at least one field to change")
        return self

    def changes(self) -> dict[str, object]:
        """The fields to change, under the names that a card has."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


class CardQuery(PageQuery):
    """Which page of the cards, of which repository, with which skill."""

    repo_full_name: Annotated[
        str,
        Field(min_length=1, max_length=201, description="Only cards of this repository, `owner/name`"),
        MAY_BE_ABSENT,
    ] = ""
    skill: Annotated[
        str,
        Field(min_length=1, max_length=_LONGEST_SKILL, description="Only cards that name this skill"),
        MAY_BE_ABSENT,
    ] = ""


class EvidenceShown(Shown):
    """The place in the pull request that proves a claim; the quote stands there verbatim."""

    source: Source
    ref: str
    quote: str
    url: str


class ClaimShown(Shown):
    """A sentence of the card and what proves it."""

    text: str
    evidence: list[EvidenceShown]


class GeneratedByShown(Shown):
    """Who wrote the words."""

    provider: str
    model: str
    prompt_version: str
    tokens: int


class CardTextShown(Shown):
    """A card's words."""

    title: str
    description: str
    impact: str
    skills: list[str]
    claims: list[ClaimShown]
    revision: int


class CardShown(CardTextShown):
    """A card as its owner sees it."""

    asset_card_id: str
    repo_full_name: str
    pr_number: int
    pr_url: str
    merged_at: datetime
    status: Status
    flags: list[Flag]
    unread_files: list[str]
    generated_by: GeneratedByShown
    created_at: datetime
    updated_at: datetime


class RevisionShown(CardTextShown):
    """What a card said at one time, and who wrote that."""

    written_by: str
    written_at: datetime


class CardWithRevisions(CardShown):
    """A card with all its texts, oldest first."""

    revisions: list[RevisionShown]

    @classmethod
    def of(cls, card: AssetCard, revisions: list[Revision]) -> "CardWithRevisions":
        """A card and what it said before."""
        return cls.model_validate(
            {**dict(card), "revisions": [RevisionShown.model_validate(each) for each in revisions]}
        )


class CardList(Shown):
    """A page of cards, newest merge first."""

    assets: list[CardShown]
    next_cursor: str | None = None
