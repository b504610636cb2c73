"""A scenario struck at each of its effects in turn: does the same always come of it?"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from signal import SIGKILL

from tests.crash.effects import Fault, Kind
from tests.crash.nursery import Nursery, Outcome, Request
from tests.crash.scenario import Scenario


@dataclass(frozen=True)
class Rehearsal:
    """What a calm run does, and what there is at its end."""

    effects: tuple[str, ...]
    documents: Counter[str]


class Matrix:
    """A scenario under every fault of a kind."""

    def __init__(self, scenario: Scenario, nursery: Nursery) -> None:
        self.scenario = scenario
        self.stage = scenario.stage
        self._nursery = nursery

    @cached_property
    def rehearsal(self) -> Rehearsal:
        """A run in calm, all of whose effects have been seen."""
        outcome, request = self._run(None)
        assert outcome.is_ok, (outcome, self._nursery.log())
        assert not outcome.stray, f"leaves the process past every seam: {outcome.stray}"
        talked_to = {name.split()[0] for name in outcome.effects}
        assert talked_to == self.scenario.peers, f"talks to {talked_to}"
        return Rehearsal(outcome.effects, self._end(request))

    def strike(self, kind: Kind) -> Iterator[str]:
        """Strike in turn every effect where the kind makes a difference; what went wrong with each where it did."""
        for number, name in enumerate(self.rehearsal.effects, 1):
            if not kind.strikes(name) or (number + list(Kind).index(kind)) % self.scenario.stride:
                continue
            try:
                self._strike(Fault(kind, number))
            except AssertionError as error:
                yield f"{kind}, {number} of {len(self.rehearsal.effects)}, {name}: {error}"

    def _strike(self, fault: Fault) -> None:
        outcome, request = self._run(fault)
        reached = outcome.effects[: fault.number]
        assert reached == self.rehearsal.effects[: fault.number], f"another way than in calm: {reached}"
        assert outcome.struck, "the fault did not fire"
        assert not outcome.stray, outcome.stray
        assert outcome.exit == (-SIGKILL if fault.kind.kills else 0), (outcome, self._nursery.log())
        found = self._end(request)
        expected = self.rehearsal.documents.copy()
        for collection in self.scenario.grows:
            assert found.pop(collection) >= expected.pop(collection)
        assert found == expected, f"too many: {dict(found - expected)}, missing: {dict(expected - found)}"

    def _run(self, fault: Fault | None) -> tuple[Outcome, Request]:
        """A run of the scenario in a process of its own."""
        self.stage.clear()
        request = self.scenario.prepare()
        outcome = self._nursery.run(request, self.stage.deployment.variables, fault)
        self.scenario.ended(outcome)
        return outcome, request

    def _end(self, request: Request) -> Counter[str]:
        """What there is once all has healed, and the request has come once more, because its answer was lost."""
        self.stage.heal()
        self.scenario.check()
        self.scenario.repeat(request)
        assert not self.stage.queued(), "it queues again what is done"
        return self.stage.documents()
