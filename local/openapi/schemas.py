"""Which schemas stand in the document, and how do they read?"""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.web.typed import Problem

_HOME = "#/components/schemas/"
_NULL = {"type": "null"}


def problem_schema() -> dict[str, Any]:
    """The problem document, whose answers the functions without typed routes name, too."""
    schema = Problem.model_json_schema(mode="serialization", ref_template=_HOME + "{model}")
    schema.pop("$defs")
    return schema


def for_readers(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A model's schema without the titles that pydantic makes up, and without nulls that never come.

    An answer leaves out what is none; so do callers, where their model says so itself.
    """
    is_answer = schema.get("additionalProperties") is not False
    return _readable(schema, nulls=not is_answer)


def without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema that allowed null, without it."""
    others = [each for each in schema.get("anyOf", ()) if each != _NULL]
    if "anyOf" not in schema or len(others) == len(schema["anyOf"]):
        return dict(schema)
    rest = {key: value for key, value in schema.items() if key != "anyOf" and (key, value) != ("default", None)}
    return {**rest, **others[0]} if len(others) == 1 else {**rest, "anyOf": others}


def referenced(schemas: Mapping[str, Any], *roots: object) -> dict[str, Any]:
    """Those of the schemas that the roots need, directly or by way of others."""
    needed: set[str] = set()
    waiting = [name for root in roots for name in _references(root)]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += _references(schemas[name])
    return {name: schemas[name] for name in sorted(needed)}


def _readable(schema: Mapping[str, Any], *, nulls: bool) -> dict[str, Any]:
    shown = {key: value for key, value in (schema if nulls else without_null(schema)).items() if key != "title"}
    if "properties" in shown:
        shown["properties"] = {name: _readable(each, nulls=nulls) for name, each in shown["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(shown.get(key), Mapping):
            shown[key] = _readable(shown[key], nulls=nulls)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in shown:
            shown[key] = [_readable(each, nulls=nulls) for each in shown[key]]
    return shown


def _references(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(_HOME):
            yield reference.removeprefix(_HOME)
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
