"""Hits: how do the places at which a rule found something become findings worth reading?"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from shared.domain.review import Finding, Severity

_MOST_NAMED = 5
_LONGEST_QUOTE = 100


@dataclass(frozen=True)
class Rule:
    """What is said of a hit: why it matters, not what it is."""

    code: str
    severity: Severity
    title: str
    detail: str


@dataclass(frozen=True)
class Hit:
    """A place where a rule found something; `what` is shown as code, 0 is the whole file."""

    rule: Rule
    path: str
    line: int = 0
    what: str = ""


def findings(hits: Iterable[Hit]) -> tuple[Finding, ...]:
    """One finding for each rule and file, at the first place, with the others in its words."""
    grouped: dict[tuple[Rule, str], list[Hit]] = defaultdict(list)
    for hit in hits:
        grouped[hit.rule, hit.path].append(hit)
    return tuple(_finding(rule, path, places) for (rule, path), places in grouped.items())


def listed(names: Iterable[str], *, most: int = _MOST_NAMED) -> str:
    """Names as code in a row, the first of them by name and the others by number."""
    every = list(dict.fromkeys(names))
    shown = ", ".join(as_code(name) for name in every[:most])
    return f"{shown} and {len(every) - most} more" if len(every) > most else shown


def as_code(words: str) -> str:
    """Words between backticks, cut where they are long."""
    line = " ".join(words.split()).replace("`", "'")
    return f"`{line[:_LONGEST_QUOTE]}{'…' if len(line) > _LONGEST_QUOTE else ''}`"


def _finding(rule: Rule, path: str, hits: list[Hit]) -> Finding:
    lines = sorted({hit.line for hit in hits})
    end = lines[0]
    while lines[0] and end + 1 in lines:
        end += 1
    others = [line for line in lines if line > end]
    quoted = next((hit.what for hit in sorted(hits, key=lambda each: each.line) if hit.what), "")
    detail = f"{as_code(quoted)}: {rule.detail}" if quoted else rule.detail
    if others:
        named = ", ".join(map(str, others[:_MOST_NAMED]))
        more = f" and {len(others) - _MOST_NAMED} more places" if len(others) > _MOST_NAMED else ""
        detail += f" Also on line{'s' if len(others) > 1 else ''} {named}{more}."
    return Finding(
        path=path, start_line=lines[0], end_line=end, severity=rule.severity, title=rule.title, detail=detail
    )
