"""What the page of values reads: how our figures compare with zKillboard's, and which prices are there."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from killmart.db.pages import Row, select


def spreads(connection: Connection, limit: int, before: date | None = None) -> list[Row]:
    """The comparison of the latest days before `before`, the latest first."""
    return select(connection, "quality/page_value_spread", limit=limit, before=before)


def price_days(connection: Connection, first: date, last: date) -> list[Row]:
    """What was asked about the prices of these days."""
    return select(connection, "quality/page_price_days", first=first, last=last)
