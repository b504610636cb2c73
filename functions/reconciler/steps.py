"""Steps that are due: their task was lost, their worker died, or they were put off for longer than a queue waits.

Each is dispatched under its next epoch, for a task's name can't be used twice.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.dispatch import queue
from shared.domain.errors import ConflictError
from shared.domain.step import STAGES, Step
from shared.logging import bound, log
from shared.services import Services
from shared.store.collection import Condition, Stored
from shared.store.store import Queued

PAGE = 200
SHARE = 20
MOST_TENANTS = 1000


def dispatch_due(services: Services, *, until: datetime) -> int:
    """Dispatch what is due, in every collection of steps, until that time; returns how many.

    `oldest_waiting_seconds` in the log is how long ago the oldest of them was asked for.
    """
    dispatched, oldest = 0, timedelta(0)
    for queued, stored in _due_anywhere(services):
        dispatched += _dispatch(queued, stored, services)
        now = services.now()
        oldest = max(oldest, stored.value.age(now))
        if now >= until:
            collection = queued.steps.path[0]
            log.warning("steps_left_for_later", collection=collection, dispatched=dispatched, **_age(oldest))
            return dispatched
    log.info("steps_dispatched", count=dispatched, **_age(oldest))
    return dispatched


def _age(oldest: timedelta) -> Mapping[str, int]:
    return {"oldest_waiting_seconds": round(oldest.total_seconds())}


def _due_anywhere(services: Services) -> Iterator[tuple[Queued, Stored[Any]]]:
    return ((queued, stored) for queued in services.store.queued for stored in _due(queued, services))


def _due(queued: Queued, services: Services) -> Iterator[Stored[Any]]:
    """What is due, the longest wait first; with more than a page of it, each tenant's share in turn."""
    page = queued.steps.find_readable(*_waiting(queued, services.now()), limit=PAGE, order="dueAt")
    if len(page) < PAGE:
        yield from filter(None, page)
        return
    tenants = _in_turn(_tenants(queued), services.now())
    while tenants:
        for tenant in list(tenants):
            mine = (queued.tenant, "==", tenant)
            share = queued.steps.find_readable(*_waiting(queued, services.now()), mine, limit=SHARE, order="dueAt")
            yield from filter(None, share)
            if len(share) < SHARE or not any(share):
                tenants.remove(tenant)


def _waiting(queued: Queued, at: datetime) -> tuple[Condition, Condition]:
    return ("state", "in", [queued.kind.WAITING, queued.kind.RUNNING]), ("dueAt", "<=", at)


def _tenants(queued: Queued) -> list[str | int]:
    """Everybody with a step that has not ended: one read each, from the first step of one to that of the next."""
    found: list[str | int] = []
    unfinished = ("state", "in", [queued.kind.WAITING, queued.kind.RUNNING])
    while len(found) < MOST_TENANTS:
        after = [(queued.tenant, ">", found[-1])] if found else []
        following = queued.steps.lowest(queued.tenant, unfinished, *after)
        if following is None:
            break
        found.append(following)
    return found


def _in_turn(tenants: list[str | int], at: datetime) -> list[str | int]:
    """The tenants in another order each minute: where time runs out, it is not always the same who wait."""
    minute = int(at.timestamp() // 60)
    return sorted(tenants, key=lambda each: hashlib.sha256(f"{minute} {each}".encode()).digest())


def _dispatch(queued: Queued, stored: Stored[Step], services: Services) -> bool:
    again = stored.value.redispatched(at=services.now())
    write = queued.steps.replace(stored, again)
    try:
        queued.steps.commit(write)
    except ConflictError:
        return False  # somebody came for it after all
    if again.stage not in STAGES:  # another version's: whoever rolled back, or forward, has it looked at later
        log.error("stage_unknown", step=write.reference.id, stage=again.stage)
        return False
    with bound(step=write.reference.id, stage=again.stage, **again.told):
        log.info("step_dispatched_again", epoch=again.epoch)
        queue(write.reference.id, again, services)
    return True
