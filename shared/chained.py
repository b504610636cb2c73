"""What is written beside every change of what was asked for under an intent: its entries in the intent's ledger.

A failure is an exception besides. Everything is read and built anew for every commit.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from shared.domain.agent_run import AgentRun
from shared.domain.exception_event import ExceptionEvent
from shared.domain.intent import Intent
from shared.domain.provisioning_job import ProvisioningJob
from shared.logging import log
from shared.services import Services
from shared.store.database import Write
from shared.store.intents import IntentChange

_Asked = TypeVar("_Asked", AgentRun, ProvisioningJob)


def chained_on_intent(
    services: Services,
    *,
    actor: str,
    record: Callable[[IntentChange, _Asked, _Asked], object],
    exception: Callable[[_Asked, Intent | None], ExceptionEvent],
) -> Callable[[_Asked, _Asked], Sequence[Write]]:
    """The writes that belong to a change from one state of a run or job to the next.

    `record` tells the intent's ledger what has happened; `exception` is what a failure is under the intent as it is.
    """

    def beside(before: _Asked, asked: _Asked) -> Sequence[Write]:
        stored = services.store.intents.get(asked.intent_id)
        failed = asked.state == asked.FAILED
        if stored is None:  # somebody took it out of the store: there is no chain to go on with, and the report says so
            log.error("intent_gone", intent=asked.intent_id)
            return [services.store.exceptions.create(exception(asked, None))] if failed else []
        change = IntentChange(services.store, stored, stored.value, actor=actor, at=asked.updated_at)
        record(change, before, asked)
        if failed:
            change.refuse(exception(asked, stored.value))
        return change.writes()

    return beside
