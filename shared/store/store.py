"""Every collection of WorkLog, on one page: what it is called, what stands in it, under which id."""

from dataclasses import dataclass
from typing import Any

from shared.domain.agent_run import AgentRun
from shared.domain.approval import Approval
from shared.domain.asset_card import AssetCard, CardText
from shared.domain.audit_day import AuditDay, AuditMark
from shared.domain.document import Document, Instant
from shared.domain.erasure import Erasure
from shared.domain.evidence import LinkedEvidence
from shared.domain.exception_event import ExceptionEvent
from shared.domain.intent import Intent
from shared.domain.ledger import LedgerEntry
from shared.domain.pr_event import PrEvent
from shared.domain.provisioning_event import ProvisioningEvent
from shared.domain.provisioning_job import ProvisioningJob
from shared.domain.redelivery import Redeliveries
from shared.domain.repository import Repository
from shared.domain.reversal import Reversal
from shared.domain.step import Step
from shared.store.collection import Collection
from shared.store.database import Database
from shared.store.quotas import QUOTAS, Quotas

PR_EVENTS = "pr-events"
PR_SNAPSHOTS = "pr-snapshots"
REPOSITORIES = "repositories"
ASSET_CARDS = "asset-cards"
REVERSALS = "reversals"
INTENTS = "intents"
APPROVALS = "approvals"
AGENT_RUNS = "agent-runs"
REVIEWS = "reviews"
EVIDENCES = "evidences"
EXCEPTIONS = "exceptions"
PROVISIONING_JOBS = "provisioning-jobs"
PROVISIONING_EVENTS = "provisioning_events"
AUDIT_DAYS = "audit-days"
AUDIT_MARKS = "audit-marks"
RECONCILIATIONS = "reconciliations"
ERASURES = "erasures"
REDELIVERIES = "redeliveries"  # the only document there
LEDGER = "ledger"
REVISIONS = "revisions"

COLLECTIONS = (
    PR_EVENTS,
    PR_SNAPSHOTS,
    REPOSITORIES,
    ASSET_CARDS,
    REVERSALS,
    INTENTS,
    APPROVALS,
    AGENT_RUNS,
    REVIEWS,
    EVIDENCES,
    EXCEPTIONS,
    PROVISIONING_JOBS,
    PROVISIONING_EVENTS,
    AUDIT_DAYS,
    AUDIT_MARKS,
    RECONCILIATIONS,
    ERASURES,
    QUOTAS,
)
SUBCOLLECTIONS = {ASSET_CARDS: (LEDGER, REVISIONS), INTENTS: (LEDGER,)}


class PrSnapshot(Document):
    """A redacted pull request between two stages: JSON in one field, so that its depth and width cost no index."""

    pr_event_id: str
    content: bytes
    expires_at: Instant


class StoredReview(Document):
    """What an agent run found, and who says so: JSON in one field; `digest` is the review's own."""

    agent_run_id: str
    content: bytes
    digest: str


class Revision(CardText):
    """What a card said at `revision`, and who wrote it."""

    revision: int
    written_by: str
    written_at: Instant


@dataclass(frozen=True)
class Queued:
    """A collection of steps, for whoever looks after them all; `tenant` is the field that says whose they are."""

    steps: Collection[Any]
    kind: type[Step]
    tenant: str


class Store:
    """The typed collections of one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.pr_events = Collection(database, PR_EVENTS, kind=PrEvent, id_of=lambda each: each.pr_event_id)
        self.pr_snapshots = Collection(database, PR_SNAPSHOTS, kind=PrSnapshot, id_of=lambda each: each.pr_event_id)
        self.repositories = Collection(database, REPOSITORIES, kind=Repository, id_of=lambda each: each.repository_id)
        self.asset_cards = Collection(database, ASSET_CARDS, kind=AssetCard, id_of=lambda each: each.asset_card_id)
        self.reversals = Collection(database, REVERSALS, kind=Reversal, id_of=lambda each: each.reversal_id)
        self.intents = Collection(database, INTENTS, kind=Intent, id_of=lambda each: each.intent_id)
        self.approvals = Collection(database, APPROVALS, kind=Approval, id_of=lambda each: each.approval_id)
        self.agent_runs = Collection(database, AGENT_RUNS, kind=AgentRun, id_of=lambda each: each.agent_run_id)
        self.reviews = Collection(database, REVIEWS, kind=StoredReview, id_of=lambda each: each.agent_run_id)
        self.evidences = Collection(database, EVIDENCES, kind=LinkedEvidence, id_of=lambda each: each.evidence_id)
        self.exceptions = Collection(database, EXCEPTIONS, kind=ExceptionEvent, id_of=lambda each: each.exception_id)
        self.provisioning_jobs = Collection(
            database, PROVISIONING_JOBS, kind=ProvisioningJob, id_of=lambda each: each.job_id
        )
        self.provisioning_events = Collection(
            database, PROVISIONING_EVENTS, kind=ProvisioningEvent, id_of=lambda each: each.event_id
        )
        self.audit_days = Collection(database, AUDIT_DAYS, kind=AuditDay, id_of=lambda each: each.audit_day_id)
        self.audit_marks = Collection(database, AUDIT_MARKS, kind=AuditMark, id_of=lambda each: each.audit_mark_id)
        self.redeliveries = Collection(database, RECONCILIATIONS, kind=Redeliveries, id_of=lambda _: REDELIVERIES)
        self.erasures = Collection(database, ERASURES, kind=Erasure, id_of=lambda each: each.erasure_id)
        self.quotas = Quotas(database)
        self.queued = (
            Queued(self.pr_events, PrEvent, "installationId"),
            Queued(self.agent_runs, AgentRun, "ownerId"),
            Queued(self.provisioning_jobs, ProvisioningJob, "ownerId"),
            Queued(self.erasures, Erasure, "ownerId"),
        )

    def at_once(self) -> "Store":
        """The same collections as they are now and stay: what is read in many calls fits together."""
        return Store(self.database.at_once(self.database.reference(RECONCILIATIONS, REDELIVERIES)))

    def connected_to(self, github_repository_id: int, *, limit: int) -> list[Repository]:
        """Everybody's connections to a repository that let its pull requests become cards."""
        number = ("githubRepositoryId", "==", github_repository_id)
        connected = ("connectionStatus", "==", "connected")
        return [stored.value for stored in self.repositories.find(number, connected, limit=limit)]

    def revisions(self, asset_card_id: str) -> Collection[Revision]:
        """The texts that a card has had."""
        path = (ASSET_CARDS, asset_card_id, REVISIONS)
        return Collection(self.database, *path, kind=Revision, id_of=lambda each: f"{each.revision:08}")

    def ledger(self, subject: str) -> Collection[LedgerEntry]:
        """The chain of a subject, named by the path of its document."""
        path = (*subject.split("/"), LEDGER)
        return Collection(self.database, *path, kind=LedgerEntry, id_of=lambda entry: f"{entry.seq:08}")
