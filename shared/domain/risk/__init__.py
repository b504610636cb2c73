"""Placeholder of the lead's so that imports hold until the engine stands here: overwrite it."""

from collections.abc import Mapping
from typing import Literal

from shared.domain.document import Document

RiskLevel = Literal["Low", "Med", "High"]


class RiskFactor(Document):
    code: str
    weight: int
    evidence: str


class Risk(Document):
    level: RiskLevel
    score: int
    factors: tuple[RiskFactor, ...] = ()
    policy_version: str


def assess(*, goal: str, constraints: object, success: str, pr_meta: Mapping[str, object] | None) -> Risk:
    level: RiskLevel = "Low" if goal.startswith("Low") else "High"
    return Risk(level=level, score=99, factors=(), policy_version="placeholder")
