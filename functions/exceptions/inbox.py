"""The exceptions that somebody should look at: recorded ones, and approvals that have run out, seen when read."""

from functions.exceptions.schemas import ExceptionQuery
from shared.auth import Actor
from shared.domain.exception_event import ExceptionEvent
from shared.domain.intent import Intent
from shared.governed import visible
from shared.services import Services
from shared.store.collection import Condition, Page


def page(query: ExceptionQuery, *, actor: Actor, services: Services) -> Page[ExceptionEvent]:
    """A page of what was recorded, of one type where it is named."""
    conditions: list[Condition] = [] if actor.sees_everything else [("ownerIds", "array_contains", actor.id)]
    if query.type:
        conditions.append(("type", "==", query.type))
    return services.store.exceptions.page(conditions, newest="createdAt", limit=query.limit, cursor=query.cursor)


def expired_approvals(limit: int, *, actor: Actor, services: Services) -> list[Intent]:
    """Intents whose latest decision is an approval that no longer holds, the last to expire first."""
    approved: Condition = ("decision.status", "==", "approved")
    ended: Condition = ("decision.validTo", "<=", services.now())
    return services.store.intents.newest(approved, ended, *visible(actor), by="decision.validTo", limit=limit)
