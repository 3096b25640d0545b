"""What callers may ask: ids, days, limits and cursors; a parameter that a route does not know is refused."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from killmart.model.day_range import Days
from killmart.web.errors import Refused
from killmart.web.frame.fields import MAX_BIGINT

MAX_INTEGER = 2**31 - 1

PilotKind = Literal["character", "corporation", "alliance"]
AskedId = Annotated[int, Field(ge=1, le=MAX_BIGINT)]
AskedSmallId = Annotated[int, Field(ge=1, le=MAX_INTEGER)]
"""Ids of systems and types."""
AskedIsk = Annotated[int, Field(ge=0, le=MAX_BIGINT)]
AskedCursor = Annotated[str, Field(max_length=500, description="`next` of the page before")]


def _written_as_day(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise ValueError("a day is written as 2026-11-30")
    return value


AskedDay = Annotated[date, BeforeValidator(_written_as_day), Field(ge=date(2003, 1, 1), le=date(2999, 12, 31))]
"""A UTC day."""


class Asked(BaseModel):
    """Query parameters."""

    model_config = ConfigDict(extra="forbid")


class AskedDays(Asked):
    """A range of days, both ends included."""

    first: Annotated[AskedDay | None, Field(alias="from", description="First UTC day, included")] = None
    last: Annotated[AskedDay | None, Field(alias="to", description="Last UTC day, included")] = None

    def days(self, default: int, longest: int) -> Days:
        """The days: without `to` up to today, without `from` as many as `default`.

        Raises Refused where they are in the wrong order, or more than `longest`.
        """
        last = self.last or max(datetime.now(UTC).date(), self.first or date.min)
        first = self.first or last - timedelta(days=default - 1)
        if first > last:
            raise Refused(f"`from` ({first}) is after `to` ({last}).")
        if (last - first).days >= longest:
            raise Refused(f"{first} to {last} is too long for one question: ask for {longest} days at most.")
        return Days(first, last)

    @property
    def has_days(self) -> bool:
        """Whether any end of the range is given."""
        return self.first is not None or self.last is not None
