"""The query parameters that every list takes."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from shared.web.typed import MAY_BE_ABSENT, Strict

_MOST = 200
_Limit = Annotated[int, Field(ge=1, le=_MOST)]


def _digits(value: object) -> object:
    """A whole number in plain digits: `1e3`, `+5` and ` 7 ` are not."""
    if not isinstance(value, str) or not (value.isascii() and value.isdigit() and len(value) <= len(str(_MOST))):
        raise ValueError(f"a whole number from 1 to {_MOST}")
    return int(value)


class PageQuery(Strict):
    """How many items, and from where on."""

    limit: Annotated[
        _Limit,
        BeforeValidator(_digits, json_schema_input_type=_Limit),
        Field(description="How many items at most"),
    ] = 50
    cursor: Annotated[
        str, Field(min_length=1, max_length=500, description="The `nextCursor` of the page before"), MAY_BE_ABSENT
    ] = ""
