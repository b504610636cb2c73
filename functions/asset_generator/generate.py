"""The second stage of a merged pull request: write, ground, and give each credited person their card."""

from collections.abc import Callable

from functions.asset_generator import offline
from shared.domain.asset_card import AssetCard, Draft, Flag, new_card
from shared.domain.credit import Credit, credited
from shared.domain.document import Instant
from shared.domain.grounding import ground
from shared.domain.pr_event import PrEvent
from shared.domain.pull_request import PullRequest
from shared.domain.step import FETCH
from shared.services import Services
from shared.store.cards import creation
from shared.task import Finish

_ACTOR = "task:asset-generator"
_MOST_CONNECTIONS = 1000


def generate(services: Services) -> Callable[[PrEvent], Finish[PrEvent]]:
    """The work of the stage: from a claimed event to the cards that end it."""

    def work(event: PrEvent) -> Finish[PrEvent]:
        store, at = services.store, services.now
        assert event.repository_id  # a merge always has it
        stored = store.pr_snapshots.get(event.pr_event_id)
        if stored is None:  # gone by TTL while the step waited: fetch it again
            return Finish(event.moved_to(FETCH, at=at()))
        pull = PullRequest.model_validate_json(stored.value.content)
        credits_due = credited(pull, store.connected_to(event.repository_id, limit=_MOST_CONNECTIONS))
        if not credits_due:
            return Finish(event.ignored("nobody_to_credit", at=at()))
        draft = grounded(offline.write(pull), pull)
        cards = [_card(draft, pull, credit, event, at=at()) for credit in credits_due]
        writes = [write for card in cards for write in creation(store, card, actor=_ACTOR, at=card.created_at)]
        return Finish(event.done(at=at()), writes)

    return work


def grounded(draft: Draft, pull: PullRequest) -> Draft:
    """The draft with every claim checked against the pull request, and flagged where it does not hold."""
    checked = ground(draft.text, pull)
    known: set[Flag] = set()
    if pull.redacted:
        known.add("secret_redacted")
    if pull.truncated:
        known.add("diff_truncated")
    return draft.model_copy(update={"text": checked.text, "flags": draft.flags | checked.flags | known})


def _card(draft: Draft, pull: PullRequest, credit: Credit, event: PrEvent, *, at: Instant) -> AssetCard:
    flags: frozenset[Flag] = frozenset() if credit.verified else frozenset({"authorship_unverified"})
    return new_card(draft, pull, owner_id=credit.owner_id, pr_event_id=event.pr_event_id, flags=flags, at=at)
