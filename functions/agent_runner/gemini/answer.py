"""What is taken from the model's answer: a summary and findings of plain words, and nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from shared.domain.model_answer import items, parsed, string, words
from shared.domain.review import SEVERITIES, Finding, Severity
from shared.domain.text import normalise

_SUMMARY, _TITLE, _DETAIL = 900, 140, 600
_MOST_FINDINGS = 50
_LAST_LINE = 10_000_000
_SEVERITIES: Mapping[str, Severity] = {severity: severity for severity in SEVERITIES}
_TEXT, _LINE = {"type": "string"}, {"type": "integer", "minimum": 0}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["summary", "findings"],
    "properties": {
        "summary": _TEXT,
        "findings": {
            "type": "array",
            "maxItems": 30,
            "items": {
                "type": "object",
                "required": ["path", "startLine", "endLine", "severity", "title", "detail"],
                "properties": {
                    "path": _TEXT,
                    "startLine": _LINE,
                    "endLine": _LINE,
                    "severity": {"type": "string", "enum": list(SEVERITIES)},
                    "title": _TEXT,
                    "detail": _TEXT,
                },
            },
        },
    },
}


class Said(NamedTuple):
    """What a model said of a diff; `unusable` counts findings that are none."""

    summary: str
    findings: tuple[Finding, ...]
    unusable: int


def read(answer: str) -> Said | None:
    """The review in an answer, or None for one that is none: not JSON, the wrong types, nothing said."""
    said = parsed(answer)
    if said is None or not isinstance(said.get("findings"), list):
        return None
    summary = words(said.get("summary"), _SUMMARY)
    if not summary:
        return None
    given = items(said, "findings", _MOST_FINDINGS)
    findings = tuple(_findings(given))
    return Said(summary, findings, len(given) - len(findings))


def _findings(given: list[object]) -> Iterator[Finding]:
    for each in given:
        if not isinstance(each, dict):
            continue
        path, severity = normalise(string(each.get("path"))), _SEVERITIES.get(string(each.get("severity")))
        title, start, end = words(each.get("title"), _TITLE), each.get("startLine"), each.get("endLine")
        if severity and title and _is_line(start) and _is_line(end):
            detail = words(each.get("detail"), _DETAIL)
            yield Finding(path=path, start_line=start, end_line=end, severity=severity, title=title, detail=detail)


def _is_line(said: object) -> bool:
    return type(said) is int and 0 <= said <= _LAST_LINE
