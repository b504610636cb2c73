"""What does a stand-in do instead of the usual, how often, and has it happened yet?"""

import random
import threading
from dataclasses import dataclass
from typing import Generic, TypeVar

Behaviour = TypeVar("Behaviour")


@dataclass
class Rule(Generic[Behaviour]):
    """One scripted behaviour; a test that needs it asks how often it `fired`."""

    behaviour: Behaviour
    operation: str
    times: int | None
    probability: float
    fired: int = 0


class Script(Generic[Behaviour]):
    """The rules that are on; of several that fit the first one strikes. `seed` makes what is drawn repeatable."""

    def __init__(self, seed: int | None = None) -> None:
        self._lock = threading.Lock()
        self._dice = random.Random(seed)  # noqa: S311 -- dice, not secrets
        self._rules: list[Rule[Behaviour]] = []

    def add(
        self, behaviour: Behaviour, *, operation: str = "", times: int | None = 1, probability: float = 1.0
    ) -> Rule[Behaviour]:
        """Let the next `times` calls (None: all) of `operation` behave so, each with `probability`."""
        rule = Rule(behaviour, operation, times, probability)
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Let everything be as usual again."""
        with self._lock:
            self._rules.clear()

    def draw(self, operation: str = "") -> Behaviour | None:
        """What this call meets; None for the usual."""
        with self._lock:
            for rule in self._rules:
                spent = rule.times is not None and rule.fired >= rule.times
                if spent or rule.operation != operation or self._dice.random() >= rule.probability:
                    continue
                rule.fired += 1
                return rule.behaviour
        return None
