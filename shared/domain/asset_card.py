"""An asset card: a short true statement of what a person achieved, and the states it can be in."""

from collections.abc import Mapping
from typing import Any, Literal

from shared.domain.document import Document, Instant
from shared.domain.errors import InvalidStateError
from shared.domain.ids import derived_id
from shared.domain.ledger import EMPTY, LedgerHead
from shared.domain.pull_request import PullRequest

Source = Literal["title", "body", "commit", "file"]
Status = Literal["pending", "flagged", "approved", "edited", "rejected"]
Flag = Literal[
    "ungrounded_number",
    "ungrounded_claim",
    "authorship_unverified",
    "secret_redacted",
    "diff_truncated",
    "model_blocked",
    "model_output_invalid",
]
INBOX: tuple[Status, ...] = ("pending", "flagged")
LIBRARY: tuple[Status, ...] = ("approved", "edited")


class Evidence(Document):
    """Where a claim is proved: `quote` stands verbatim in that place of the pull request.

    `ref` is the commit's SHA or the file's path, and repeats the source's name for `title` and `body`. A quote
    of a file stands in its patch or is its path.
    """

    source: Source
    ref: str
    quote: str
    url: str


class Claim(Document):
    """A sentence of the card and the places that prove it."""

    text: str
    evidence: tuple[Evidence, ...] = ()


class CardText(Document):
    """The words of a card, which a writer proposes and a person may edit.

    `impact` is empty where the pull request measures none.
    """

    title: str
    description: str
    impact: str = ""
    skills: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()


class GeneratedBy(Document):
    """Who wrote the words: `tokens` counts the model's input and output, 0 for the offline writer."""

    provider: str
    model: str
    prompt_version: str
    tokens: int = 0


class Draft(Document):
    """What a writer hands over: the words, what it knows to be wrong with them, and what it could not read."""

    text: CardText
    generated_by: GeneratedBy
    flags: frozenset[Flag] = frozenset()
    unread_files: tuple[str, ...] = ()


class AssetCard(CardText):
    """A card as it is kept; `revision` counts its texts from 1, `ledger` is the head of its chain."""

    asset_card_id: str
    owner_id: str
    pr_event_id: str
    repository_id: int
    repo_full_name: str
    pr_number: int
    pr_url: str
    merge_commit_sha: str
    merged_at: Instant
    status: Status
    flags: tuple[Flag, ...] = ()
    unread_files: tuple[str, ...] = ()
    generated_by: GeneratedBy
    revision: int = 1
    created_at: Instant
    updated_at: Instant
    ledger: LedgerHead = EMPTY

    def approved(self, *, at: Instant) -> "AssetCard":
        """The card in the library; raises `InvalidStateError` for a rejected one, is itself when there already."""
        if self.status in LIBRARY:
            return self
        self._require(*INBOX, verb="approve")
        return self.model_copy(update={"status": "approved", "updated_at": at})

    def rejected(self, *, at: Instant) -> "AssetCard":
        """The card out of the inbox for good; itself when rejected already, else only from the inbox."""
        if self.status == "rejected":
            return self
        self._require(*INBOX, verb="reject")
        return self.model_copy(update={"status": "rejected", "updated_at": at})

    def edited(self, changes: Mapping[str, Any], *, at: Instant) -> "AssetCard":
        """The card in the owner's own words and one revision further; `changes` are fields of `CardText`.

        Itself when it says that already, so that an edit sent twice is one.
        """
        self._require(*INBOX, *LIBRARY, verb="edit")
        if self.status == "edited" and all(getattr(self, name) == value for name, value in changes.items()):
            return self
        update = {**changes, "status": "edited", "revision": self.revision + 1, "updated_at": at}
        return self.model_copy(update=update)

    def rewritten(self, other: "AssetCard") -> "AssetCard":
        """The same card with the words and flags of another draft, one revision further; only in the inbox."""
        self._require(*INBOX, verb="rewrite")
        words = {
            name: getattr(other, name)
            for name in (*CardText.model_fields, "flags", "unread_files", "status", "generated_by")
        }
        return self.model_copy(update={**words, "revision": self.revision + 1, "updated_at": other.updated_at})

    def _require(self, *allowed: Status, verb: str) -> None:
        if self.status not in allowed:
            raise InvalidStateError(f"can't {verb} a card that is {self.status}")


def card_id(owner_id: str, pull: PullRequest) -> str:
    """The one card of this person for this merge, whichever event tells of it and under whichever installation."""
    return derived_id("asset-card", owner_id, pull.repository_id, pull.number, pull.merge_commit_sha)


def new_card(
    draft: Draft, pull: PullRequest, *, owner_id: str, pr_event_id: str, flags: frozenset[Flag], at: Instant
) -> AssetCard:
    """A card for the inbox: pending, or flagged when the draft or `flags` name something to look at."""
    every_flag = tuple(sorted(draft.flags | flags))
    return AssetCard(
        **dict(draft.text),
        asset_card_id=card_id(owner_id, pull),
        owner_id=owner_id,
        pr_event_id=pr_event_id,
        repository_id=pull.repository_id,
        repo_full_name=pull.repo_full_name,
        pr_number=pull.number,
        pr_url=pull.url,
        merge_commit_sha=pull.merge_commit_sha,
        merged_at=pull.merged_at,
        status="flagged" if every_flag else "pending",
        flags=every_flag,
        unread_files=draft.unread_files,
        generated_by=draft.generated_by,
        created_at=at,
        updated_at=at,
    )
