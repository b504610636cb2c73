"""What the audit endpoints take and answer."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from shared.domain.audit_day import bounds, day_of
from shared.domain.audit_report import AuditPeriod
from shared.domain.audit_report import AuditReport as Found
from shared.domain.audit_row import Deficiency
from shared.domain.errors import InvalidError
from shared.domain.kpi import Kpi
from shared.domain.verification import Reason
from shared.web.fields import FullName, Moment
from shared.web.file import InFileTypes
from shared.web.typed import MAY_BE_ABSENT, Shown, Strict

LONGEST = timedelta(days=366)
DAYS_BEFORE = timedelta(days=29)
"""With the day of the period's end these are thirty."""


class ReportQuery(Strict):
    """A half-open period of at most 366 days, and a repository where it is about one alone."""

    from_: Annotated[Moment, Field(alias="from", description="Begins at this time")]
    to: Annotated[Moment, Field(description="Ends before this time")]
    scope: Annotated[FullName | Literal[""], Field(description="A repository's full name"), MAY_BE_ABSENT] = ""

    def period(self, *, owner_id: str | None) -> AuditPeriod:
        """The period; raises `InvalidError` for one that is empty or too long."""
        if self.from_ >= self.to:
            raise InvalidError("ends before it begins", field="to")
        if self.to - self.from_ > LONGEST:
            raise InvalidError(f"a period of at most {LONGEST.days} days", field="to")
        return AuditPeriod(self.from_, self.to, self.scope, owner_id)


class LedgerQuery(Strict):
    """A period as a report has it, or nothing at all for the whole ledger."""

    from_: Annotated[Moment | None, Field(alias="from", description="Begins at this time")] = None
    to: Annotated[Moment | None, Field(description="Ends before this time")] = None

    def period(self, *, owner_id: str | None) -> AuditPeriod | None:
        """The period, None for the whole; raises `InvalidError` for one that is half named, empty or too long."""
        if self.from_ is None and self.to is None:
            return None
        if self.from_ is None or self.to is None:
            raise InvalidError("a period has both ends", field="from" if self.from_ is None else "to")
        return ReportQuery.model_construct(from_=self.from_, to=self.to, scope="").period(owner_id=owner_id)


class KpiQuery(Strict):
    """A half-open period of at most 366 days, the last thirty where neither end is named."""

    from_: Annotated[Moment | None, Field(alias="from", description="Begins at this time")] = None
    to: Annotated[Moment | None, Field(description="Ends before this time; now if it is not named")] = None
    series: Annotated[Literal["day"] | None, Field(description="The same rates for each day (UTC)")] = None

    def period(self, *, at: datetime) -> tuple[datetime, datetime]:
        """The period; raises `InvalidError` for one that is empty or too long."""
        to = self.to or at
        try:
            from_ = self.from_ or bounds(day_of(to))[0] - DAYS_BEFORE
        except OverflowError:
            raise InvalidError("a time with thirty days before it", field="to") from None
        found = ReportQuery.model_construct(from_=from_, to=to, scope="").period(owner_id=None)
        return found.from_, found.to


class PeriodShown(Shown):
    """From (included) to (excluded)."""

    from_: Annotated[datetime, Field(alias="from")]
    to: datetime


class CountsShown(Shown):
    """The numerators and denominators of the rates."""

    runs: int
    linked_runs: int
    provisioning_events: int
    linked_provisioning_events: int
    approved: int
    rejected: int
    active_days: int
    clean_days: int

    @classmethod
    def of(cls, kpi: Kpi) -> "CountsShown":
        """What the rates are made of."""
        total = kpi.total
        return cls(
            runs=total.runs,
            linked_runs=total.linked,
            provisioning_events=total.events,
            linked_provisioning_events=total.linked_events,
            approved=total.approved,
            rejected=total.rejected,
            active_days=kpi.active_days,
            clean_days=kpi.clean_days,
        )


Rate = Annotated[float, Field(ge=0, le=1)]


