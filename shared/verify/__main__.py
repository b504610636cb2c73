"""The check of an export without WorkLog: `python -m shared.verify FILE [--anchors FILE]`.

Exits with 0 when every chain holds, with 1 when one does not, with 2 for a file that is no whole export.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from shared.domain.verification import Anchor, Chain, anchored_until, first_broken, missing_subjects
from shared.verify.export import NotAnExportError, read_anchors, read_export


def main(arguments: Sequence[str]) -> int:
    """Say what holds and what does not; the exit status says it again."""
    parser = argparse.ArgumentParser(prog="verify", description="Check the chains of an export.")
    parser.add_argument("file", type=Path, help="an export of the audit report")
    parser.add_argument("--anchors", type=Path, help="lines of the log that tell of the heads")
    given = parser.parse_args(arguments)
    try:
        chains = read_export(given.file)
    except NotAnExportError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    anchors = read_anchors(given.anchors) if given.anchors else []
    said, broken = findings(chains, anchors)
    sys.stdout.writelines(f"{line}\n" for line in said)
    return 1 if broken else 0


def findings(chains: Sequence[Chain], anchors: Sequence[Anchor]) -> tuple[list[str], int]:
    """Lines for a person, and how many chains are broken."""
    of_subject: dict[str, list[Anchor]] = defaultdict(list)
    for anchor in anchors:
        of_subject[anchor.subject].append(anchor)
    found = [first_broken(chain, of_subject[chain.subject]) for chain in chains]
    broken = [each for each in (*found, *missing_subjects(chains, anchors)) if each]
    lines = [
        f"BROKEN {each.subject} at entry {each.seq}: {each.reason}{f' {each.document}' if each.document else ''}"
        for each in broken
    ]
    for chain, fault in zip(chains, found, strict=True):
        until = anchored_until(chain, of_subject[chain.subject])
        if fault is None and until < len(chain.entries):
            lines.append(f"not anchored {chain.subject} since entry {until + 1}")
    entries = sum(len(chain.entries) for chain in chains)
    return [*lines, f"{len(chains)} chains, {entries} entries, {len(broken)} broken"], len(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
