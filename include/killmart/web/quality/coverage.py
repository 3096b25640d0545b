"""How complete each day is: a calendar per year, and the missing ids of a day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from killmart.db.coverage import covered_day, covered_days
from killmart.load.day_plan import FIRST_DAY
from killmart.model.day_range import Days
from killmart.text import percent, percent_of
from killmart.web.errors import Missing
from killmart.web.frame.fields import AfterId, ReportDownload
from killmart.web.frame.warehouse import warehouse
from killmart.web.paging import page_of
from killmart.web.quality.section import QUALITY

router = APIRouter(prefix="/quality")

_YEARS = 3
_MISSING_IDS = 500


@router.get("/coverage")
def coverage(request: Request, year: Annotated[int | None, Query(ge=2007, le=2999)] = None) -> Response:
    """A square per day, three years a page, back to 2007."""
    today = datetime.now(UTC).date()
    last = min(year or today.year, today.year)
    first = max(last - _YEARS + 1, FIRST_DAY.year)
    with warehouse(request) as connection:
        rows = covered_days(connection, Days(date(first, 1, 1), date(last, 12, 31)))
    years = [year_of(number, rows) for number in range(last, first - 1, -1)]
    view = {
        "years": years,
        "today": today,
        "first_day": FIRST_DAY,
        "all_years": range(today.year, FIRST_DAY.year - 1, -1),
        "first_year": first,
        "last_year": last,
    }
    return QUALITY.show(request, "coverage", view, title="Coverage")


@router.get("/coverage/{day}")
def day(
    request: Request, day: Annotated[date, Path()], after: AfterId = None, download: ReportDownload = None
) -> Response:
    """One day: expected, loaded, in quarantine, and the ids that are missing."""
    limit = 1_000_000 if download == "json" else _MISSING_IDS
    with warehouse(request) as connection:
        found = covered_day(connection, day, limit + 1, after or 0)
    if found is None:
        raise Missing(
            f"{day} has never been compared with its sources.",
            "The DAG killmails_daily does so a day after; killmails_backfill does it for the days of its form.",
        )
    page = page_of(found["missing_ids"], size=limit)
    shown = found | {"missing_ids": page.rows, "percent": completeness(found)}
    view = {"coverage": shown, "after": after or 0, "next_id": page.next_key}
    return QUALITY.show(request, "day", view, title=f"Coverage of {day}", download=download, name=f"coverage-{day}")


def year_of(year: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One year of the calendar: its sums, and tone and text of each checked day by ISO date."""
    own = [row for row in rows if row["day"].year == year]
    expected = sum(row["expected"] for row in own)
    missing = sum(row["missing"] for row in own)
    return {
        "year": year,
        "checked": len(own),
        "incomplete": sum(1 for row in own if row["missing"]),
        "expected": expected,
        "missing": missing,
        "percent": percent_of(expected - missing, expected),
        "days": {row["day"].isoformat(): (tone(row), told(row)) for row in own},
    }


def completeness(row: dict[str, Any]) -> float | None:
    """Killmails that are there (in core or quarantine) in percent of those expected; 100 where none was."""
    return percent_of(row["expected"] - row["missing"], row["expected"]) if row["expected"] else 100.0


def tone(row: dict[str, Any]) -> str:
    """Complete is green, 99 % and more pale, less amber, under 90 % red."""
    value = completeness(row)
    if value is None or value >= 100:
        return "good"
    if value >= 99:
        return "part"
    return "warn" if value >= 90 else "bad"


def told(row: dict[str, Any]) -> str:
    """A day in words, for the tooltip."""
    counts = f"{row['expected']:,} expected, {row['loaded']:,} loaded, {row['missing']:,} missing"
    aside = f", {row['quarantined']:,} in quarantine" if row["quarantined"] else ""
    return f"{percent(completeness(row))} complete: {counts}{aside}"
