"""How far back a page looks, and in what steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Query

from killmart.db.reading import Row


@dataclass(frozen=True)
class TimeSpan:
    """A length of time up to now, cut into steps that begin at round times."""

    name: str
    title: str
    length: timedelta
    step: timedelta
    label: str
    """How a step's start is written, as strftime takes it."""
    step_title: str

    def starts(self, now: datetime) -> list[datetime]:
        """The starts of the steps, the oldest first; the last one holds `now` and is not over yet."""
        last = _floor(now, self.step)
        steps = self.length // self.step
        return [last - self.step * back for back in range(steps, -1, -1)]


SPANS = {
    span.name: span
    for span in (
        TimeSpan("1h", "1 h", timedelta(hours=1), timedelta(minutes=5), "%H:%M", "5 minutes"),
        TimeSpan("24h", "24 h", timedelta(hours=24), timedelta(minutes=30), "%a %H:%M", "30 minutes"),
        TimeSpan("7d", "7 d", timedelta(days=7), timedelta(hours=2), "%a %d, %H:%M", "2 hours"),
        TimeSpan("30d", "30 d", timedelta(days=30), timedelta(hours=8), "%b %d, %H:%M", "8 hours"),
    )
}
SpanName = Annotated[Literal["1h", "24h", "7d", "30d"], Query()]
"""The switch in the address."""


def over_time(rows: Iterable[Row], starts: list[datetime], name: str, empty: Any = None) -> list[Any]:
    """The values called `name` of rows with a `bucket`, one for each start; `empty` where there is no row."""
    found = {row["bucket"]: row[name] for row in rows}
    return [found.get(start, empty) for start in starts]


def _floor(moment: datetime, step: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return moment - (moment - epoch) % step
