"""The kinds of text that callers send in more than one place, each checked for its form."""

import json
import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from shared.domain.text import normalise

FULL_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}/[A-Za-z0-9_.-]{0,99}[A-Za-z0-9_-]$"
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols that are drawn as nothing
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def said(text: str) -> str:
    """The text without what is invisible; raises ValueError when nothing is left to read."""
    cleaned = normalise(text).strip()
    if not any(unicodedata.category(each)[0] in "LNPS" and each not in _BLANKS for each in cleaned):
        raise ValueError("has no visible character")
    return cleaned


def one_line(text: str) -> str:
    """What is said, on one line."""
    return " ".join(said(text).split())


def _moment(value: object) -> datetime:
    """RFC 3339 with its zone; raises ValueError for every other way to write a time, and for none that exists."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError("a time as RFC 3339 writes it, with its zone: 2026-01-31T12:00:00Z")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except OverflowError:
        raise ValueError("a time between the years 1 and 9999") from None


def bounded_json(most: int = 200_000) -> AfterValidator:
    """The check that a value has at most so many bytes as JSON: it will stand in one document with others."""

    def check(value: Any) -> Any:  # noqa: ANN401  # any JSON value
        plain = value.model_dump() if isinstance(value, BaseModel) else value
        if len(json.dumps(plain, ensure_ascii=False).encode()) > most:
            raise ValueError(f"at most {most} bytes as JSON")
        return value

    return AfterValidator(check)


Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=datetime)]
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]
FullName = Annotated[str, Field(pattern=FULL_NAME)]
CommitSha = Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
PrNumber = Annotated[int, Field(ge=1)]
PrUrl = Annotated[
    str, Field(pattern=r"^https://github\.com/[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}/pull/[1-9][0-9]{0,9}$")
]
JsonObject = Annotated[dict[str, Any], bounded_json()]
JsonList = Annotated[list[Any], bounded_json()]
