"""How do an intent's constraints, which are any JSON, become lines that a person reads?"""

import json
import re
from collections.abc import Iterator
from typing import Any

from functions.provisioner.prose import line, told

_Value = str | float | None  # booleans are numbers
_MOST = 100
_LONGEST_LABEL = 120
_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s_-]+")


def rules(constraints: str) -> tuple[str, ...]:
    """One line of inert Markdown for each value, under the names that lead to it: `**Budget, cpu**: 2`.

    At most a hundred, the last of which then says how many more there are.
    """
    found = [_rule(names, value) for names, value in _values((), json.loads(constraints))]
    kept = [rule for rule in dict.fromkeys(found) if rule]
    if len(kept) <= _MOST:
        return tuple(kept)
    return (*kept[: _MOST - 1], f"{len(kept) - _MOST + 1} more, which the intent has")


def _values(names: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401  # any JSON
    match value:
        case dict():
            for name, each in value.items():
                yield from _values((*names, name), each)
        case list():
            for each in value:
                yield from _values(names, each)
        case _:
            yield names, value


def _rule(names: tuple[str, ...], value: _Value) -> str:
    label = line(_label(names), limit=_LONGEST_LABEL)
    shown = line(_secretless(names, _shown(value)))
    return f"**{label}**: {shown}" if label and shown else shown


def _shown(value: _Value) -> str:
    match value:
        case str():
            return value
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
    return json.dumps(value)


def _label(names: tuple[str, ...]) -> str:
    """`("budget", "maxCpu")` as `Budget, max cpu`."""
    text = ", ".join(" ".join(_lowered(word) for word in _WORD_ENDS.split(told(name)) if word) for name in names)
    return text[:1].upper() + text[1:]


def _lowered(word: str) -> str:
    return word.lower() if word.istitle() else word


def _secretless(names: tuple[str, ...], said: str) -> str:
    """A value without its secrets: its name tells whether it is one, as in `password: …`."""
    name = f"{names[-1]}: " if names else ""
    return told(name + said).removeprefix(name.strip()).strip() if name else told(said)
