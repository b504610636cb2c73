"""The work of an erasure: first nobody can sign in as this person, then nothing can come, then all that is there goes.

Each unit of it is a commit of its own, and finds its work by what is still there: it may be cut off after any of them,
and is looked through again until nothing is left.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

from functions.reconciler.erasure_pseudonyms import Person, rename_chained, rename_unchained
from functions.reconciler.erasure_removal import (
    forget_author,
    remove_cards,
    remove_connections,
    remove_days,
    remove_events,
)
from shared.domain.erasure import Erasure
from shared.services import Services
from shared.task import Finish

TIME_AT_ONCE = timedelta(seconds=40)


def erase(services: Services) -> Callable[[Erasure], Finish[Erasure]]:
    """The work of the stage: from a claimed erasure to one that is done, or that looks again later."""

    def work(erasure: Erasure) -> Finish[Erasure]:
        until = services.now() + TIME_AT_ONCE
        assert erasure.owner_id  # forgotten only when it is done
        assert erasure.pseudonym
        person, is_settled = Person(erasure.owner_id, erasure.github_user_id, erasure.pseudonym), True
        services.accounts.delete(person.uid)
        erasure = erasure.without_account(at=services.now())
        for is_done in _units(person, services):
            is_settled = is_settled and is_done
            if services.now() >= until:
                return Finish(erasure.continued(at=services.now()))
        return Finish(erasure.looked(is_settled=is_settled, at=services.now()))

    return work


def _units(person: Person, services: Services) -> Iterator[bool]:
    """Does the work, one commit after the other, and says of each unit whether it is done or has to wait.

    Connections come first: without one no merge becomes a card, and no run reads a repository.
    """
    store, now = services.store, services.now
    yield from remove_connections(person.uid, store)
    yield from remove_events(person.uid, store)
    yield from remove_cards(person.uid, store)
    yield from forget_author(person.github_user_id, store)
    yield from rename_unchained(person, store)
    yield from rename_chained(person, store, now)
    yield from remove_days(person.uid, store)
