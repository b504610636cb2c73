"""Who else says no: GitHub's hour of an installation, the model's minute, and the model's budget of the day."""

from collections import Counter

from local.scale.arrivals import DAY, HOUR
from local.scale.cloud import Cloud

_MINUTE = 60.0
_FREE = 20  # people whom an installation's first calls are for
_EACH = 50
BUDGET = "the day's budget"


class Window:
    """At most so much within each window of the clock; `seconds` is how long one is."""

    def __init__(self, most: float, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._number, self._used = -1, 0.0

    def spend(self, at: float, amount: float) -> float | None:
        """Spend from the window of that time; None, or when the next one begins if there is not enough left."""
        number = int(at // self._seconds)
        if number != self._number:
            self._number, self._used = number, 0.0
        if self._used + amount > self._most and self._used:  # what is larger than a window goes alone
            return (number + 1) * self._seconds
        self._used += amount
        return None


class GitHubHours:
    """The calls of each installation within an hour; large installations may make more."""

    def __init__(self, cloud: Cloud, merges: Counter[int]) -> None:
        self._windows = {number: Window(most_an_hour(cloud, count), HOUR) for number, count in merges.items()}

    def spend(self, installation: int, at: float, calls: float) -> float | None:
        """None, or when GitHub lets the installation ask again."""
        return self._windows[installation].spend(at, calls)


class Model:
    """Requests and tokens of the minute, and the budget of the day; what the minute refuses uses up nothing."""

    def __init__(self, cloud: Cloud) -> None:
        self._budget = Window(cloud["model_calls_a_day"], DAY)
        self._calls = Window(cloud["model_calls_a_minute"], _MINUTE)
        self._tokens = Window(cloud["model_tokens_a_minute"], _MINUTE)
        self._is_spent = cloud["model_calls_a_day"] < 1

    def ask(self, at: float, tokens: float) -> tuple[float | None, str]:
        """None, or when it may be asked again, in the next minute or on the next day; and who says so."""
        if self._is_spent:
            return DAY, BUDGET
        later = self._calls.spend(at, 1) or self._tokens.spend(at, tokens)
        if later is not None:
            return later, "the model"
        self._is_spent = self._budget.spend(at, 1) is not None
        return (DAY, BUDGET) if self._is_spent else (None, "")


def most_an_hour(cloud: Cloud, people: int) -> float:
    """GitHub's limit for an installation of so many people; we take one for each of its merges of a day."""
    return min(cloud["github_most"], cloud["github_an_hour"] + _EACH * max(0, people - _FREE))
