"""What is the cloud taken to be? Times, limits and habits that can't be counted here: data, each to be changed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from local.scale.counts import Story

FILE = Path(__file__).with_name("cloud.json")
_MODELS = ("model_seconds", "large_model_seconds")


@dataclass(frozen=True)
class Cell:
    """A value, what it stands for, and whether it was read at its source."""

    value: Any
    why: str
    checked: bool


@dataclass(frozen=True)
class Cloud:
    """The cells by name."""

    cells: Mapping[str, Cell]

    @classmethod
    def read(cls, file: Path = FILE) -> Self:
        """The cells of a file; raises KeyError later on for one that is missing."""
        return cls({name: Cell(*cell) for name, cell in json.loads(file.read_text("utf-8")).items()})

    def __getitem__(self, name: str) -> float:
        return float(self.cells[name].value)

    def row(self, name: str) -> Sequence[float]:
        """A cell that holds several numbers."""
        return [float(each) for each in self.cells[name].value]

    def having(self, **values: float) -> Self:
        """The same with other values; raises KeyError for a name that is none."""
        changed = {name: replace(self.cells[name], value=value) for name, value in values.items()}
        return replace(self, cells={**self.cells, **changed})

    def seconds(self, story: Story, function: str, *, large: bool = False) -> float:
        """How long a function's requests of one turn would take in the cloud: processor, and every call's answer."""
        spent = story.functions[function]
        calls = {
            "processor": self["processor_factor"],
            "store_calls": self["store_seconds"],
            "github": self["github_seconds"],
            "tasks": self["queue_seconds"],
            "model": self[_MODELS[large]],
        }
        return sum(spent.get(name, 0.0) * seconds for name, seconds in calls.items())
