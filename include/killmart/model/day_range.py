"""A range of UTC days, as readers ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True)
class Days:
    """UTC days, both included."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        """The first moment."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC)

    @property
    def until(self) -> datetime:
        """The first moment after them."""
        return datetime(self.last.year, self.last.month, self.last.day, tzinfo=UTC) + timedelta(days=1)

    def one_by_one(self) -> Iterator[Days]:
        """Each of them alone."""
        for place in range((self.last - self.first).days + 1):
            day = self.first + timedelta(days=place)
            yield Days(day, day)
