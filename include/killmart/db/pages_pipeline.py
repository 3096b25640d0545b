"""What the pipeline pages read; every query goes by an index and reads its span only, whatever is stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from killmart.db.pages import Row, find, select
from killmart.model.waits import LONGEST_PAUSE


def now(connection: Connection, at: datetime) -> Row:
    """How things stand at a moment: lags, what waits, the median way from staging to core in the hour before."""
    found = find(connection, "ops/page_now", at=at, hour=at - timedelta(hours=1), day=at - timedelta(days=1))
    assert found is not None  # a row of aggregates is always there
    return found


def requests(connection: Connection, since: datetime, at: datetime, step: timedelta) -> list[Row]:
    """Requests of a span: rows over time per service have no `route`, those in all per route have no `bucket`."""
    return select(connection, "ops/page_requests", since=since, at=at, step=step)


def stages(connection: Connection, since: datetime, at: datetime, step: timedelta, metrics: Sequence[str]) -> list[Row]:
    """What the stages did over time: (bucket, stage, metric, total, most)."""
    return select(connection, "ops/page_stages", since=since, at=at, step=step, metrics=list(metrics))


def gauges(connection: Connection, since: datetime, at: datetime, step: timedelta, metrics: Sequence[str]) -> list[Row]:
    """Samples over time: (bucket, metric, label, least, mean, most)."""
    return select(connection, "ops/page_gauges", since=since, at=at, step=step, metrics=list(metrics))


def budgets(connection: Connection, at: datetime) -> list[Row]:
    """Tokens spent of each upstream's window, and pauses with their reasons."""
    return select(connection, "ops/page_budgets", at=at, longest=LONGEST_PAUSE)
