"""Small values that follow a response schema."""

from typing import Any

import jsonschema  # type: ignore[import-untyped]  # its stubs are not among our requirements
import pytest

from local.gemini.schema import Writer

PHRASES = ["Move the cache", "Halve the login time", "abc123"]
TREE = {
    "$defs": {
        "Node": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
                "next": {"$ref": "#/$defs/Node"},
            },
            "required": ["name"],
        }
    },
    "$ref": "#/$defs/Node",
}
JSON_SCHEMAS: dict[str, dict[str, Any]] = {
    "an endless tree": TREE,
    "bounds of a text": {"type": "string", "minLength": 40, "maxLength": 45},
    "a short text": {"type": "string", "maxLength": 3},
    "no text at all": {"type": "string", "maxLength": 0},
    "a pattern": {"type": "string", "pattern": "^[a-z]+[0-9]+$"},
    "a time": {"type": "string", "format": "date-time"},
    "a constant": {"const": 7},
    "a choice": {"enum": ["low", "high"]},
    "a choice of types": {"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 5}]},
    "several types": {"type": ["null", "boolean"]},
    "nothing": {"type": "null"},
    "a small number": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5},
    "a negative number": {"type": "integer", "maximum": -4},
    "a large number": {"type": "integer", "minimum": 10, "maximum": 20},
    "many items": {"type": "array", "minItems": 3, "items": {"type": "string"}},
    "no items": {"type": "array", "maxItems": 0, "items": {"type": "string"}},
    "a pair": {
        "type": "array",
        "prefixItems": [{"type": "string"}, {"type": "integer"}],
        "items": False,
        "minItems": 2,
    },
    "no type": {"properties": {"a": {"type": "string"}}, "required": ["a"]},
}


class TestValues:
    @pytest.mark.parametrize("schema", JSON_SCHEMAS.values(), ids=JSON_SCHEMAS.keys())
    def test_follow_json_schemas(self, schema: dict[str, Any]) -> None:
        value = Writer(schema, PHRASES).write()
        jsonschema.Draft202012Validator(schema).validate(value)

    def test_follow_googles_schemas(self) -> None:
        value = Writer(
            {
                "type": "OBJECT",
                "properties": {
                    "title": {"type": "STRING", "max_length": 4},
                    "size": {"type": "INTEGER", "minimum": "3"},
                    "tags": {"type": "ARRAY", "items": {"type": "STRING"}, "min_items": "2"},
                    "severity": {"type": "STRING", "format": "enum", "enum": ["LOW", "HIGH"]},
                    "note": {"type": "STRING", "nullable": True},
                },
                "property_ordering": ["size", "title", "tags", "severity", "note"],
            },
            PHRASES,
        ).write()
        assert list(value) == ["size", "title", "tags", "severity", "note"]
        assert value == {
            "size": 3,
            "title": "Move",
            "tags": ["Halve the login time", "abc123"],
            "severity": "LOW",
            "note": "Move the cache",
        }

    @pytest.mark.parametrize(
        "schema", [{"type": "OBJEKT"}, {"$ref": "#/$defs/None"}, {"type": "integer", "minimum": 2, "maximum": 1}]
    )
    def test_are_not_made_of_schemas_without_sense(self, schema: dict[str, Any]) -> None:
        with pytest.raises((ValueError, KeyError)):
            Writer(schema, PHRASES).write()

    def test_are_the_same_again(self) -> None:
        assert Writer(TREE, PHRASES).write() == Writer(TREE, PHRASES).write()
