"""The writes that change an intent, or what is chained on it: all that one commit says, with its ledger entries."""

from collections.abc import Iterator
from typing import Any

from shared.domain import ledger
from shared.domain.agent_run import AgentRun
from shared.domain.approval import Approval
from shared.domain.audit_day import day_of, mark
from shared.domain.document import Instant
from shared.domain.exception_event import ExceptionEvent
from shared.domain.intent import Intent
from shared.domain.ledger import LedgerHead, Linked
from shared.domain.provisioning_event import ProvisioningEvent
from shared.domain.provisioning_job import ProvisioningJob
from shared.store.codec import to_fields
from shared.store.collection import Collection, Stored
from shared.store.database import Anchor, Write
from shared.store.store import AGENT_RUNS, INTENTS, PROVISIONING_JOBS, Store


class IntentChange:
    """One commit about an intent: what is recorded here is written with it, or not at all.

    `stored` is the intent as it was read, None for a new one; `intent` what becomes of it. The commit holds only while
    nobody else has written it since.
    """

    def __init__(self, store: Store, stored: Stored[Intent] | None, intent: Intent, *, actor: str, at: Instant) -> None:
        self._store = store
        self._stored = stored
        self._intent = intent.model_copy(update={"updated_at": at})
        self._actor = actor
        self._at = at
        self._head = intent.ledger
        self._writes: list[Write] = []
        self._days: set[str] = set()

    def record(self, action: str) -> "IntentChange":
        """That this was done to the intent itself."""
        return self._append(action, None)

    def create(self, action: str, collection: Collection[Any], value: Any) -> "IntentChange":  # noqa: ANN401
        """That a document that is chained on the intent was made."""
        write = collection.create(value)
        self._writes.append(write)
        if isinstance(value, Approval):
            self._days.add(day_of(value.decided_at))
        if isinstance(value, ProvisioningEvent):
            self._days.add(day_of(value.created_at))
        return self._append(action, Linked(document=write.reference.path, state=to_fields(value)))

    def run(self, action: str, run: AgentRun, *writes: Write) -> "IntentChange":
        """That a run is as it now is; `writes` put it there, where the caller does not."""
        self._writes += writes
        self._days.add(day_of(run.created_at))
        return self._append(action, Linked(document=f"{AGENT_RUNS}/{run.agent_run_id}", state=run.record()))

    def job(self, action: str, job: ProvisioningJob, *writes: Write) -> "IntentChange":
        """That a provisioning job is as it now is; `writes` put it there, where the caller does not."""
        self._writes += writes
        return self._append(action, Linked(document=f"{PROVISIONING_JOBS}/{job.job_id}", state=job.record()))

    def refuse(self, exception: ExceptionEvent) -> "IntentChange":
        """That something was refused, or went past the rule."""
        return self.create(exception.type, self._store.exceptions, exception)

    def writes(self) -> list[Write]:
        """Everything that has to be committed together."""
        intents, intent = self._store.intents, self._intent.model_copy(update={"ledger": self._head})
        anchor = Anchor(self._subject, self._head, intent.owner_id, intent.created_at, intent.updated_at)
        write = intents.replace(self._stored, intent, anchor=anchor) if self._stored else None
        return [write or intents.create(intent, anchor=anchor), *self._writes, *self._marks()]

    def _marks(self) -> Iterator[Write]:
        """Days have to be folded anew; their figures themselves would be documents that everybody contends for."""
        marks = self._store.audit_marks
        return (marks.create(mark(self._intent.owner_id, day, of=self._head.head)) for day in sorted(self._days))

    @property
    def _subject(self) -> str:
        return f"{INTENTS}/{self._intent.intent_id}"

    def _append(self, action: str, linked: Linked | None) -> "IntentChange":
        entry = ledger.append(
            self._head,
            subject=self._subject,
            action=action,
            actor=self._actor,
            state=to_fields(self._intent),
            at=self._at,
            linked=linked,
        )
        self._head = LedgerHead(count=entry.seq, head=entry.hash)
        self._writes.append(self._store.ledger(self._subject).create(entry))
        return self
