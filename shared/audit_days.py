"""The figures of days: as they are folded, and counted anew where something has changed since."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from shared.audit_rows import read_event, read_run, within
from shared.domain.audit_day import EVERYBODY, AuditDay, audit_day_id, bounds, day_of
from shared.domain.audit_row import AuditRow, EventRow
from shared.domain.errors import ConflictError, RetryLaterError
from shared.domain.ids import is_id
from shared.domain.kpi import Figures, of_row
from shared.store.collection import Condition
from shared.store.database import Write
from shared.store.store import Store

Days = dict[str, Figures]
_MOST_MARKS = 400
"""A commit takes five hundred writes: these are deleted, and the days of some owners written."""
_MOST_OWNERS = 80


def count(owner_id: str | None, from_: datetime, to: datetime, store: Store) -> Days:
    """The figures of each day of a period, counted from the documents themselves; None counts everybody's."""
    days: defaultdict[str, Figures] = defaultdict(Figures)
    for row in _rows(owner_id, from_, to, store):
        days[day_of(row.created_at)] += of_row(row)
    for day, begin, end in _spans(from_, to):
        decided = within("decidedAt", begin, end, owner_id)
        approved = store.approvals.total(("status", "==", "approved"), *decided)
        rejected = store.approvals.total(("status", "==", "rejected"), *decided)
        if approved or rejected:
            days[day] += Figures(approved=approved, rejected=rejected)
    return days


def folded(owner_id: str | None, days: list[str], store: Store) -> Days:
    """The figures of these days: a read for each, and those of whom the day is marked for are counted anew."""
    marked = _marked(owner_id, days, store) if days else set()
    whose = EVERYBODY if owner_id is None else owner_id
    named = [(whose, day) for day in days] + ([*marked] if owner_id is None else [])
    found = store.audit_days.get_all(audit_day_id(*each) for each in named)

    def kept(owner: str, day: str) -> Figures:
        stored = found.get(audit_day_id(owner, day))
        return stored.value.figures if stored else Figures()

    figures = {day: kept(whose, day) for day in days}
    for owner, day in marked:
        before = figures[day] if owner == whose else kept(owner, day)
        figures[day] += count(owner, *bounds(day), store).get(day, Figures()) - before
    return figures


def fold(day: str, store: Store, *, at: datetime) -> bool:
    """Fold some of what a day is marked for into its figures; whether there is more.

    Marks are read before anything is counted: what is changed meanwhile leaves another one. Raises `RetryLaterError`
    where somebody else has folded the day meanwhile.
    """
    marks = [each.value for each in store.audit_marks.find(("day", "==", day), limit=_MOST_MARKS)]
    owners = list(islice(dict.fromkeys(each.owner_id for each in marks), _MOST_OWNERS))
    if not owners:
        return False
    stored = store.audit_days.get_all(audit_day_id(owner, day) for owner in (EVERYBODY, *owners))

    def written(owner: str, figures: Figures) -> Write:
        before, value = stored.get(audit_day_id(owner, day)), AuditDay.of(owner, day, figures, at=at)
        return store.audit_days.replace(before, value) if before else store.audit_days.create(value)

    def kept(owner: str) -> Figures:
        before = stored.get(audit_day_id(owner, day))
        return before.value.figures if before else Figures()

    counted = {owner: count(owner, *bounds(day), store).get(day, Figures()) for owner in owners}
    everybody = sum((counted[owner] - kept(owner) for owner in owners), start=kept(EVERYBODY))
    done = [store.audit_marks.remove(each) for each in marks if each.owner_id in counted]
    try:
        store.audit_days.commit(
            written(EVERYBODY, everybody), *(written(owner, figures) for owner, figures in counted.items()), *done
        )
    except ConflictError as error:
        raise RetryLaterError("somebody else is folding this day", after=5) from error
    return len(marks) == _MOST_MARKS or len(done) < len(marks)


def marked_days(store: Store) -> Iterator[str]:
    """The days that have to be folded, the earliest first: a read for each."""
    after: list[Condition] = []
    while (day := store.audit_marks.lowest("day", *after)) is not None:
        yield day
        after = [("day", ">", day)]


def _marked(owner_id: str | None, days: list[str], store: Store) -> set[tuple[str, str]]:
    """Whose figures of which of the days are no longer what is folded."""
    mine = [("ownerId", "==", owner_id)] if owner_id is not None else []
    found = set[tuple[str, str]]()
    for page in store.audit_marks.pages(("day", ">=", days[0]), ("day", "<=", days[-1]), *mine):
        found |= {(each.get("ownerId"), each.get("day")) for each in page}
    return {(owner, day) for owner, day in found if day in set(days)}


def _rows(owner_id: str | None, from_: datetime, to: datetime, store: Store) -> Iterator[AuditRow | EventRow]:
    """The rows of a period, each judged by whether its intent is there; a page is asked about by one call."""
    made = within("createdAt", from_, to, owner_id)
    for page in store.agent_runs.pages(*made, newest="createdAt"):
        yield from _judged([read_run(each) for each in page], store)
    for page in store.provisioning_events.pages(*made, newest="createdAt"):
        yield from _judged([read_event(each) for each in page], store)


def _judged(rows: list[AuditRow] | list[EventRow], store: Store) -> Iterator[AuditRow | EventRow]:
    named = {row.intent_id for row in rows if row.intent_id}
    there = {each for each in named if is_id(each)}
    gone = (named - there) | store.intents.missing(there)
    yield from (row.judged(intent_exists=row.intent_id not in gone, ledger_fault=row.ledger_fault) for row in rows)


def _spans(from_: datetime, to: datetime) -> Iterable[tuple[str, datetime, datetime]]:
    """The days of a period, each with its part of it."""
    while from_ < to:
        day = day_of(from_)
        end = min(bounds(day)[1], to)
        yield day, from_, end
        from_ = end
