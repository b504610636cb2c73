"""The count itself: every story, told to a fresh deployment, and what its documents weigh."""

import platform
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from local.github import Sample, read_samples
from local.scale.counts import (
    CARDS,
    EXPORT,
    FIVE,
    IDLE,
    INBOX,
    KPI,
    LARGE,
    LEDGER,
    OFFLINE,
    ONE,
    OTHER,
    PROVISIONING,
    REPORT,
    REVIEW,
    TWO,
    Counts,
    Kept,
    Story,
)
from local.scale.deployment import Deployment, running
from local.scale.pulls import large, small
from local.scale.stories import Teller, harmful
from local.scale.weight import Scales, documents

_ROOT = Path(__file__).resolve().parent.parent.parent
_SAMPLES = _ROOT / "local" / "samples"
_WARM = 3
_REVIEWS = 10  # that are reported on
_READER = "person-0"


@dataclass(frozen=True)
class _Pulls:
    samples: Sequence[Sample]
    small: Sequence[Sample]
    large: Sequence[Sample]


_Counted = tuple[list[Story], list[Kept]]


def count(say: Callable[[str], None], *, turns: int = 24) -> Counts:
    """Tell every story so many times (the slow ones less often); two deployments, about two minutes."""
    samples = read_samples(_SAMPLES)
    merged = small(samples, 4 * turns + _WARM)
    pulls = _Pulls(samples, merged, large(merged, max(2, turns // 4)))
    say("the functions start, the stand-in of the model writes …")
    with running([*samples, *merged, *pulls.large], with_model=True) as deployment:
        stories, kept = _with_model(deployment, pulls, turns, say)
        memory = deployment.memory()
    say("… and once more with the offline writer")
    with running(merged, with_model=False) as deployment:
        stories.append(_offline(deployment, merged, turns))
    at = f"{datetime.now(UTC):%Y-%m-%d}"
    return Counts(at, _machine(), {story.name: story for story in stories}, tuple(kept), memory)


def _with_model(deployment: Deployment, pulls: _Pulls, turns: int, say: Callable[[str], None]) -> _Counted:
    teller, left = Teller(deployment), iter(pulls.small)

    def merges(name: str, cards: int) -> Story:
        mine = [next(left) for _ in range(turns)]
        return teller.told(name, turns, lambda: teller.merge(mine, cards))

    teller.connect([_READER], pulls.small)
    teller.merge([next(left) for _ in range(_WARM)], 1)
    before = _weighed(deployment)
    stories = [merges(ONE, 1)]
    kept = list(_kept(before, _weighed(deployment), turns))
    say("merges of one person are counted")
    stories.append(teller.told(LARGE, len(pulls.large), lambda: teller.merge(pulls.large, 1)))
    teller.connect(["person-1"], pulls.small)
    stories.append(merges(TWO, 2))
    teller.connect([f"person-{number}" for number in (2, 3, 4)], pulls.small)
    stories.append(merges(FIVE, 5))
    say("merges of two and five people are counted")
    stories += _others(teller, pulls, turns)
    return stories, kept


def _others(teller: Teller, pulls: _Pulls, turns: int) -> Iterable[Story]:
    """Everything but merges."""
    yield teller.told(OTHER, 4 * turns, lambda: teller.ignore(pulls.small[0], 4 * turns))
    chosen = harmful(pulls.samples)
    teller.deployment.walk.connect([chosen.sample])
    reviewed = datetime.now(UTC)
    teller.review(chosen, 1)
    yield teller.told(REVIEW, _REVIEWS - 1, lambda: teller.review(chosen, _REVIEWS - 1))
    yield teller.told(REPORT, turns, lambda: teller.audit("report", turns, since=reviewed))
    yield teller.told(LEDGER, turns, lambda: teller.audit("ledger", turns, since=reviewed))
    cards, approved = list[str](), datetime.now(UTC)
    yield teller.told(INBOX, 1, lambda: cards.extend(teller.approve(_READER)))
    yield teller.told(CARDS, turns, lambda: teller.audit("report", turns, since=approved))
    yield teller.told(EXPORT, turns, lambda: teller.export(_READER, cards, turns))
    teller.provision(1)
    yield teller.told(PROVISIONING, turns // 4, lambda: teller.provision(turns // 4))
    teller.fold()
    yield teller.told(KPI, turns, lambda: teller.rates(turns))
    teller.reconcile(1)
    yield teller.told(IDLE, turns // 2, lambda: teller.reconcile(turns // 2))


def _offline(deployment: Deployment, pulls: Sequence[Sample], turns: int) -> Story:
    teller = Teller(deployment)
    teller.connect([_READER], pulls)
    teller.merge(pulls[:_WARM], 1)
    return teller.told(OFFLINE, turns, lambda: teller.merge(pulls[_WARM : _WARM + turns], 1))


_Sums = Mapping[str, Mapping[str, float]]


def _weighed(deployment: Deployment) -> _Sums:
    """Of each collection (of a subcollection with what it belongs to): documents, bytes, index entries."""
    scales = Scales(_ROOT / "firestore.indexes.json")
    sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for path, fields in documents(deployment.client):
        weight = scales.weigh(path, fields)
        found = sums["/".join(path.split("/")[::2])]
        found["documents"] += 1
        found["bytes"] += weight.document
        found["index_bytes"] += weight.indexes
        found["entries"] += weight.entries
        found["expires"] += isinstance(fields.get("expiresAt"), datetime)
    return sums


def _kept(before: _Sums, after: _Sums, turns: int) -> Iterable[Kept]:
    for collection, sums in after.items():
        more = {name: amount - before.get(collection, {}).get(name, 0.0) for name, amount in sums.items()}
        if number := more["documents"]:
            yield Kept(
                collection,
                documents=round(number / turns, 2),
                bytes=round(more["bytes"] / turns, 1),
                index_bytes=round(more["index_bytes"] / turns, 1),
                entries=round(more["entries"] / number, 1),
                expires=more["expires"] > 0,
            )


def _machine() -> str:
    """The processor, as the machine names it."""
    name = platform.machine()
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    return f"{name}, Python {platform.python_version()}"