class RatesShown(Shown):
    """The three rates; one over nothing is 1."""

    link_rate: Rate
    approval_rate: Rate
    audit_success_rate: Rate
    counts: CountsShown

    @classmethod
    def of(cls, kpi: Kpi, **more: object) -> Self:
        """The rates with their counts, and whatever else the model has."""
        return cls(
            **more,
            link_rate=kpi.link_rate,
            approval_rate=kpi.approval_rate,
            audit_success_rate=kpi.audit_success_rate,
            counts=CountsShown.of(kpi),
        )


class DayShown(RatesShown):
    """The rates of one day (UTC)."""

    day: date


class KpiSummary(RatesShown):
    """The rates of a period, and of each of its days where they are asked for."""

    period: PeriodShown
    whose: Literal["everybody", "own"]
    series: list[DayShown] | None = None


class RowShown(Shown):
    """What every row has."""

    owner_id: str
    intent_id: str
    approval_id: str | None = None
    self_approved: bool
    repo_full_name: str
    created_at: datetime
    deficiencies: list[Deficiency]
    ledger_fault: str | None = None


class RunRow(RowShown):
    """A run with what it lacks."""

    agent_run_id: str
    run_id: str
    status: str
    risk_level: str
    pr_number: int
    evidence: list[str]


class EventRow(RowShown):
    """A provisioned repository with what it lacks."""

    event_id: str
    resource_url: str
    structure_type: str


class BrokenChain(Shown):
    """A chain that is not as it was written, and its first bad entry, counted from 1."""

    subject: str
    seq: int
    reason: Reason
    document: str | None = None


class ChainsShown(Shown):
    """What was checked of the ledger; the first 1,000 broken chains are named."""

    checked: int
    entries: int
    broken: int
    named: list[BrokenChain]


class ReportHead(Shown):
    """What a report says before its rows."""

    period: PeriodShown
    as_of: datetime
    scope: str
    whose: Literal["everybody", "own"]
    success_metric: Annotated[int, Field(ge=0, le=1, description="1 when nothing is missing, else 0")]
    kpi: RatesShown
    deficient_rows: int
    deficiencies: Annotated[dict[Deficiency, int], Field(description="How many rows have each of them")]
    ledger: ChainsShown

    @classmethod
    def of(cls, found: Found) -> "ReportHead":
        """The head of what was found."""
        period = found.period
        return cls(
            period=PeriodShown(**{"from": period.from_, "to": period.to}),
            as_of=found.as_of,
            scope=period.scope,
            whose="everybody" if period.owner_id is None else "own",
            success_metric=found.success_metric,
            kpi=RatesShown.of(found.kpi),
            deficient_rows=found.deficient_rows,
            deficiencies=found.counts(),
            ledger=ChainsShown(
                checked=found.chains,
                entries=found.entries,
                broken=found.broken_chains,
                named=[BrokenChain.model_validate(each) for each in found.broken],
            ),
        )


class AuditReport(ReportHead, InFileTypes):
    """An audit report; `complete` is its last member, so that one that broke off can be told."""

    FILE_TYPES: ClassVar[tuple[str, ...]] = ("text/markdown",)

    rows: list[RunRow]
    provisioning_events: list[EventRow]
    markdown: str
    complete: Literal[True]


class EntryShown(Shown):
    """An entry as it is kept."""

    seq: int
    prev_hash: str
    hash: str
    canonical: str


class ExportedChain(Shown):
    """A subject with its entries and what is chained on it; a digest stands for what is nobody else's to see.

    Null is what is gone.
    """

    subject: str
    count: int
    head: str
    state: dict[str, Any] | str | None = None
    entries: list[EntryShown]
    documents: dict[str, dict[str, Any] | str | None]


class LedgerHead(Shown):
    """What a download of the ledger is of: a period or everything, one owner's or everybody's, as of a moment."""

    period: PeriodShown | None = None
    as_of: datetime
    owner: Annotated[str, Field(description="Whose subjects they are; empty for everybody's")]


class Ledger(LedgerHead):
    """The chains of the subjects that were changed in the period or later, for `python -m shared.verify`."""

    chains: list[ExportedChain]
    complete: Literal[True]
