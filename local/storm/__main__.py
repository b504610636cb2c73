"""`make storm`: a thousand deliveries through workers that are killed, and once more with an outage."""

import argparse
import json
import sys
import time
from pathlib import Path

from local.dev import guarded
from local.github import read_samples
from local.storm.plan import MINUTE, Course, Plan
from local.storm.report import markdown, misses, numbers
from local.storm.storm import storm

_OWN = Path(__file__).parent.parent / "samples"
_FOLDER = Path(".local/storm")
_HEAD = """# Storm

Seed {seed}. The storm's clock ran {speed:g} times as fast as the wall's: leases, due times, GitHub's tokens and limits,
the reconciler's minutes, the queues' rates, backoffs, deadlines and used names. In real time ran what waits on the
network (the clients' timeouts and the ten seconds that GitHub waits for an answer: {speed:g} times as long by the
storm's clock), the start of a worker, and the work itself: a slow machine shows in the time to card, {speed:g} times
enlarged.

An effect is a write to the store, a task that is queued, a call of GitHub or of the model. {kills:.0%} of all effects
were struck by SIGKILL, half of them before they happened, half after, ten in a hundred of them against the whole
instance. {errors:.0%} of the calls of GitHub and of the model were answered with a 5xx; some tasks came twice, or were
refused, or were taken and said not to be. GitHub delivers once; what failed it repeats when the reconciler asks.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run both storms and leave a report; the exit code is 1 when a target is missed or a storm has no end."""
    options = _parse(arguments)
    plans, courses = _plans(options), list[Course]()
    guarded(lambda: courses.extend(_run(plan, options.folder) for plan in plans))
    if len(courses) < len(plans):
        return 1
    head = _HEAD.format(seed=options.seed, speed=options.speed, kills=options.kills, errors=courses[0].plan.errors)
    report = "\n".join([head, *(markdown(course) for course in courses)])
    told = json.dumps([numbers(course) for course in courses], indent=2, ensure_ascii=False)
    (options.folder / "report.md").write_text(report, "utf-8")
    (options.folder / "report.json").write_text(told + "\n", "utf-8")
    print(f"\n{report}\nThis stands in {options.folder}/report.md and report.json.", flush=True)
    return int(any(misses(course) for course in courses))


def _run(plan: Plan, folder: Path) -> Course:
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"storm: {plan.name}, {time.monotonic() - began:4.0f} s: {text}", flush=True)

    return storm(plan, read_samples(_OWN), folder / plan.name.replace(" ", "-"), say)


def _plans(options: argparse.Namespace) -> list[Plan]:
    about = {
        "deliveries": options.deliveries,
        "seed": options.seed,
        "speed": options.speed,
        "over": options.over * MINUTE,
        "kills": options.kills,
    }
    plans = [Plan(name="without an outage", **about)]
    if options.outage:
        plans.append(Plan(name="with an outage", outage=options.outage * MINUTE, **about))
    return plans


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.storm", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=1000, help="merges to tell of (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of names, times and dice (default %(default)s)")
    parser.add_argument("--outage", type=float, default=20, help="minutes in a second storm, 0 for none (%(default)s)")
    parser.add_argument("--speed", type=float, default=6, help="how much faster the clock runs (default %(default)s)")
    parser.add_argument("--over", type=float, default=12, help="minutes that deliveries are spread over (%(default)s)")
    parser.add_argument("--kills", type=float, default=0.05, help="share of effects that kill (default %(default)s)")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="where the report goes (default %(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
