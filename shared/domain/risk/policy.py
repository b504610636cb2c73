"""Policy: which words and paths are risky, and how much? All of it is data, `policy.json`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from shared.domain.path_rules import PathRules
from shared.domain.risk.lexicon import Lexicon
from shared.domain.risk.model import RiskLevel
from shared.domain.risk.spelling import Spelling

_SHORTEST_SPELLED = 5
_SHORTEST_JAPANESE = 2


@dataclass(frozen=True, slots=True)
class Mark:
    """What a term or a path says: an area and its weight; `always` counts in tests and documentation too."""

    code: str
    weight: int
    always: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read: beyond this nobody who approves reads it either."""

    characters: int
    values: int
    depth: int
    paths: int
    path_characters: int
    figure: int


@dataclass(frozen=True, slots=True)
class PathMarks:
    """What follows from a file's name, from the folders above it, and from the words of both."""

    names: PathRules[Mark] = field(default_factory=PathRules)
    folders: dict[str, list[Mark]] = field(default_factory=dict)
    words: Lexicon[Mark] = field(default_factory=lambda: Lexicon(()))


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole policy, ready to be followed."""

    version: str
    thresholds: Mapping[RiskLevel, int]
    most: int
    limits: Limits
    doubts: Mapping[str, int]
    sizes: Mapping[str, tuple[tuple[int, int], ...]]
    words: Lexicon[Mark]
    spelling: Spelling
    spelled: Mapping[str, Mark]
    paths: PathMarks
    harmless: PathRules[bool]
    harmless_folders: frozenset[str]
    documentation_folders: frozenset[str]
    documentation: PathRules[bool]

    def level(self, score: int) -> RiskLevel:
        """The level of a score."""
        if score >= self.thresholds["High"]:
            return "High"
        return "Med" if score >= self.thresholds["Med"] else "Low"


@cache
def policy() -> Policy:
    """The policy beside this module, read once."""
    data = json.loads(Path(__file__).with_name("policy.json").read_text("utf-8"))
    limits = data["limits"]
    words = Lexicon(tuple(_terms(data)))
    spelled = {term: mark for term, mark in words.single_words() if _is_spelled(term)}
    return Policy(
        version=data["version"],
        thresholds=data["thresholds"],
        most=data["most"],
        limits=Limits(
            characters=limits["characters"],
            values=limits["values"],
            depth=limits["depth"],
            paths=limits["paths"],
            path_characters=limits["pathCharacters"],
            figure=limits["figure"],
        ),
        doubts=data["doubts"],
        sizes={kind: tuple((size, weight) for size, weight in steps) for kind, steps in data["sizes"].items()},
        words=words,
        spelling=Spelling(tuple(spelled), frozenset(data["ordinary"].split())),
        spelled=spelled,
        paths=_path_marks(data),
        harmless=_rules(data["documentation"]["anywhere"] + data["tests"]["names"]),
        harmless_folders=frozenset(data["tests"]["folders"]),
        documentation_folders=frozenset(data["documentation"]["folders"]),
        documentation=_rules(data["documentation"]["inFolders"]),
    )


def _terms(data: dict[str, Any]) -> Iterator[tuple[str, Mark]]:
    for area in data["areas"]:
        for rule in area["words"]:
            mark = Mark(area["code"], rule["weight"])
            yield from ((term, mark) for term in rule["terms"])


def _is_spelled(term: str) -> bool:
    return len(term.rstrip("*")) >= (_SHORTEST_SPELLED if term.isascii() else _SHORTEST_JAPANESE)


def _path_marks(data: dict[str, Any]) -> PathMarks:
    words: list[tuple[str, Mark]] = []
    marks = PathMarks()
    for area in data["areas"]:
        for rule in area["paths"]:
            mark = Mark(area["code"], rule["weight"], rule.get("always", False))
            words += ((word, mark) for word in rule.get("words", ()))
            for folder in rule.get("folders", ()):
                marks.folders.setdefault(folder, []).append(mark)
            for name in rule.get("names", ()):
                marks.names.add(name, mark)
    return PathMarks(marks.names, marks.folders, Lexicon(tuple(words)))


def _rules(patterns: list[str]) -> PathRules[bool]:
    rules: PathRules[bool] = PathRules()
    for pattern in patterns:
        rules.add(pattern, item=True)
    return rules
