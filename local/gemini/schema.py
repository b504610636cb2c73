"""What is a small value that a response schema allows, made of the prompt's own words?

Both dialects are read: `responseSchema` (https://ai.google.dev/api/caching#Schema, whose names may be written with
underscores) and `responseJsonSchema` (https://json-schema.org/draft/2020-12). The same prompt and schema give the same
value. Not read: `multipleOf`, `not`, `allOf`, conditions; a `pattern` only chooses among the prompt's words.
"""

import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

_DEEPEST = 8  # from here on a schema that refers to itself gets only what it requires
_FORMATS = {"date-time": "2026-01-02T03:04:05Z", "date": "2026-01-02", "time": "03:04:05Z", "duration": "PT1H"}


class Writer:
    """Fills one schema with `phrases`, one after the other and round again."""

    def __init__(self, schema: Schema, phrases: Sequence[str]) -> None:
        self._root = schema
        self._phrases = phrases
        self._next = itertools.cycle(phrases)
        self._types: Mapping[str, Callable[[Schema, int], Any]] = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "integer": lambda schema, _: int(_number(schema, whole=True)),
            "number": lambda schema, _: _number(schema, whole=False),
            "boolean": lambda *_: True,
            "null": lambda *_: None,
        }

    def write(self) -> Any:  # noqa: ANN401 -- whatever the schema says
        """A value for the whole schema; raises ValueError where it can't be read."""
        return self._value(self._root, 0)

    def _value(self, schema: Schema, depth: int) -> Any:  # noqa: ANN401 -- as above
        schema = _camel(schema)
        if "$ref" in schema:
            return self._value(self._referred(schema["$ref"]), depth + 1)
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return self._value(_first_telling(options), depth)
        if choices := [schema["const"]] if "const" in schema else schema.get("enum"):
            return choices[0]
        kind = _type_of(schema)
        if kind not in self._types:
            raise ValueError(f"a schema can't be of type {kind!r}")
        return self._types[kind](schema, depth)

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties: Schema = schema.get("properties", {})
        names = schema.get("propertyOrdering") or properties
        if depth >= _DEEPEST:
            names = schema.get("required", ())
        return {name: self._value(properties[name], depth + 1) for name in names}

    def _array(self, schema: Schema, depth: int) -> list[Any]:
        first = schema.get("prefixItems", ())
        least, most = int(schema.get("minItems", 0)), int(schema.get("maxItems", 1))
        items = schema.get("items", {"type": "string"})
        length = max(least, len(first), 0 if depth >= _DEEPEST or items is False else min(1, most))
        kinds = [*first, *itertools.repeat(items, max(0, length - len(first)))]
        return [self._value(kind, depth + 1) for kind in kinds]

    def _string(self, schema: Schema, _: int) -> str:
        if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]]
        if pattern := schema.get("pattern"):
            words = [word for phrase in self._phrases for word in (phrase, *phrase.split())]
            return next((word for word in words if re.search(pattern, word)), words[0])
        text = next(self._next)
        while len(text) < int(schema.get("minLength", 0)):
            text += f" {next(self._next)}"
        return text[: int(schema.get("maxLength", len(text)))]

    def _referred(self, reference: str) -> Schema:
        found = self._root
        for name in reference.removeprefix("#").split("/")[1:]:
            found = found[name]
        return found


def _camel(schema: Schema) -> Schema:
    """The same with names as the reference has them: protocol buffers take `max_items` for `maxItems`."""
    return {re.sub(r"_([a-z])", lambda found: found[1].upper(), name): value for name, value in schema.items()}


def _type_of(schema: Schema) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kinds = kind if isinstance(kind, list) else [kind]
    return next((str(each).lower() for each in kinds if each != "null"), "null")


def _first_telling(options: Sequence[Schema]) -> Schema:
    """The first option that says something, as models mostly do."""
    return next((option for option in options if str(option.get("type", "")).lower() != "null"), options[0])


def _number(schema: Schema, *, whole: bool) -> float:
    """One, or what is next to it between the bounds; raises ValueError where there is nothing."""
    low = max(float(schema.get(name, -math.inf)) for name in ("minimum", "exclusiveMinimum"))
    high = min(float(schema.get(name, math.inf)) for name in ("maximum", "exclusiveMaximum"))
    forbidden = {schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")}
    for value in (1.0, 0.0, low, low + 1, high, high - 1, (low + high) / 2):
        fits = math.isfinite(value) and low <= value <= high and value not in forbidden
        if fits and (value.is_integer() or not whole):
            return value
    raise ValueError("no number fits the schema")
