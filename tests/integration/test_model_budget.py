"""Is the model's budget of a day kept in as many documents as its calls need, and kept to?"""

from contextlib import suppress
from datetime import UTC, datetime

import pytest

from shared.domain.errors import RetryLaterError, TooManyRequestsError
from shared.model_budget import counters, one_call
from shared.settings import ModelSettings
from tests.deployment import Deployment

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)


def settings(most: int) -> ModelSettings:
    return ModelSettings(key_secret="a-key", model="a-model", base_url="", most_calls_a_day=most)


class TestOneCall:
    def test_of_a_large_budget_is_counted_in_several_documents(self, deployment: Deployment) -> None:
        services = deployment.services(now=lambda: NOON)
        for _ in range(40):
            with one_call(services, settings(60_000)):
                pass
        counted = [each["count"] for each in deployment.documents("quotas").values()]
        assert sum(counted) == 40
        assert 1 < len(counted) <= 3

    def test_of_a_small_budget_is_counted_in_one(self, deployment: Deployment) -> None:
        services = deployment.services(now=lambda: NOON)
        for _ in range(5):
            with one_call(services, settings(2_000)):
                pass
        assert [each["count"] for each in deployment.documents("quotas").values()] == [5]

    def test_is_given_back_where_it_was_counted(self, deployment: Deployment) -> None:
        services = deployment.services(now=lambda: NOON)
        for _ in range(12):
            with suppress(RetryLaterError), one_call(services, settings(60_000)):
                raise RetryLaterError("the model does not answer", after=20)
        assert {each["count"] for each in deployment.documents("quotas").values()} == {0}


class TestCounters:
    @pytest.mark.parametrize("most", [0, 1, 19_999, 20_000, 39_999, 40_000, 600_000, 9_999_999])
    def test_share_the_budget_and_never_exceed_it(self, most: int) -> None:
        number = counters(most)
        share = most // number
        assert most - number < number * share <= most
        assert share / 86_400 < 0.5  # of the one write a second that a document takes

    def test_refuse_what_is_over(self, deployment: Deployment) -> None:
        services = deployment.services(now=lambda: NOON)
        with pytest.raises(TooManyRequestsError), one_call(services, settings(0)):
            raise AssertionError("a call that nobody allowed")
