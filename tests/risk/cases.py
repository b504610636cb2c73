"""Cases: which intents have a label, and which of them were set aside until the policy was frozen?"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from shared.domain.risk import Risk, RiskLevel, assess

LEVELS: tuple[RiskLevel, ...] = get_args(RiskLevel)
HERE = Path(__file__).parent
SET_ASIDE = 20
_META = ("additions", "deletions")


@dataclass(frozen=True)
class Case:
    """An intent with the level that a person gave it."""

    key: str
    label: RiskLevel
    goal: str
    constraints: object
    success: str
    pr_meta: Mapping[str, object] | None

    def risk(self) -> Risk:
        """What the policy says of it."""
        return assess(goal=self.goal, constraints=self.constraints, success=self.success, pr_meta=self.pr_meta)


def own_cases() -> list[Case]:
    """The intents that were written for this."""
    return [
        Case(
            key=intent["key"],
            label=intent["label"],
            goal=intent["goal"],
            constraints=intent["constraints"],
            success=intent["success"],
            pr_meta=intent.get("prMeta"),
        )
        for intent in _json(HERE / "intents.json")
    ]


def given_cases(trials: Path) -> list[Case]:
    """The given pull requests as intents: the title as goal, and the figures and paths that GitHub tells."""
    labels = _json(HERE / "trials.json")
    return [_of_pull_request(key, labels[key]["label"], trials / "prs" / key) for key in sorted(labels)]


def set_aside() -> frozenset[str]:
    """The keys of the cases that nobody looked at while the policy was written: those with the lowest hashes."""
    keys = [intent["key"] for intent in _json(HERE / "intents.json")] + list(_json(HERE / "trials.json"))
    return frozenset(sorted(keys, key=lambda key: hashlib.sha256(key.encode()).hexdigest())[:SET_ASIDE])


def _of_pull_request(key: str, label: RiskLevel, folder: Path) -> Case:
    pull = _json(folder / "pull.json")
    paths = [file["filename"] for file in _json(folder / "files.json")]
    figures = {name: pull[name] for name in _META}
    meta = {"prNumber": pull["number"], **figures, "changedFiles": pull["changed_files"], "paths": paths}
    return Case(key=key, label=label, goal=pull["title"], constraints=[], success="", pr_meta=meta)


def _json(path: Path) -> Any:  # noqa: ANN401 -- whatever the file holds
    return json.loads(path.read_text("utf-8"))
