"""How a value becomes the fields of a document and back: camelCase there, snake_case here.

Works for plain dataclasses and for pydantic models without importing pydantic: the webhook does without it.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Protocol, TypeVar, cast

T = TypeVar("T")


class _Model(Protocol):
    def model_dump(self, *, by_alias: bool) -> dict[str, Any]: ...

    @classmethod
    def model_validate(cls, value: Mapping[str, Any]) -> Any: ...  # noqa: ANN401  # pydantic's own signature


def to_fields(value: object) -> dict[str, Any]:
    """The fields of `value`, its times still `datetime`."""
    if is_dataclass(value):
        return {_camel(field.name): getattr(value, field.name) for field in fields(value)}
    return cast("_Model", value).model_dump(by_alias=True)


def from_fields(kind: type[T], data: Mapping[str, Any]) -> T:
    """The value whose fields these are; fields that `kind` does not know are left out."""
    if is_dataclass(kind):
        known = {field.name: data[_camel(field.name)] for field in fields(kind) if _camel(field.name) in data}
        return cast("T", kind(**known))
    return cast("T", cast("_Model", kind).model_validate(data))


@cache
def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)
