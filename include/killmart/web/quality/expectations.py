"""Expectations: how often each was met lately, and the trend of one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from killmart.db import validation
from killmart.text import percent_of
from killmart.web.errors import Missing
from killmart.web.frame.fields import BeforeId, PathName, ReportDownload
from killmart.web.frame.warehouse import warehouse
from killmart.web.paging import page_of
from killmart.web.quality.section import QUALITY
from killmart.web.quality.trends import TREND_DAYS, pass_rates

router = APIRouter(prefix="/quality")

_TREND_DAYS = 90
_FAILURES = 20


@router.get("/expectations")
def expectations(request: Request, download: ReportDownload = None) -> Response:
    """Every expectation of the last 30 days, the least met first."""
    today = datetime.now(UTC).date()
    first = today - timedelta(days=TREND_DAYS - 1)
    with warehouse(request) as connection:
        rows = pass_rates(validation.expectation_days(connection, first), first, today)
    view = {"expectations": rows, "first": first, "last": today}
    return QUALITY.show(
        request, "expectations", view, title="Expectations", download=download, name=f"expectations-{today}"
    )


@router.get("/expectations/{table_name}/{expectation}")
def expectation(
    request: Request,
    table_name: PathName,
    expectation: PathName,
    before: BeforeId = None,
    download: ReportDownload = None,
) -> Response:
    """One expectation: its trend over its latest 90 days, and the runs in which it failed."""
    with warehouse(request) as connection:
        days = validation.days_of_expectation(connection, table_name, expectation, _TREND_DAYS)
        failures = validation.failures(connection, table_name, expectation, _FAILURES + 1, before)
    if not days:
        raise Missing(
            f"No validation run has looked at an expectation “{expectation}” on {table_name}.",
            "The list of expectations has those of the last 30 days.",
        )
    runs = sum(row["runs"] for row in days)
    view = {
        "table_name": table_name,
        "expectation": expectation,
        "days": [row | {"percent": percent_of(row["runs"] - row["failures"], row["runs"])} for row in days],
        "runs": runs,
        "failures": sum(row["failures"] for row in days),
        "percent": percent_of(runs - sum(row["failures"] for row in days), runs),
        "page": page_of(failures, "run_id", size=_FAILURES),
    }
    name = f"expectation-{table_name}-{expectation}"
    return QUALITY.show(request, "expectation", view, title=expectation, download=download, name=name)
