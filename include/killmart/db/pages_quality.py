"""What the data-quality pages read; every query goes by an index, whatever is stored."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from killmart.db import api
from killmart.db.pages import Row, find, select

SHOWN_BODY = 100_000
"""Bytes of a body that a page shows."""
SHOWN_ROWS = 300
"""Attackers and items of a killmail that a page shows."""


def today(connection: Connection, now: datetime) -> Row:
    """The state in one glance; `now` in UTC."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    found = find(connection, "quality/page_today", midnight=midnight, since=now - timedelta(hours=24))
    assert found is not None  # a row of aggregates is always there
    return found


def runs(
    connection: Connection,
    limit: int,
    *,
    before: int | None = None,
    dag_id: str | None = None,
    is_command_line: bool = False,
    outcome: str | None = None,
) -> list[Row]:
    """Validation runs, the latest first, below the number `before`."""
    filters = {"before": before, "dag_id": dag_id, "is_command_line": is_command_line, "outcome": outcome}
    return select(connection, "quality/page_runs", limit=limit, **filters)


def dags(connection: Connection) -> list[str]:
    """DAGs that have validation runs."""
    return [row["dag_id"] for row in select(connection, "quality/page_dags")]


def run(connection: Connection, run_id: int) -> Row | None:
    """A validation run with its batch, or None."""
    return find(connection, "quality/page_run", run_id=run_id)


def results(connection: Connection, run_id: int) -> list[Row]:
    """What a validation run found, failures first."""
    return select(connection, "quality/select_results", run_id=run_id, is_failed_only=False)


def batches_of_dag_run(connection: Connection, dag_id: str, dag_run_id: str) -> list[Row]:
    """The batches that a DAG run built, each with its latest verdict; 500 at most."""
    return select(connection, "quality/select_dag_run_batches", dag_id=dag_id, dag_run_id=dag_run_id)


def backfill_of_dag_run(connection: Connection, dag_id: str, dag_run_id: str) -> list[Row]:
    """What a backfill run planned and came to: stage, metric, label, value; nothing for runs of other DAGs."""
    return select(connection, "ops/page_backfill", dag_id=dag_id, run_id=dag_run_id)


def validation_days(connection: Connection, first: date) -> list[Row]:
    """Daily sums of the validation runs since `first`, by outcome."""
    return select(connection, "quality/page_days", first=first)


def expectation_days(connection: Connection, first: date) -> list[Row]:
    """How often each expectation was met since `first`, day by day."""
    return select(connection, "quality/page_expectations", first=first)


def days_of_expectation(connection: Connection, table_name: str, expectation: str, limit: int) -> list[Row]:
    """The latest days of one expectation, the earliest of them first."""
    found = select(connection, "quality/page_expectation", table_name=table_name, expectation=expectation, limit=limit)
    return found[::-1]


def failures(
    connection: Connection, table_name: str, expectation: str, limit: int, before: int | None = None
) -> list[Row]:
    """Runs in which one expectation failed, the latest first."""
    return select(
        connection, "quality/page_failures", table_name=table_name, expectation=expectation, limit=limit, before=before
    )


def day(connection: Connection, of: date, limit: int, after: int = 0) -> Row | None:
    """One day's coverage with up to `limit` missing ids above `after`, or None where it was never checked."""
    return find(connection, "quality/find_coverage", day=of, after=after, limit=limit)


def killmail(connection: Connection, killmail_id: int) -> dict[str, Any]:
    """What core and staging have of a killmail: `core`, `attackers`, `items`, `staging`."""
    core = api.killmail(connection, killmail_id, SHOWN_ROWS)
    return {
        "core": core,
        "attackers": core.pop("attackers") if core else [],
        "items": core.pop("items") if core else [],
        "staging": find(connection, "quality/page_killmail_staging", killmail_id=killmail_id, shown=SHOWN_BODY),
    }
