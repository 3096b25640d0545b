"""Stores ops.request_stats, in the transaction of the work that the requests were made for, and sums them up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Connection

from killmart.db.reading import Row, select
from killmart.db.sql import sql
from killmart.model.request_stats import RequestCount


def record_requests(connection: Connection, counts: Sequence[RequestCount]) -> None:
    """Add counts to those stored for the same minute, service, route and status."""
    in_order = sorted(counts, key=lambda count: (count.at, count.service, count.route, count.status))
    rows = [asdict(count) for count in in_order]  # one order for all, so that two workers cannot deadlock
    if rows:
        connection.execute(sql("ops/upsert_request_stats"), rows)


def requests_over_time(connection: Connection, since: datetime, at: datetime, step: timedelta) -> list[Row]:
    """Requests of a span: rows over time per service have no `route`, those in all per route have no `bucket`."""
    return select(connection, "ops/sum_requests", since=since, at=at, step=step)
