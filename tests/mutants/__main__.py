"""`make mutants`: takes each guard away in turn and shows the test that turns red; 1 where none does."""

# ruff: noqa: T201  # a command line tool

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue

from local.firestore import FirestoreEmulator
from tests.mutants.mutant import DoesNotApplyError, Mutant, read_mutants
from tests.mutants.tree import Tree
from tests.mutants.trial import Outcome, run

PROJECT = Path(__file__).resolve().parents[2]
_SAYS = {"red": "noticed", "green": "NOT NOTICED", "broken": "BROKEN"}


def main() -> int:
    """Try the mutants that are named, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only the guards with one of these in their names")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at a time (default %(default)s)")
    chosen = parser.parse_args()
    mutants = [each for each in read_mutants() if not chosen.names or any(part in each.name for part in chosen.names)]
    if not mutants:
        parser.error("no guard has that in its name")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        return _try_all(mutants, Path(folder), chosen.jobs)


def _try_all(mutants: Sequence[Mutant], folder: Path, jobs: int) -> int:
    """All trials in copies in `folder`, first of the project as it is: what is red already shows nothing."""
    pristine = Tree.copied(PROJECT, folder / "pristine")
    log = folder / "firestore.log"
    with FirestoreEmulator(rules=pristine.root / "firestore.rules", log=log, state=PROJECT / ".local") as emulator:
        variables = {"FIRESTORE_EMULATOR_HOST": emulator.host}
        named = sorted({test for mutant in mutants for test in mutant.tests})
        control = run(pristine.root, named, "-n", str(jobs), variables=variables)
        print(f"with every guard: {control.verdict} in {control.seconds:.0f} s", flush=True)
        if control.verdict != "green":
            print(f"{control.test}\n{control.said}")
            return 1
        trees: SimpleQueue[Tree] = SimpleQueue()
        for number in range(jobs):
            trees.put(Tree.copied(pristine.root, folder / str(number)))
        with ThreadPoolExecutor(jobs) as pool:
            running = {pool.submit(_try, mutant, trees, variables): mutant for mutant in mutants}
            outcomes = [_show(running[each], each.result()) for each in as_completed(running)]
    missed = [name for name, verdict in outcomes if verdict != "red"]
    print(f"{len(outcomes) - len(missed)} of {len(outcomes)} guards have a test that turns red without them")
    for name in sorted(missed):
        print(f"  not shown: {name}")
    return 1 if missed else 0


def _try(mutant: Mutant, trees: "SimpleQueue[Tree]", variables: dict[str, str]) -> Outcome:
    tree = trees.get()
    try:
        with tree.without(mutant):
            return run(tree.root, mutant.tests, variables=variables)
    except DoesNotApplyError as error:
        return Outcome("broken", 0, said=str(error))
    finally:
        trees.put(tree)


def _show(mutant: Mutant, outcome: Outcome) -> tuple[str, str]:
    print(f"{_SAYS[outcome.verdict]:11} {outcome.seconds:5.1f} s  {mutant.name}: {mutant.guard}")
    print(f"                     {outcome.test or outcome.said}", flush=True)
    return mutant.name, outcome.verdict


if __name__ == "__main__":
    sys.exit(main())
