"""The KPIs of a period: whole days as they are folded, and what is cut off at its ends counted."""

from datetime import datetime

from functions.audit.report import owner_of
from functions.audit.schemas import DayShown, KpiQuery, KpiSummary, PeriodShown
from shared.audit_days import Days, count, folded
from shared.auth import Actor
from shared.domain.audit_day import bounds, day_of
from shared.domain.kpi import Figures, kpi
from shared.services import Services
from shared.store.store import Store


def summary(query: KpiQuery, *, actor: Actor, services: Services) -> KpiSummary:
    """The rates of a period, and of each day: everybody's for an auditor, the caller's own for everybody else."""
    at = services.now()
    from_, to = query.period(at=at)
    owner_id = owner_of(actor)
    days = _days(owner_id, from_, to, at, services.store)
    series = [DayShown.of(kpi([figures]), day=day) for day, figures in days.items()] if query.series else None
    return KpiSummary.of(
        kpi(list(days.values())),
        period=PeriodShown.model_validate({"from": from_, "to": to}),
        whose="everybody" if owner_id is None else "own",
        series=series,
    )


def _days(owner_id: str | None, from_: datetime, to: datetime, at: datetime, store: Store) -> Days:
    """The figures of every day of the period, in their order, up to today: nothing is later than now."""
    tomorrow = bounds(day_of(at))[1]
    named, begin = list[str](), from_
    while begin < min(to, tomorrow):
        named.append(day_of(begin))
        begin = bounds(named[-1])[1]
    whole = [day for day in named if from_ <= bounds(day)[0] and min(bounds(day)[1], at) <= to]
    days = dict.fromkeys(named, Figures()) | folded(owner_id, whole, store)
    for day in set(named) - set(whole):
        begin, end = bounds(day)
        days |= count(owner_id, max(begin, from_), min(end, to), store)
    return days
