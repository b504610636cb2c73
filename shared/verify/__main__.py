"""The check of an export without WorkLog: `python -m shared.verify FILE [--anchors FILE]`.

Exits with 0 when every chain holds, with 1 when one does not, with 2 for a file that is no whole export.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared.domain.verification import Anchor, Broken, Chain, anchored_until, first_broken, missing_subjects
from shared.verify.export import Claim, NotAnExportError, read_anchors, read_erased, read_export


def main(arguments: Sequence[str]) -> int:
    """Say what holds and what does not; the exit status says it again."""
    parser = argparse.ArgumentParser(prog="verify", description="Check the chains of an export.")
    parser.add_argument("file", type=Path, help="a download of the ledger (GET /api/audit/ledger)")
    parser.add_argument("--anchors", type=Path, help="lines of the log that tell of the heads")
    given = parser.parse_args(arguments)
    try:
        claim, chains = read_export(given.file)
    except NotAnExportError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    anchors = read_anchors(given.anchors) if given.anchors else []
    erased = read_erased(given.anchors) if given.anchors else set[str]()
    findings = Findings(claim, anchors, erased)
    sys.stdout.writelines(f"{line}\n" for line in findings.lines(chains))
    return 1 if findings.broken else 0


@dataclass
class Findings:
    """What the check of an export finds: `broken` counts chains."""

    claim: Claim
    anchors: Sequence[Anchor]
    erased: Collection[str] = ()
    broken: int = 0
    _entries: int = 0
    _subjects: set[str] = field(default_factory=set)

    def lines(self, chains: Iterable[Chain]) -> Iterator[str]:
        """Lines for a person: of what is broken, of what is not anchored, and last the sums."""
        of_subject: dict[str, list[Anchor]] = defaultdict(list)
        for anchor in filter(self.claim.knows, self.anchors):
            of_subject[anchor.subject].append(anchor)
        for chain in chains:
            yield from self._of_chain(chain, of_subject.get(chain.subject, []))
        absent = [each for given in of_subject.values() for each in given if each.subject not in self._subjects]
        yield from self._of_absent(absent)
        yield f"{len(self._subjects)} chains, {self._entries} entries, {self.broken} broken"

    def _of_chain(self, chain: Chain, anchors: Sequence[Anchor]) -> Iterator[str]:
        self._subjects.add(chain.subject)
        self._entries += len(chain.entries)
        fault = first_broken(chain, anchors)
        until = anchored_until(chain.subject, anchors)
        if fault:
            yield self._told(fault)
        elif until < len(chain.entries):
            yield f"not anchored {chain.subject} since entry {until + 1}"

    def _of_absent(self, anchors: Sequence[Anchor]) -> Iterator[str]:
        """What the log knows and the export has not: deleted, erased by right, not of it, or not to be told."""
        covered = [each for each in anchors if self.claim.covers(each)]
        missing = missing_subjects(self.erased, covered)
        yield from map(self._told, missing)
        expected = {each.subject for each in covered}
        unknown = {each.subject for each in anchors if self.claim.covers(each) is None} - expected
        outside = {each.subject for each in anchors} - expected - unknown
        for number, words in (
            (len(expected) - len(missing), "were erased, as the log says"),
            (len(outside), "are not of this export: of another period, or somebody else's"),
            (len(unknown), "are not in this export, and their lines do not say whether they should be"),
        ):
            if number:
                yield f"{number} anchored subjects {words}"

    def _told(self, fault: Broken) -> str:
        self.broken += 1
        return f"BROKEN {fault}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
