"""Half-open periods in queries: from (included) to (excluded)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from shared.domain.errors import InvalidError
from shared.store.collection import Condition
from shared.web.fields import Moment
from shared.web.paging import PageQuery


class PeriodQuery(PageQuery):
    """A page of what was made in a period; either end may be left open."""

    from_: Annotated[Moment | None, Field(alias="from", description="Made at this time or later")] = None
    to: Annotated[Moment | None, Field(description="Made before this time")] = None

    def conditions(self) -> list[Condition]:
        """The period as conditions on `createdAt`; raises `InvalidError` for one that ends before it begins."""
        if self.from_ and self.to and self.from_ >= self.to:
            raise InvalidError("ends before it begins", field="to")
        ends: list[tuple[str, datetime | None]] = [(">=", self.from_), ("<", self.to)]
        return [("createdAt", operator, moment) for operator, moment in ends if moment]
