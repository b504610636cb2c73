"""The first stage of a merged pull request: is it anybody's, and what does it say?"""

from collections.abc import Callable
from dataclasses import replace

from functions.pr_event_processor.snapshot import to_snapshot
from shared.domain.credit import credited, may_credit
from shared.domain.errors import NotFoundError
from shared.domain.pr_event import PrEvent
from shared.domain.pull_request import Account
from shared.domain.redaction import redact_pull
from shared.domain.reversal import reversal_of
from shared.domain.step import GENERATE
from shared.services import Services
from shared.task import Finish

MOST_CONNECTIONS = 1000


def fetch(services: Services) -> Callable[[PrEvent], Finish[PrEvent]]:
    """The work of the stage: from a claimed event to its redacted snapshot, or to a reason to ignore it."""

    def work(event: PrEvent) -> Finish[PrEvent]:
        store, at = services.store, services.now
        assert event.repository_id  # a merge always has these
        assert event.pr_number
        if not may_credit(_author(event)):
            return Finish(event.ignored("bot_author", at=at()))
        connected = store.connected_to(event.repository_id, limit=MOST_CONNECTIONS)
        connections = [each for each in connected if event.concerns(each.owner_id)]
        if not connections:
            return Finish(event.ignored("repository_not_connected", at=at()))
        try:
            pull = services.github.pull_request(event.installation_id, event.repository_id, event.pr_number)
        except NotFoundError:
            return Finish(event.ignored("pull_request_gone", at=at()))
        reversal = reversal_of(pull)  # of somebody's card, whoever reverts it
        noted = [store.reversals.put(reversal)] if reversal else []
        if not credited(pull, connections):
            return Finish(event.ignored("nobody_to_credit", at=at()), noted)
        snapshot = to_snapshot(event.pr_event_id, redact_pull(pull), at=at())
        following = replace(event, head_sha=pull.head_sha).moved_to(GENERATE, at=at())
        return Finish(following, [store.pr_snapshots.put(snapshot), *noted])

    return work


def _author(event: PrEvent) -> Account:
    is_bot = event.author_type == "Bot"
    return Account(id=event.author_id or 0, login=event.author_login or "", type="Bot" if is_bot else "User")
