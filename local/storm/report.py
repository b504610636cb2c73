"""What is said about a storm, in Markdown and in JSON, and were its targets met?"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from local.storm.fleet import SIZES
from local.storm.lightning import Place, When
from local.storm.plan import MINUTE, PATIENCE, Course

MOST_MODEL_CALLS = 1.10
_SHOWN = 5
_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


def numbers(course: Course) -> dict[str, Any]:
    """Everything that was counted, as JSON; seconds are the storm's clock's unless they are called real."""
    plan, found = course.plan, course.findings
    return {
        "name": plan.name,
        "seed": plan.seed,
        "speed": plan.speed,
        "merges": plan.deliveries,
        "deliveries": {
            "sent": course.sent,
            "failed": course.failed_deliveries,
            "redeliveries": course.redeliveries,
        },
        "events": found.events,
        "cards": found.cards,
        "states": dict(found.states),
        "exceptions": found.exceptions,
        "lost": list(found.lost),
        "doubled": list(found.doubled),
        "strange": list(found.strange),
        "brokenLedgers": list(found.broken),
        "unfinished": list(found.unfinished),
        "modelCalls": {
            "answered": course.model_calls,
            "refused": course.model_refusals,
            "eachEvent": round(course.model_calls / plan.deliveries, 3),
        },
        "secondsToCard": times(course),
        "outageSeconds": plan.outage,
        "stormSeconds": round(course.stormed),
        "leftAtTheEnd": course.left,
        "settledSeconds": round(course.settled),
        "realSeconds": round(course.real),
        "instancesStarted": course.started,
        "reconciled": course.reconciled,
        "effects": [
            {"function": function, "effect": effect, "count": count, **_struck(course, function, effect)}
            for (function, effect), count in sorted(course.tally.effects.items())
        ],
        "kills": course.tally.struck.total(),
        "instancesKilled": course.tally.instances,
        "troubles": dict(sorted(course.troubles.items())),
    }


def times(course: Course) -> dict[str, float]:
    """Seconds from the first delivery of a merge to the last of its cards: shares of all merges."""
    found = course.findings.card_times
    seconds = sorted(found[merge] - told for merge, told in course.told_at.items() if merge in found)
    if not seconds:
        return {}
    return {name: round(seconds[math.ceil(share * len(seconds)) - 1], 1) for name, share in _SHARES.items()}


def misses(course: Course) -> list[str]:
    """The targets that were not met, and what should have gone wrong and did not; empty when all is well."""
    found = course.findings
    wrong = {
        "lost": found.lost,
        "doubled": found.doubled,
        "strange": found.strange,
        "ledger broken": found.broken,
        f"unfinished after {PATIENCE / MINUTE:.0f} minutes": found.unfinished,
    }
    said = [f"{len(names)} {what}: {_some(names)}" for what, names in wrong.items() if names]
    each = course.model_calls / course.plan.deliveries
    if each > MOST_MODEL_CALLS:
        said.append(f"{each:.3f} model calls for each event, at most {MOST_MODEL_CALLS:.2f} are allowed")
    return said + [f"never happened: {name}" for name in _never(course)]


def markdown(course: Course) -> str:
    """The report of one storm."""
    return "\n".join(_lines(course)) + "\n"


def _lines(course: Course) -> Iterator[str]:
    told, plan = numbers(course), course.plan
    deliveries, calls = told["deliveries"], told["modelCalls"]
    yield f"## {plan.name}"
    yield ""
    yield "| what | value |"
    yield "|---|---|"
    yield f"| merges, deliveries sent (repetitions among them) | {plan.deliveries}, {deliveries['sent']} |"
    yield f"| deliveries that failed, redeliveries that were asked for | {deliveries['failed']}, {_redelivered(told)} |"
    yield f"| events, cards | {told['events']} {_counted(told['states'])}, {told['cards']} |"
    yield f"| **lost** cards | {len(told['lost'])} |"
    yield f"| **doubled** cards; broken ledgers | {len(told['doubled'])}; {len(told['brokenLedgers'])} |"
    yield f"| **model calls for each event** (answered; turned away) | {calls['eachEvent']:.3f} {_calls(calls)} |"
    yield f"| **unfinished** {PATIENCE / MINUTE:.0f} minutes after the storm | {len(told['unfinished'])} |"
    yield f"| still on their way when the storm ended; at rest after | {course.left}; {told['settledSeconds']} s |"
    yield f"| time to card, the storm's clock | {_times(told['secondsToCard'], 1)} |"
    yield f"| time to card, real time | {_times(told['secondsToCard'], plan.speed)} |"
    yield f"| workers killed; whole instances among them | {told['kills']}; {told['instancesKilled']} |"
    yield f"| instances started, turns of the reconciler | {told['instancesStarted']}, {told['reconciled']} |"
    yield f"| length of the storm; of the whole run in real time | {told['stormSeconds']} s; {told['realSeconds']} s |"
    yield ""
    yield "| function | effect | asked for in the storm | killed before | killed after |"
    yield "|---|---|---|---|---|"
    for row in told["effects"]:
        yield f"| {row['function']} | {row['effect']} | {row['count']} | {row['before']} | {row['after']} |"
    yield ""
    yield "| trouble | times |"
    yield "|---|---|"
    yield from (f"| {name} | {count} |" for name, count in told["troubles"].items())
    yield ""
    wrong = misses(course)
    yield "Every target is met." if not wrong else "\n".join(f"- **missed**: {each}" for each in wrong)


def _struck(course: Course, function: str, effect: str) -> dict[str, int]:
    struck = course.tally.struck
    return {when.value: struck[Place(function, effect, when)] for when in When}


def _never(course: Course) -> Iterator[str]:
    """The kinds of trouble that this storm was to bring and did not."""
    sides = Counter[tuple[str, When]]()
    for place, count in course.tally.struck.items():
        sides[place.function, place.when] += count
    for function in SIZES:
        yield from (f"a kill of {function} {when} an effect" for when in When if not sides[function, when])
    if not course.tally.instances:
        yield "a kill of a whole instance"
    yield from (name for name, count in course.troubles.items() if not count)
    if not course.redeliveries:
        yield "a redelivery"


def _redelivered(told: Mapping[str, Any]) -> str:
    return str(told["deliveries"]["redeliveries"])


def _counted(states: Mapping[str, int]) -> str:
    return "(" + ", ".join(f"{count} {state}" for state, count in sorted(states.items())) + ")"


def _calls(calls: Mapping[str, Any]) -> str:
    return f"({calls['answered']}; {calls['refused']})"


def _times(seconds: Mapping[str, float], speed: float) -> str:
    return ", ".join(f"{name} {value / speed:.1f} s" for name, value in seconds.items())


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
