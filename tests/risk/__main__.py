"""Print how the policy does: `python -m tests.risk`, with TRIALS set to the folder of the given pull requests as well.

`--worked-on` leaves the half out that was set aside; `--differences` tells where policy and label differ, and why.
"""

import os
import sys
from pathlib import Path

from shared.domain.risk.policy import policy
from tests.risk.cases import given_cases, own_cases, set_aside
from tests.risk.evaluation import differences, report


def main(arguments: list[str]) -> None:
    """Both halves, or the one that was worked on."""
    trials = os.environ.get("TRIALS", "").strip()
    cases = own_cases() + (given_cases(Path(trials)) if trials else [])
    aside = set_aside()
    halves = {"worked on": [case for case in cases if case.key not in aside]}
    if "--worked-on" not in arguments:
        halves["set aside"] = [case for case in cases if case.key in aside]
    lines = [f"policy {policy().version}; {len(cases)} labelled intents", ""]
    for name, half in halves.items():
        lines += report(name, half)
        if "--differences" in arguments:
            lines += [*differences(half), ""]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
