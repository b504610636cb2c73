"""Evaluation: how often do the policy and a person agree, and what would another threshold cost?"""

from collections import Counter
from collections.abc import Iterator, Sequence

from shared.domain.risk import RiskLevel
from shared.domain.risk.policy import policy
from tests.risk.cases import LEVELS, Case

_THRESHOLDS = range(10, 101, 10)


def confusion(cases: Sequence[Case]) -> Counter[tuple[RiskLevel, RiskLevel]]:
    """How many cases have this label (first) and this level (second)."""
    return Counter((case.label, case.risk().level) for case in cases)


def report(name: str, cases: Sequence[Case]) -> Iterator[str]:
    """The lines about one half."""
    table = confusion(cases)
    right = sum(table[level, level] for level in LEVELS)
    yield f"{name}: {len(cases)} intents, {right} as labelled"
    yield "  label \\ policy " + "".join(f"{level:>6}" for level in LEVELS)
    yield from (f"  {label:<15}" + "".join(f"{table[label, level]:>6}" for level in LEVELS) for label in LEVELS)
    yield "  approval from score    need it   High-labelled among them   labelled Med or High without it"
    yield from (_threshold(least, cases) for least in _THRESHOLDS)
    yield ""


def differences(cases: Sequence[Case]) -> Iterator[str]:
    """The cases that the policy sees in another way, with its reasons."""
    for case in cases:
        risk = case.risk()
        if risk.level != case.label:
            why = ", ".join(f"{factor.code} {factor.weight} ({factor.evidence})" for factor in risk.factors)
            yield f"  {case.key}: {case.label}, the policy says {risk.level} {risk.score}: {why or 'nothing found'}"


def _threshold(least: int, cases: Sequence[Case]) -> str:
    asked = [case for case in cases if case.risk().score >= least]
    missed = sum(case.label != "Low" and case.risk().score < least for case in cases)
    high = sum(case.label == "High" for case in asked)
    used = {weight: level for level, weight in policy().thresholds.items()}.get(least, "")
    return f"  {least:>5} {used:<4} {_share(len(asked), len(cases)):>20} {_share(high, len(asked)):>26} {missed:>20}"


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} = {part / whole:.0%}" if whole else "0/0"
