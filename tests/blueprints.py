"""Blueprints for tests."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from functions.provisioner.tree import tree
from shared.domain.blueprint import Blueprint

CONSTRAINTS = {
    "mustNot": ["store names of customers", "call a scanner more than once a minute"],
    "language": "Python 3.11",
    "budget": {"maxCpu": 2, "monthlyEuro": 40.5},
    "offline": True,
    "network": False,
    "until": None,
}
BLUEPRINT = Blueprint(
    job_id="job-1",
    intent_id="intent-1",
    approval_id="approval-1",
    name="parcel-alerts",
    goal="Tell couriers which parcels will be late.\n\nEvery five minutes the service\n"
    "- reads the scans of the depots\n- lists late parcels by courier\n\nIt never writes at night.",
    constraints=json.dumps(CONSTRAINTS),
    success="A courier sees every late parcel within 10 minutes. Couriers like it.",
    agent=None,
    created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)


def blueprint(**fields: Any) -> Blueprint:  # noqa: ANN401
    """The sample with other fields."""
    return replace(BLUEPRINT, **fields)


def hostile(words: str) -> Blueprint:
    """A blueprint that says these words wherever a person may say something."""
    constraints = {words: words, "list": [words, {words: [words]}]}
    return blueprint(goal=words, success=words, constraints=json.dumps(constraints))


def texts(made: Blueprint) -> dict[str, str]:
    """The files of its tree that WorkLog writes, by the last part of their paths."""
    ours = ("README.md", "constitution.md", "spec.md")
    return {
        file.path.rpartition("/")[2]: file.content.decode()
        for file in tree(made)
        if file.path.rpartition("/")[2] in ours
    }
