"""The webhook beside hello: how long a cold start takes, what a delivery costs, and whether those that wait get in."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from local.bench.figures import Amount, Figure, Ratio
from local.bench.load import Load, run
from local.bench.served import Served
from local.bench.stage import Stage, staged
from local.bench.waiting import waited

STARTS = 9
LOADS = 5
WAITING = 16
_DELIVERIES, _HELLOS = 400, 1200
_MILLI, _MEGA = 1e3, 1e6


def figures() -> list[Figure]:
    """Every figure of the webhook."""
    with tempfile.TemporaryDirectory() as folder, staged(Path(folder)) as stage:
        _warm(stage)
        return [*_starts(stage), *_loads(stage), *_waiting(stage)]


def _warm(stage: Stage) -> None:
    """Let disk, emulator and queue have done it all once."""
    for kind in (stage.hello, stage.webhook, stage.stale_webhook):
        with kind() as served:
            served.first(stage.delivery())
            run(served, stage.deliveries.take(100))


def _starts(stage: Stage) -> list[Figure]:
    kinds: list[Callable[[], Served]] = [stage.hello, stage.webhook, stage.stale_webhook]
    rounds = [[_first(kind, stage) for kind in kinds] for _ in range(STARTS)]
    hello, ours, stale = zip(*rounds, strict=True)
    name, unit = "start to the first 200", "ms"
    return [
        Ratio(name=name, unit=unit, ours=ours, hello=hello, at_most=3.0),
        Ratio(name=f"{name}, bytecode stale", unit=unit, ours=stale, hello=hello, at_most=3.0),
    ]


def _first(kind: Callable[[], Served], stage: Stage) -> float:
    with kind() as served:
        return served.first(stage.delivery()) * _MILLI


def _loads(stage: Stage) -> list[Figure]:
    hello, ours = [], []
    for _ in range(LOADS):
        hello.append(_load(stage.hello, _HELLOS, stage))
        ours.append(_load(stage.webhook, _DELIVERIES, stage))
    shares = [each.share for each in ours]
    return [
        Ratio(
            name="processor time a request",
            unit="ms",
            ours=[each.cpu * _MILLI for each in ours],
            hello=[each.cpu * _MILLI for each in hello],
            at_most=5.5,
        ),
        Ratio(
            name="memory of a worker (PSS)",
            unit="MB",
            ours=[each.proportional / _MEGA for each in ours],
            hello=[each.proportional / _MEGA for each in hello],
            at_most=2.6,
        ),
        Ratio(
            name="memory of a worker (RSS)",
            unit="MB",
            ours=[each.resident / _MEGA for each in ours],
            hello=[each.resident / _MEGA for each in hello],
            at_most=2.6,
        ),
        Amount(name="busy under load", unit="% of its core", ours=[100 * share for share in shares]),
    ]


def _load(kind: Callable[[], Served], count: int, stage: Stage) -> Load:
    with kind() as served:
        served.first(stage.delivery())
        run(served, stage.deliveries.take(50))
        return run(served, stage.deliveries.take(count))


def _waiting(stage: Stage) -> list[Figure]:
    with stage.webhook() as served:
        answers = waited(served, stage.deliveries.take(WAITING))
    return [
        Amount(
            name=f"answered 200 of {WAITING} that waited for the start",
            unit="deliveries",
            ours=[sum(each.accepted for each in answers)],
            at_least=WAITING,
        ),
        Amount(
            name="start to the last of their answers", unit="ms", ours=[max(each.seconds for each in answers) * _MILLI]
        ),
    ]
