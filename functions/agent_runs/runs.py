"""Runs as they are listed, and the review of one."""

import json
from typing import Any

from functions.agent_runs.schemas import RunQuery
from shared.auth import Actor
from shared.domain.agent_run import AgentRun
from shared.governed import visible
from shared.services import Services
from shared.store.collection import Page


def page(query: RunQuery, *, actor: Actor, services: Services) -> Page[AgentRun]:
    """A page of the runs that the person may see, of a period and a repository where they are named."""
    scope = [("repoFullName", "==", query.scope)] if query.scope else []
    conditions = [*visible(actor), *scope, *query.conditions()]
    return services.store.agent_runs.page(conditions, newest="createdAt", limit=query.limit, cursor=query.cursor)


def review_of(run: AgentRun, services: Services) -> dict[str, Any] | None:
    """What the run found, or None while there is nothing."""
    if run.output_hash is None:
        return None
    stored = services.store.reviews.get(run.agent_run_id)
    return None if stored is None else json.loads(stored.value.content)["review"]
