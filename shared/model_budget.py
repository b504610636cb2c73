"""The model's calls of a day: counted before each, and given back where the model did not answer."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.domain.errors import RetryLaterError
from shared.services import Services
from shared.settings import ModelSettings
from shared.store.quotas import DAY

_WHO, _ACTION = "installation", "model"


@contextmanager
def one_call(services: Services, settings: ModelSettings) -> Iterator[None]:
    """One call of today's; raises `TooManyRequestsError` when there is none left. An outage uses up nothing."""
    quotas, at = services.store.quotas, services.now()
    quotas.spend(_WHO, _ACTION, most=settings.most_calls_a_day, at=at, window=DAY)
    try:
        yield
    except RetryLaterError:
        quotas.give_back(_WHO, _ACTION, at=at, window=DAY)
        raise
