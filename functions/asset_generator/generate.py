"""The second stage of a merged pull request: write, ground, and give each credited person their card."""

from collections.abc import Callable

from functions.asset_generator import offline
from shared.domain.asset_card import INBOX, AssetCard, Draft, Flag, card_id, new_card
from shared.domain.credit import Credit, credited
from shared.domain.document import Instant
from shared.domain.grounding import by_line, ground
from shared.domain.inert import inert_card
from shared.domain.pr_event import PrEvent
from shared.domain.pull_request import PullRequest
from shared.domain.requested_event import REGENERATION_EVENT
from shared.domain.step import FETCH
from shared.domain.text import normalise
from shared.model_budget import one_call
from shared.services import Services
from shared.store.cards import change, creation
from shared.store.collection import Stored
from shared.store.database import Write
from shared.task import Finish

_ACTOR = "task:asset-generator"
_MOST_CONNECTIONS = 1000
_MOST_UNREAD = 100


def generate(services: Services) -> Callable[[PrEvent], Finish[PrEvent]]:
    """The work of the stage: from a claimed event to the cards that end it."""

    def work(event: PrEvent) -> Finish[PrEvent]:
        store, at = services.store, services.now
        assert event.repository_id  # a merge always has it
        stored = store.pr_snapshots.get(event.pr_event_id)
        if stored is None:  # gone by TTL while the step waited: fetch it again
            return Finish(event.moved_to(FETCH, at=at()))
        pull = PullRequest.model_validate_json(stored.value.content)
        connections = store.connected_to(event.repository_id, limit=_MOST_CONNECTIONS)
        credits_due = [each for each in credited(pull, connections) if event.concerns(each.owner_id)]
        if not credits_due:
            return Finish(event.ignored("nobody_to_credit", at=at()))
        there = [store.asset_cards.get(card_id(each.owner_id, pull)) for each in credits_due]
        if not any(_may_write(each, event) for each in there):
            return Finish(event.done(at=at()))  # before a model is asked for words that no card takes
        draft = grounded(write(pull, services), pull)
        cards = [_card(draft, pull, credit, event, at=at()) for credit in credits_due]
        writes = [write for card in cards for write in _writes(card, event, services)]
        return Finish(event.done(at=at()), writes)

    return work


def write(pull: PullRequest, services: Services) -> Draft:
    """The draft by the model where a key is configured, else by the offline writer."""
    gemini, settings = services.gemini, services.model_settings
    if gemini is None or settings is None:
        return offline.write(pull)
    from functions.asset_generator.gemini import GeminiWriter  # noqa: PLC0415  # 600 ms, with a key only

    with one_call(services, settings):
        return GeminiWriter(gemini).write(pull)


def grounded(draft: Draft, pull: PullRequest) -> Draft:
    """The draft in inert words, every claim checked against the pull request and flagged where it does not hold."""
    checked = ground(inert_card(draft.text), pull)
    known: set[Flag] = set()
    if pull.redacted:
        known.add("secret_redacted")
    if pull.truncated:
        known.add("diff_truncated")
    unread = tuple(dict.fromkeys(map(normalise, (*draft.unread_files, *pull.unread_files))))[:_MOST_UNREAD]
    flags = draft.flags | checked.flags | known
    return draft.model_copy(update={"text": by_line(checked.text), "flags": flags, "unread_files": unread})


def _card(draft: Draft, pull: PullRequest, credit: Credit, event: PrEvent, *, at: Instant) -> AssetCard:
    flags: frozenset[Flag] = frozenset() if credit.verified else frozenset({"authorship_unverified"})
    return new_card(draft, pull, owner_id=credit.owner_id, pr_event_id=event.pr_event_id, flags=flags, at=at)


def _writes(card: AssetCard, event: PrEvent, services: Services) -> list[Write]:
    """What puts the card into the store: a new one, or new words for one that its owner has not touched."""
    store = services.store
    stored = store.asset_cards.get(card.asset_card_id)
    if not _may_write(stored, event):
        return []
    if stored is None:
        return creation(store, card, actor=_ACTOR, at=card.created_at)
    again = stored.value.rewritten(card)
    return change(store, stored, again, action="regenerate", actor=_ACTOR, at=card.created_at)


def _may_write(stored: Stored[AssetCard] | None, event: PrEvent) -> bool:
    """Unless another event of the same merge came first; and a person's words are theirs."""
    return stored is None or (event.event == REGENERATION_EVENT and stored.value.status in INBOX)
