"""The model's calls of a day: counted before each, and given back where the model did not answer.

One document takes about one write a second for long, so a large budget is counted in several, each with its share:
none is ever exceeded, and where they fill unevenly a little of the day is left over.
https://firebase.google.com/docs/firestore/quotas
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from shared.domain.errors import RetryLaterError
from shared.services import Services
from shared.settings import ModelSettings
from shared.store.quotas import DAY

_WHO, _ACTION = "installation", "model"
_CALLS_OF_A_COUNTER = 20_000  # a quarter of a call a second


def counters(most_calls_a_day: int) -> int:
    """In how many documents a budget is counted."""
    return max(1, most_calls_a_day // _CALLS_OF_A_COUNTER)


@contextmanager
def one_call(services: Services, settings: ModelSettings) -> Iterator[None]:
    """One call of today's; raises `TooManyRequestsError` when there is none left. An outage uses up nothing."""
    quotas, at, number = services.store.quotas, services.now(), counters(settings.most_calls_a_day)
    counter = secrets.randbelow(number)
    action = f"{_ACTION} {counter}" if counter else _ACTION
    quotas.spend(_WHO, action, most=settings.most_calls_a_day // number, at=at, window=DAY)
    try:
        yield
    except RetryLaterError:
        quotas.give_back(_WHO, action, at=at, window=DAY)
        raise
