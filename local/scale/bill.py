"""What does a month of so many merges cost? Counted amounts times assumed habits times the price list."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from local.scale.cloud import Cloud
from local.scale.counts import CARDS, EXPORT, FIVE, IDLE, INBOX, LARGE, ONE, OTHER, REPORT, REVIEW, Counts, Story
from local.scale.prices import Price

_HOURS, _DAYS = 730, 30.4
_MINUTES = _HOURS * 60
_GIB = 2**30
_CARDS = 20  # that are approved in their story
_REPORTED = 10  # reviews in theirs
_WEEK = 7
_CARD = "asset-cards"
_WITH_MORE_MEMORY = ("agent_runner", "asset_generator", "pr_event_processor", "webhooks")
Amounts = Mapping[str, float]
"""By the name of their price."""


@dataclass(frozen=True)
class Line:
    """One price's part of the bill: how much of it in a month, and dollars."""

    price: Price
    amount: float
    dollars: float


def bill(counts: Counts, cloud: Cloud, prices: Mapping[str, Price], per_month: float) -> list[Line]:
    """The lines of a month of so many merges, in the order of the price list."""
    used = usage(counts, cloud, per_month)
    return [Line(price, used[name], price.of(used[name])) for name, price in prices.items()]


def usage(counts: Counts, cloud: Cloud, per_month: float) -> Amounts:
    """How much of everything that is priced such a month takes."""
    used: dict[str, float] = defaultdict(float)
    for story, turns, large in _turns(counts, cloud, per_month):
        for name, amount in _of_story(story, cloud, large=large):
            used[name] += turns * amount
    used["firestore storage"] = _storage(counts, cloud, per_month) / _GIB
    used["firestore deletes"] += per_month * sum(each.documents for each in counts.kept if each.expires)
    deliveries = per_month * (1 + cloud["other_deliveries"])
    used["load balancer rule"], used["firewall policy"] = _HOURS, 1
    used["load balancer data"] = deliveries * cloud["delivery_bytes"] / _GIB
    used["firewall requests"] = deliveries
    return used


def _turns(counts: Counts, cloud: Cloud, per_month: float) -> Iterator[tuple[Story, float, bool]]:
    """Each story, how often it is told in the month, and whether its prompts are full."""
    stories, large = counts.stories, cloud["large"]
    yield stories[ONE], per_month * (1 - large), False
    yield stories[LARGE], per_month * large, True
    yield _one_more(stories[ONE], stories[FIVE]), per_month * (cloud["people"] - 1), False
    yield stories[OTHER], per_month * cloud["other_deliveries"], False
    yield stories[INBOX], per_month * cloud["people"] * cloud["looked_at"] / _CARDS, False
    yield stories[EXPORT], per_month * cloud["exports"], False
    yield stories[REVIEW], per_month * cloud["reviews"], False
    yield stories[REPORT], per_month * cloud["reviews"] * cloud["reports"] / _REPORTED, False
    yield stories[CARDS], per_month * cloud["people"] * cloud["reports"] / _CARDS, False
    yield stories[IDLE], _MINUTES, False


def _one_more(one: Story, five: Story) -> Story:
    """What each further person adds to a merge: the amounts grow evenly."""
    more = {
        function: {name: (amount - one.functions[function].get(name, 0.0)) / 4 for name, amount in amounts.items()}
        for function, amounts in five.functions.items()
    }
    return Story("one person more", five.turns, more)


def _of_story(story: Story, cloud: Cloud, *, large: bool) -> Iterator[tuple[str, float]]:
    """What one turn takes of everything that is priced."""
    for kind in ("reads", "writes", "deletes"):
        yield f"firestore {kind}", story.total(kind)
    requests = story.total("requests")
    yield "function requests", requests
    for function in story.functions:
        seconds = max(0.0, cloud.seconds(story, function, large=large)) / cloud["shared"]
        yield "function processor", seconds
        yield "function memory", seconds * cloud["task_memory" if function in _WITH_MORE_MEMORY else "memory"]
    yield "queue operations", 2 * story.total("tasks")  # made, and delivered
    yield "logs", (story.total("logged") + requests * cloud["request_log_bytes"]) / _GIB
    yield "model tokens in", story.total("tokens_in")
    yield "model tokens out", story.total("model") * (cloud["answer_tokens"] + cloud["thought_tokens"])


def _storage(counts: Counts, cloud: Cloud, per_month: float) -> float:
    """Bytes after so many months: what stays, and a week of what goes."""
    return per_month * sum(
        (each.bytes + each.index_bytes)
        * (cloud["people"] if each.collection.startswith(_CARD) else 1)
        * (_WEEK / _DAYS if each.expires else cloud["months"])
        for each in counts.kept
    )
