"""Which events does the deployed code log, and with which fields? Read off the code, for what looks for them."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from tests.unit.test_architecture import MODULES, assigned, tree

_LEVELS = {"debug", "info", "warning", "error", "critical"}


@cache
def logged() -> Mapping[str, frozenset[str]]:
    """The fields of each event; where some are handed over as a mapping, every text of its module may be one."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in MODULES:
        for call in _calls(path):
            (event,) = _event(call, path)
            found[event] |= {keyword.arg for keyword in call.keywords if keyword.arg}
            if any(keyword.arg is None for keyword in call.keywords):
                found[event] |= _texts(path)
    return MappingProxyType({event: frozenset(fields) for event, fields in found.items()})


def _calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(tree(path)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _LEVELS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "log"
        ):
            yield node


def _event(call: ast.Call, path: Path) -> Iterator[str]:
    """The event's name, which stands in the call or in a constant of the module."""
    match call.args:
        case [ast.Constant(value=str(name))]:
            yield name
        case [ast.Name(id=constant)]:
            yield str(assigned(path)[constant])


def _texts(path: Path) -> set[str]:
    """Every text in a module, and in those that it takes the fields of an error from."""
    places = [path, Path("shared/logging.py")]
    return {
        node.value
        for place in places
        for node in ast.walk(tree(place))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
