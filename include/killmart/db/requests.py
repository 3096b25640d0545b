"""Stores ops.request_stats, in the transaction of the work that the requests were made for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection

from killmart.db.sql import sql
from killmart.model.requests import RequestCount


def record_requests(connection: Connection, counts: Sequence[RequestCount]) -> None:
    """Add counts to those stored for the same minute, service, route and status."""
    rows = sorted((asdict(count) for count in counts), key=lambda row: (row["at"], row["service"], row["route"]))
    if rows:
        connection.execute(sql("ops/upsert_request_stats"), rows)
