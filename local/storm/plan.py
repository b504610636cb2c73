"""What is to happen in a storm, and what has happened once it is over."""

from dataclasses import dataclass, field

from local.storm.findings import Findings
from local.storm.lightning import Tally

MINUTE = 60.0
PATIENCE = 15 * MINUTE


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to happen; times in seconds of the storm's clock, shares from 0 to 1.

    Deliveries are spread over `over` seconds, and the storm goes on until nine in ten events are at rest, at most eight
    minutes longer. With an `outage` GitHub and the model are away for so long, from `outage_from` on, and the storm
    ends with it.
    """

    name: str
    deliveries: int
    seed: int
    speed: float
    over: float
    outage: float = 0.0
    outage_from: float = 2 * MINUTE
    kills: float = 0.05
    errors: float = 0.1


@dataclass(frozen=True, kw_only=True)
class Course:
    """What a storm was and what it left behind; times in seconds of its clock, but `real`.

    `left` events were still on their way when it ended; `settled` is how long they took from then on.
    """

    plan: Plan
    findings: Findings
    sent: int
    failed_deliveries: int
    redeliveries: int
    told_at: dict[int, float] = field(repr=False)
    model_calls: int
    model_refusals: int
    tally: Tally
    troubles: dict[str, int]
    started: int
    reconciled: int
    left: int
    stormed: float
    settled: float
    real: float
