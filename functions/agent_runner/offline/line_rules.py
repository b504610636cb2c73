"""Line rules: what does a single new line show that a reviewer would stop at? The rules are data."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from functions.agent_runner.offline.hit import Hit, Rule
from functions.agent_runner.offline.source import ReadLine, Source

_PROSE = frozenset({"documentation", "readme", "changelog", "translations", "images", "fonts", "media"})
_ASIDE = frozenset({"scripts", "examples", "benchmarks", "ci"})
_CONSOLE = re.compile(
    r"(^|/)(cli|cmd|commands?|console|scripts?|tools?|bin|__main__)(/|\.|$)|(^|/)(setup|manage|noxfile|tasks)\.py$|_cli\."
)

_PROGRAM = re.compile(
    r"^#!|__name__ == |\bargparse\b|\bsys\.argv\b|\bprocess\.argv\b|\bimport (?:click|typer|fire)\b|\bclick\.command"
    r"|\byargs\b|require\(.commander.\)|static void main\("
)


@dataclass(frozen=True)
class LineRule:
    """Where a pattern is looked for, by language ("any" for each), and what a hit means.

    `on` names the part of the line, `unless` what excuses a line, `in_tests` the rule for tests, None for silence;
    `only` names the group of files it is about, `console` tells that programs for a terminal are excused.
    """

    rule: Rule
    in_tests: Rule | None
    on: str
    patterns: dict[str, re.Pattern[str]]
    unless: re.Pattern[str] | None
    only: str
    console: bool
    prose: bool

    def hits(self, source: Source) -> Iterator[Hit]:
        """The lines of a file that the rule is about."""
        rule = self.in_tests if source.group == "tests" else self.rule
        patterns = [self.patterns[name] for name in self._names(source) if name in self.patterns]
        if rule is None or not patterns or not self._reads(source):
            return
        for line in source.fresh:
            part: str = getattr(line, self.on)
            excused = self.unless is not None and self.unless.search(line.raw)
            if not excused and any(pattern.search(part) for pattern in patterns):
                yield Hit(rule, source.path, line.number, line.raw.strip())

    def _names(self, source: Source) -> tuple[str, ...]:
        return ("any", source.language.name) if source.language else ("any",)

    def _reads(self, source: Source) -> bool:
        if source.group in _PROSE and not self.prose:
            return False
        if self.only and source.group != self.only:
            return False
        return not (self.console and (source.group in _ASIDE or _CONSOLE.search(source.path.lower())))


def hits(source: Source) -> Iterator[Hit]:
    """Every hit of every rule in a file."""
    for rule in _rules():
        found = list(rule.hits(source))
        if not (rule.console and found and _prints_anyway(rule, source)):
            yield from found


def _prints_anyway(rule: LineRule, source: Source) -> bool:
    """Whether it is a program for a terminal, or lines that were there before do the same: no leftover then."""
    if any(_PROGRAM.search(line.raw) for line in source.lines):
        return True
    patterns = [pattern for name, pattern in rule.patterns.items() if source.language and name == source.language.name]
    old: Iterator[ReadLine] = (line for line in source.lines if not line.fresh)
    return any(pattern.search(line.code) for line in old for pattern in patterns)


@cache
def _rules() -> tuple[LineRule, ...]:
    data = json.loads(Path(__file__).with_name("line_rules.json").read_text("utf-8"))
    return tuple(map(_rule, data["rules"]))


def _rule(row: dict[str, Any]) -> LineRule:
    rule = Rule(row["code"], row["severity"], row["title"], row["detail"])
    tests = row.get("tests", row["severity"])
    return LineRule(
        rule=rule,
        in_tests=None if tests is None else Rule(row["code"], tests, row["title"], row["detail"]),
        on=row.get("on", "code"),
        patterns={name: re.compile(pattern) for name, pattern in row["patterns"].items()},
        unless=re.compile(row["unless"]) if "unless" in row else None,
        only=row.get("only", ""),
        console=row.get("console", False),
        prose=row.get("prose", False),
    )
