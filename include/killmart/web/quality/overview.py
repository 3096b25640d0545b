"""Today's state in one glance, and how it came to be over the last month."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from killmart.db import quarantine, validation
from killmart.db.coverage import covered_days
from killmart.model.day_range import Days
from killmart.text import percent_of
from killmart.web.frame.fields import ReportDownload
from killmart.web.frame.warehouse import warehouse
from killmart.web.quality.section import QUALITY
from killmart.web.quality.trends import TREND_DAYS, daily_totals, pass_rates

router = APIRouter(prefix="/quality")

_LATEST_RUNS = 60
_COVERED_DAYS = 7


@router.get("")
def overview(request: Request, download: ReportDownload = None) -> Response:
    """What came in, what the gate said, what waits for a person, how complete the last days are."""
    now = datetime.now(UTC)
    view = state(request, now)
    return QUALITY.show(
        request, "overview", view, title="Data quality", download=download, name=f"overview-{now:%Y-%m-%d}"
    )


def state(request: Request, now: datetime) -> dict[str, Any]:
    """Everything on the overview."""
    today = now.date()
    first = today - timedelta(days=TREND_DAYS - 1)
    with warehouse(request) as connection:
        days = covered_days(connection, Days(today - timedelta(days=_COVERED_DAYS), today - timedelta(days=1)))
        latest = validation.runs(connection, _LATEST_RUNS)
        return {
            "at": now,
            "today": validation.today(connection, now),
            "latest_runs": latest,
            "daily": daily_totals(validation.validation_days(connection, first), first, today),
            "expectations": pass_rates(validation.expectation_days(connection, first), first, today),
            "reasons": quarantine.count_reasons(connection),
            "coverage": week(days, today),
            "blocked_runs": validation.runs(connection, 5, outcome="blocked"),
        }


def week(days: list[dict[str, Any]], today: date) -> dict[str, Any]:
    """The last seven days with what was checked of each, and their completeness together."""
    by_day = {row["day"]: row for row in days}
    wanted = [today - timedelta(days=back) for back in range(_COVERED_DAYS, 0, -1)]
    expected = sum(row["expected"] for row in days)
    missing = sum(row["missing"] for row in days)
    return {
        "days": [by_day.get(day, {"day": day, "expected": None}) for day in wanted],
        "expected": expected,
        "missing": missing,
        "percent": percent_of(expected - missing, expected),
        "checked": len(days),
    }
