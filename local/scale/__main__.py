"""`make scale`: the counts and the bill; `--day`: a day; `--count`: count anew; `--write`: renew docs/scale.md."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.scale import counts, prices, tables, turns
from local.scale.cloud import FILE, Cloud
from local.scale.page import filled
from local.scale.picture import svg

SIZES = (1_000, 100_000, 10_000_000)
SEED = 1
_PAGE, _PICTURE = Path("docs/scale.md"), Path("docs/scale/backlog.svg")
_PRINTED = {"stories": "What was counted", "functions": "The functions of a merge", "kept": "What a merge leaves"}
_BILLED = {"bill": "The bill", "day": "A day", "limits": "How full each limit is"}


def main(arguments: list[str] | None = None) -> int:
    """Print what is asked for; the exit code is 0, or 2 where there is no such cell."""
    options = _parser().parse_args(arguments)
    if options.count:
        _count()
    counted, found = counts.read(), prices.read(options.prices)
    try:
        cloud = Cloud.read(options.cloud).having(**dict(options.set))
    except KeyError as error:
        print(f"there is no cell {error}", file=sys.stderr)
        return 2
    blocks = still(counted, cloud, found, options.per_month or SIZES)
    if options.day or options.write:
        blocks |= simulated(counted, cloud, max(options.per_month or SIZES), options.seed, write=options.write)
    if options.write:
        _PAGE.write_text(filled(_PAGE.read_text("utf-8"), blocks), "utf-8")
    else:
        for name, heading in {**_PRINTED, **_BILLED}.items():
            if name in blocks:
                print(f"## {heading}\n\n{blocks[name]}\n")
    return 0


def still(
    counted: counts.Counts, cloud: Cloud, found: Mapping[str, prices.Price], sizes: Sequence[float]
) -> dict[str, str]:
    """Every table that takes no time."""
    return {
        "stories": tables.stories(counted),
        "functions": tables.functions(counted, cloud),
        "kept": tables.kept(counted),
        "cells": tables.cells(cloud),
        "prices": tables.prices(found),
        "bill": tables.bills(counted, cloud, found, sizes),
        "measured": f"Counted on {counted.at}; times and memory measured on: {counted.machine}.",
    }


def simulated(
    counted: counts.Counts, cloud: Cloud, per_month: float, seed: int, *, write: bool = False
) -> dict[str, str]:
    """The tables of a working day under each turn; about a minute."""
    found = list(turns.courses(counted, cloud, per_month, seed=seed, turns=turns.read()))
    if write:
        title = f"Merges without a card on a working day of {per_month:,.0f} a month"
        _PICTURE.parent.mkdir(parents=True, exist_ok=True)
        _PICTURE.write_text(svg(found, title), "utf-8")
    return {"day": turns.courses_table(found), "limits": turns.limits_table(found)}


def _count() -> None:
    from local.scale.count import count  # noqa: PLC0415  # the local cloud, which a bill does not need

    count(lambda text: print(f"scale: {text}", file=sys.stderr, flush=True)).write()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.scale", description=__doc__)
    parser.add_argument("--count", action="store_true", help="count and measure anew in the local cloud (two minutes)")
    parser.add_argument("--prices", type=Path, default=prices.FILE, help="another price list, in the form of ours")
    parser.add_argument("--cloud", type=Path, default=FILE, help="other cells, in the form of ours")
    parser.add_argument("--set", type=_cell, action="append", default=[], metavar="CELL=NUMBER", help="one other cell")
    parser.add_argument(
        "--per-month", type=_merges, action="append", metavar="N", help="merges a month; may be repeated"
    )
    parser.add_argument("--day", action="store_true", help="simulate a working day of the largest month (a minute)")
    parser.add_argument("--seed", type=int, default=SEED, help="of the simulated day (default %(default)s)")
    parser.add_argument("--write", action="store_true", help="put every table into docs/scale.md, and draw its picture")
    return parser


def _cell(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    return name, float(number)


def _merges(text: str) -> float:
    number = float(text)
    if not number >= 1:
        raise ValueError
    return number


if __name__ == "__main__":
    sys.exit(main())
