"""How far back the charts look, and in what steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

from fastapi import HTTPException, Query

LOOK_BACK = {"7d": (7, "7 d"), "30d": (30, "30 d"), "90d": (90, "90 d"), "1y": (365, "1 y"), "all": (None, "all")}
"""The switch in the address: days and title."""
RangeName = Annotated[Literal["7d", "30d", "90d", "1y", "all"], Query()]
DEFAULT: RangeName = "30d"
EARLIEST = date(2003, 5, 6)
"""New Eden opened: no range begins or ends before."""
MOST_DAYS_OF_ALL = 366
"""How many days of all systems together are summed at once."""
_DAYS, _WEEKS = 100, 800
"""The longest ranges that are cut into days and into weeks."""


@dataclass(frozen=True)
class Range:
    """The UTC days from `first` to `last`; `name` is that of a span, empty where a person gave the days."""

    name: str
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def step(self) -> str:
        """The steps in which its charts go: day, week or month."""
        return "day" if self.days <= _DAYS else "week" if self.days <= _WEEKS else "month"

    @property
    def back(self) -> int:
        """How many steps before a step its trend looks back: seven days, four weeks or three months in all."""
        return {"day": 6, "week": 3, "month": 2}[self.step]

    @property
    def trend(self) -> str:
        """What the trend is a mean of."""
        return {"day": "7 days", "week": "4 weeks", "month": "3 months"}[self.step]

    @property
    def since(self) -> date:
        """From which day on sums are wanted: the trend of the first day looks further back."""
        return self.first - timedelta(days=self.back) if self.step == "day" else self.first

    @property
    def title(self) -> str:
        """The days in words."""
        return f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Its beginning, and the end that is no part of it, in UTC."""
        return (
            datetime.combine(self.first, time(), UTC),
            datetime.combine(self.last + timedelta(days=1), time(), UTC),
        )

    def label(self, day: date) -> str:
        """What a step that begins on this day is called."""
        if self.step == "month":
            return f"{day:%b %Y}"
        return f"{day:%a} {day}" if self.step == "day" else f"week of {day}"


def range_of(
    span: str, first: str, last: str, *, today: date, seen: tuple[date | None, date | None], is_all: bool = False
) -> Range:
    """The range that a person wants: days where any are given, else the span up to today.

    `seen` is what "all" means: the first and last day with anything. Raises 400, with a sentence, for days that cannot
    be, and with `is_all` for more days than are summed for all systems together.
    """
    if first or last:
        until = max(min(_day(last, "to") or today, today), EARLIEST)
        begin = _day(first, "from") or until - timedelta(days=29)
        if begin > until:
            raise HTTPException(
                400, f"The range begins on {begin} and ends on {until}, so there is no day in it: swap or change them."
            )
        return _checked(Range("", max(begin, EARLIEST), until), is_all)
    days = LOOK_BACK[span][0]
    if days is None:
        return _checked(Range(span, min(seen[0] or today, today), today), is_all)
    return Range(span, today - timedelta(days=days - 1), today)


def _day(text: str, name: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise HTTPException(
            400, f"“{name}” is not a day: “{text[:40]}”. Write it as year, month, day: 2026-01-31."
        ) from None


def _checked(wanted: Range, is_all: bool) -> Range:
    if is_all and wanted.days > MOST_DAYS_OF_ALL:
        raise HTTPException(
            400,
            f"{wanted.days:,} days are too many for all systems together, which are summed for {MOST_DAYS_OF_ALL} days "
            "at most. Choose fewer days, or a character, corporation, alliance or system, which may have any number.",
        )
    return wanted
