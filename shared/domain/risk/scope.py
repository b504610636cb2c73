"""Scope: what does an intent say it is about, and what of that can't be made sense of?

Whatever can't be read becomes a doubt, never an error: a doubt makes the risk High.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from shared.domain.risk.places import is_path
from shared.domain.risk.policy import Limits

_FIGURES = ("additions", "deletions", "changedFiles")
_TYPED = frozenset(("repoFullName", "prNumber", "prUrl", "baseSHA", "headSHA", "diffHash", "paths", *_FIGURES))


@dataclass(slots=True)
class Scope:
    """The texts, paths and figures of an intent, and the doubts with the words they came from."""

    texts: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    lines: int = 0
    files: int = 0
    doubts: list[tuple[str, str]] = field(default_factory=list)


def scope_of(*, goal: object, constraints: object, success: object, pr_meta: object, limits: Limits) -> Scope:
    """What an intent says: all texts anywhere in it, its paths and its figures."""
    scope = Scope()
    if pr_meta is not None and not isinstance(pr_meta, Mapping):
        scope.doubts.append(("unreadable_pr_meta", type(pr_meta).__name__))
    told = pr_meta if isinstance(pr_meta, Mapping) and len(pr_meta) <= limits.values else {}
    if isinstance(pr_meta, Mapping) and len(pr_meta) > limits.values:
        scope.doubts.append(("too_much_text", f"prMeta has more than {limits.values} members"))
    others = {name: value for name, value in told.items() if name not in _TYPED}
    _read_texts(scope, (goal, constraints, success, others), limits)
    _read_paths(scope, told.get("paths"), limits)
    _read_figures(scope, [told.get(name) for name in _FIGURES], limits)
    return scope


def _read_texts(scope: Scope, values: tuple[object, object, object, object], limits: Limits) -> None:
    odd = (value for value in (values[0], values[2]) if not isinstance(value, str))
    scope.doubts += (("unreadable_values", type(value).__name__) for value in odd)
    left = limits.characters
    for text in _texts(scope, values, limits):
        left -= len(text) + 1
        if left < 0:
            scope.doubts.append(("too_much_text", f"more than {limits.characters} characters"))
            return
        scope.texts.append(text)


def _texts(scope: Scope, values: Iterable[object], limits: Limits) -> Iterator[str]:
    """Every text in `values`, names of members included, in an order that does not depend on that of the members."""
    waiting = [(value, 0) for value in values][::-1]
    room = limits.values
    while waiting:
        value, depth = waiting.pop()
        size = len(value) if isinstance(value, Mapping | list | tuple) else 0
        room -= 1 + size
        if room < 0 or depth > limits.depth:
            scope.doubts.append(("too_much_text", f"more than {limits.values} values, or nested too deeply"))
            return
        if isinstance(value, str):
            yield value
        elif not isinstance(value, Mapping | list | tuple | bool | int | float | None):
            scope.doubts.append(("unreadable_values", type(value).__name__))
        waiting += [(inner, depth + 1) for inner in _inner(value)][::-1]


def _inner(value: object) -> list[object]:
    if isinstance(value, Mapping):
        members = sorted(value.items(), key=lambda member: str(member[0]))
        return [part for member in members for part in member]
    return list(value) if isinstance(value, list | tuple) else []


def _read_paths(scope: Scope, paths: object, limits: Limits) -> None:
    if paths is not None and not isinstance(paths, list | tuple):
        scope.doubts.append(("unreadable_paths", type(paths).__name__))
        return
    room = limits.path_characters
    for path in paths or ():
        room -= len(path) if isinstance(path, str) else 1
        if room < 0 or len(scope.paths) >= limits.paths:
            scope.doubts.append(("too_many_paths", f"more than {limits.paths} paths, or very long ones"))
            return
        if is_path(path):
            scope.paths.append(path)
        else:
            scope.doubts.append(("unreadable_paths", path if isinstance(path, str) else type(path).__name__))


def _read_figures(scope: Scope, figures: list[object], limits: Limits) -> None:
    """Lines and files; as many files must be named as are counted, or else the list was cut."""
    told = [figure for figure in figures if figure is not None]
    if any(not _is_count(figure) or figure > limits.figure for figure in told):
        scope.doubts.append(("unreadable_figures", ", ".join(_FIGURES)))
    additions, deletions, files = (min(figure, limits.figure) if _is_count(figure) else None for figure in figures)
    named = len(set(scope.paths))
    scope.lines = (additions or 0) + (deletions or 0)
    scope.files = max(files or 0, named)
    if files is not None and (files != named or (files == 0 and scope.lines)):
        scope.doubts.append(("contradictory_files", f"changedFiles is {files}, {named} are named"))


def _is_count(figure: object) -> TypeGuard[int]:
    return isinstance(figure, int) and not isinstance(figure, bool) and figure >= 0
