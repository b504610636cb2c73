"""Secret findings: what is said of a secret that a diff adds, whoever reviews it: its kind and place, no more."""

from collections import defaultdict
from collections.abc import Iterable

from shared.domain.diff_redaction import SecretPlace
from shared.domain.path_groups import group_of
from shared.domain.review import Finding, Severity
from shared.domain.secret_values import BY_LOOKS

_ASIDE = frozenset({"tests", "documentation", "readme", "examples"})
_MOST_NAMED = 5
_SURE = "Whoever can read the repository has it: replace it where it is used, then take it out."
_UNSURE = "If it is a real one, replace it where it is used, then take it out."


def secret_findings(places: Iterable[SecretPlace]) -> tuple[Finding, ...]:
    """One finding for each kind of secret in a file, at the first of its lines."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place in places:
        if place.likely:
            found[place.path, place.kind].append(place.line)
    return tuple(_finding(path, kind, sorted(set(lines))) for (path, kind), lines in found.items())


def _finding(path: str, kind: str, lines: list[int]) -> Finding:
    first, *others = lines
    named = ", ".join(map(str, others[:_MOST_NAMED]))
    more = f" and {len(others) - _MOST_NAMED} more lines" if len(others) > _MOST_NAMED else ""
    also = f" Also on line{'s' if len(others) > 1 else ''} {named}{more}." if others else ""
    severity = _severity(path, kind)
    return Finding(
        path=path,
        start_line=first,
        end_line=first,
        severity=severity,
        title=f"Secret in the diff: {kind.replace('_', ' ')}",
        detail=f"{_SURE if severity == 'high' else _UNSURE} Its value is kept out of this review.{also}",
    )


def _severity(path: str, kind: str) -> Severity:
    if group_of(path) in _ASIDE:
        return "low"  # mostly made up for the purpose
    return "medium" if kind in BY_LOOKS else "high"
