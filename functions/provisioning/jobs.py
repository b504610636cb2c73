"""Jobs and the events of what they made, for those who may see them."""

from functions.provisioning.schemas import EventQuery
from shared.auth import Actor
from shared.domain.errors import NotFoundError
from shared.domain.provisioning_event import ProvisioningEvent
from shared.domain.provisioning_job import ProvisioningJob
from shared.governed import find_own_intent, may_see, visible
from shared.services import Services
from shared.store.collection import Page


def find_job(job_id: str, *, actor: Actor, services: Services) -> ProvisioningJob:
    """A job that this person may see; raises `NotFoundError` for an absent one and for somebody else's alike."""
    stored = services.store.provisioning_jobs.get(job_id)
    if stored is None or not may_see(actor, stored.value.owner_id):
        raise NotFoundError("provisioning job")
    return stored.value


def page(query: EventQuery, *, actor: Actor, services: Services) -> Page[ProvisioningEvent]:
    """A page of the events that the person may see, of a period and an intent where they are named.

    Raises `NotFoundError` for an intent that is not the person's own; for whoever sees everything, the events of one
    that is gone are still there to see.
    """
    if query.intent_id and not actor.sees_everything:
        find_own_intent(query.intent_id, actor=actor, services=services)
    intent = [("intentId", "==", query.intent_id)] if query.intent_id else []
    conditions = [*visible(actor), *intent, *query.conditions()]
    return services.store.provisioning_events.page(
        conditions, newest="createdAt", limit=query.limit, cursor=query.cursor
    )
