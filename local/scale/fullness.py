"""Which limit is how full at the day's busiest? What is asked of each, over what it gives, without any queue."""

from collections import Counter
from collections.abc import Iterator, Sequence

from local.scale.arrivals import HOUR, Merge
from local.scale.cloud import Cloud
from local.scale.counts import LARGE, ONE, OTHER, Counts
from local.scale.day import FETCH, GENERATE, mean_seconds
from local.scale.limits import most_an_hour
from shared.model_budget import counters

_WEBHOOKS, _PROCESSOR = "webhooks", "pr_event_processor"
_MINUTE = 60.0
_EVENT_WRITES = 5  # of a pr-event: stored, claimed, moved on, claimed, done; each moves its entry of (state, dueAt)


def fullness(counts: Counts, cloud: Cloud, merges: Sequence[Merge]) -> list[tuple[str, float]]:
    """Each limit and what is asked of it at its busiest, over what it gives; the fullest first."""
    return sorted(_all(counts, cloud, merges), key=lambda each: -each[1])


def _all(counts: Counts, cloud: Cloud, merges: Sequence[Merge]) -> Iterator[tuple[str, float]]:
    hour, minute = _busiest(merges, HOUR) / HOUR, _busiest(merges, _MINUTE) / _MINUTE
    small, large, share = counts.stories[ONE], counts.stories[LARGE], cloud["large"]
    seconds = [one * (1 - share) + other * share for one, other in mean_seconds(counts, cloud)]
    names = ("pr-event-processor", "asset-generator")
    for stage in (FETCH, GENERATE):
        yield f"queue {names[stage]}: tasks at once", hour * seconds[stage] / cloud["queue_at_once"]
        yield f"queue {names[stage]}: tasks a second", hour / cloud["queue_a_second"]
    if cloud["model_writes"]:
        tokens = small.total("tokens_in") * (1 - share) + large.total("tokens_in") * share
        yield "the model's budget of the day", len(merges) / max(1.0, cloud["model_calls_a_day"])
        yield "the model's requests a minute", hour * _MINUTE / cloud["model_calls_a_minute"]
        yield "the model's tokens a minute", hour * _MINUTE * tokens / cloud["model_tokens_a_minute"]
        yield (
            "a document of the model's budget: writes a second",
            hour / counters(int(cloud["model_calls_a_day"])) / cloud["document_writes"],
        )
    calls = [each.functions[_PROCESSOR]["github"] for each in (small, large)]
    yield "GitHub's calls an hour, largest installation", _largest(merges, calls, cloud)
    deliveries = minute * (cloud.seconds(small, _WEBHOOKS) + cloud["other_deliveries"] * _other(counts, cloud))
    yield "webhook: deliveries at once", deliveries / cloud["webhook_at_once"]
    told = minute * _MINUTE * (1 + cloud["other_deliveries"])
    yield "firewall: deliveries a minute from one address", told / cloud["deliveries_a_minute"]
    yield "the index of (state, dueAt)", minute * _EVENT_WRITES / cloud["index_writes"]


def _other(counts: Counts, cloud: Cloud) -> float:
    return cloud.seconds(counts.stories[OTHER], _WEBHOOKS)


def _largest(merges: Sequence[Merge], calls: Sequence[float], cloud: Cloud) -> float:
    """The fullest hour of any installation."""
    by_hour: Counter[tuple[int, int]] = Counter()
    for merge in merges:
        by_hour[merge.installation, int(merge.at // HOUR)] += round(calls[merge.large])
    people = Counter(merge.installation for merge in merges)
    return max(asked / most_an_hour(cloud, people[number]) for (number, _), asked in by_hour.items())


def _busiest(merges: Sequence[Merge], seconds: float) -> int:
    return max(Counter(int(merge.at // seconds) for merge in merges).values())
