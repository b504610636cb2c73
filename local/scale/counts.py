"""What was counted: for each story and function the amounts of one turn, and what the documents weigh."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).with_name("counts.json")
ONE, TWO, FIVE, LARGE, OFFLINE = "merge", "merge, 2 people", "merge, 5 people", "large merge", "merge, offline writer"
OTHER, REVIEW, INBOX, EXPORT, IDLE = "other delivery", "review", "inbox and 20 approvals", "export", "idle minute"
REPORT, LEDGER, CARDS = "report on 10 reviews", "download of their ledger", "report on 20 cards"
KPI, PROVISIONING = "KPIs of 30 days", "provisioning"
"""The names of the stories."""
EXACT = ("requests", "reads", "writes", "deletes", "store_calls", "github", "tasks", "model")
"""The same on every machine; all other amounts are measured."""


@dataclass(frozen=True)
class Story:
    """One thing that happens, told `turns` times; `functions` are the amounts of one turn, by function."""

    name: str
    turns: int
    functions: Mapping[str, Mapping[str, float]]

    def total(self, amount: str) -> float:
        """An amount of all functions together."""
        return sum(each.get(amount, 0.0) for each in self.functions.values())


@dataclass(frozen=True)
class Kept:
    """What a story leaves in one collection for each turn; `entries` are those of one document's indexes."""

    collection: str
    documents: float
    bytes: float
    index_bytes: float
    entries: float
    expires: bool


@dataclass(frozen=True)
class Counts:
    """Everything of one count; `machine` is where seconds and memory (bytes) were measured."""

    at: str
    machine: str
    stories: Mapping[str, Story]
    kept: tuple[Kept, ...]
    memory: Mapping[str, int]

    def write(self, file: Path = FILE) -> None:
        """Keep it as JSON."""
        file.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")


def read(file: Path = FILE) -> Counts:
    """What was kept last."""
    found = json.loads(file.read_text("utf-8"))
    stories = {name: Story(**each) for name, each in found["stories"].items()}
    kept = tuple(Kept(**each) for each in found["kept"])
    return Counts(found["at"], found["machine"], stories, kept, found["memory"])
