"""`make bench`: measure every section, or that of `ONLY`, print a table and leave the numbers in `.local/bench/`.

The exit code is 1 when a target is missed, and 2 when nothing could be measured.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from local.bench import audit, chain, kpi, runs, webhook
from local.bench.cores import BenchError
from local.bench.figures import HEADINGS, Figure
from local.firestore import EmulatorError
from local.table import render
from local.walk import WalkError

Sections = Mapping[str, Callable[[], list[Figure]]]
SECTIONS: Sections = {
    "webhook": webhook.figures,
    "chain": chain.figures,
    "runs": runs.figures,
    "audit": audit.figures,
    "kpi": kpi.figures,
}
"""What can be measured, each by a function without arguments."""
_REPORTS = Path(".local/bench")


def main(arguments: list[str] | None = None, sections: Sections = SECTIONS, reports: Path = _REPORTS) -> int:
    """Measure and report; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m local.bench", description=__doc__)
    parser.add_argument("only", nargs="*", help=f"what to measure, of {', '.join(sections)} (default: all)")
    names = parser.parse_args(arguments).only or list(sections)
    if unknown := [name for name in names if name not in sections]:
        parser.error(f"there is no section {unknown[0]}, only {', '.join(sections)}")
    try:
        found = {name: _measured(name, sections[name]) for name in names}
    except (BenchError, EmulatorError, WalkError) as error:
        print(f"make bench: {error}", file=sys.stderr)
        return 2
    _write(found, reports)
    return 0 if all(figure.is_met for figures in found.values() for figure in figures) else 1


def _measured(name: str, measure: Callable[[], list[Figure]]) -> list[Figure]:
    began = time.monotonic()
    figures = measure()
    print(f"\n{name} ({time.monotonic() - began:.0f} s)\n")
    print(render(HEADINGS, [figure.cells() for figure in figures]), flush=True)
    return figures


def _write(found: Mapping[str, list[Figure]], reports: Path) -> None:
    reports.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC)
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
    sections = {name: [figure.record() for figure in figures] for name, figures in found.items()}
    path = reports / f"{at:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps({"at": at.isoformat(), "on": machine, "sections": sections}, indent=1), "utf-8")
    print(f"\nevery number: {path}")


if __name__ == "__main__":
    sys.exit(main())
