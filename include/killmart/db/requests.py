"""Stores ops.request_stats, in the transaction of the work that the requests were made for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection

from killmart.db.sql import sql
from killmart.model.requests import RequestCount


def record_requests(connection: Connection, counts: Sequence[RequestCount]) -> None:
    """Add counts to those stored for the same minute, service, route and status."""
    in_order = sorted(counts, key=lambda count: (count.at, count.service, count.route, count.status))
    rows = [asdict(count) for count in in_order]  # one order for all, so that two workers cannot deadlock
    if rows:
        connection.execute(sql("ops/upsert_request_stats"), rows)
