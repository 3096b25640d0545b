"""Values: our own values, points and flags held against zKillboard's, day by day, and the prices they rest on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from killmart.db.prices import price_days
from killmart.db.values import spreads
from killmart.text import percent_of
from killmart.web.frame.fields import ReportDownload
from killmart.web.frame.warehouse import warehouse
from killmart.web.paging import page_of
from killmart.web.quality.section import QUALITY

router = APIRouter(prefix="/quality")

_DAYS = 30
_COUNTS = ("kills", "priced", "from_prices", "compared", "within_tenth", "unvalued")
_FLAGS = ("points", "npc", "solo", "awox")


@router.get("/values")
def values(
    request: Request, before: Annotated[date | None, Query()] = None, download: ReportDownload = None
) -> Response:
    """The latest 30 days that were compared, or the 30 before a day."""
    with warehouse(request) as connection:
        page = page_of(spreads(connection, _DAYS + 1, before), "day", size=_DAYS)
        rows = page.rows
        prices = price_days(connection, rows[-1]["day"], rows[0]["day"]) if rows else []
    view = {
        "days": [with_shares(row, prices) for row in rows],
        "totals": totals(rows),
        "before": before,
        "next_before": page.next_key,
    }
    today = datetime.now(UTC).date()
    return QUALITY.show(request, "values", view, title="Values", download=download, name=f"values-{before or today}")


def with_shares(row: dict[str, Any], prices: list[dict[str, Any]]) -> dict[str, Any]:
    """A day with what is equal in percent, and how many prices of its own it rests on (None: never asked for)."""
    own = [one for one in prices if one["day"] == row["day"]]
    return row | {
        "percent_within": percent_of(row["within_tenth"], row["compared"]),
        **{f"percent_{name}": percent_of(row[f"{name}_equal"], row["points_compared"]) for name in _FLAGS},
        "prices": sum(one["prices"] for one in own) if own else None,
        "price_sources": [one["source"] for one in own if one["is_there"]],
    }


def totals(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Sums over days, and what is equal in percent of them."""
    found: dict[str, Any] = {name: sum(row[name] for row in rows) for name in (*_COUNTS, "points_compared")}
    found["percent_within"] = percent_of(found["within_tenth"], found["compared"])
    for name in _FLAGS:
        equal = sum(row[f"{name}_equal"] for row in rows)
        found[f"percent_{name}"] = percent_of(equal, found["points_compared"])
    return found
