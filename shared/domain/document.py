"""What every stored or served value has in common: frozen, typed, camelCase outside."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


def _to_utc(moment: datetime) -> datetime:
    """The same instant as a plain UTC `datetime` with microseconds, which is all that Firestore keeps."""
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone")
    utc = moment.astimezone(UTC)
    return datetime(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, tzinfo=UTC)


Instant = Annotated[datetime, AfterValidator(_to_utc)]
"""A point in time: aware, UTC, microseconds."""


class Document(BaseModel):
    """An immutable value; snake_case in Python, camelCase in JSON and in Firestore."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")
