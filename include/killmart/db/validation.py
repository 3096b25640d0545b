"""What the gate found: stores quality.validation_runs, validation_results and column_profiles, and reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from killmart.db.batches import Batch
from killmart.db.reading import Row, find, select
from killmart.db.sql import sql

FORGOTTEN = 10_000
"""Results that are looked at, and dropped where they are old, in one step: those of a hundred runs or so."""


def record_validation(
    connection: Connection,
    batch: Batch,
    *,
    outcome: str,
    started_at: datetime,
    seconds: float,
    results: Sequence[dict[str, Any]],
    dag_id: str | None,
    dag_run_id: str | None,
) -> int:
    """Store one passage of `batch` through the gate and every result of it; returns its run_id."""
    run = {
        "batch_id": batch.batch_id,
        "dag_id": dag_id,
        "dag_run_id": dag_run_id,
        "started_at": started_at,
        "seconds": seconds,
        "outcome": outcome,
        "claimed": batch.claimed,
        "quarantined": batch.quarantined,
        "known": batch.known,
        "gone": batch.gone,
    }
    run_id = int(connection.execute(sql("quality/insert_validation_run"), run).scalar_one())
    rows = [result | {"run_id": run_id, "examples": json.dumps(result["examples"], default=str)} for result in results]
    if rows:
        connection.execute(sql("quality/insert_validation_result"), rows)
    return run_id


def record_profile(connection: Connection, batch_id: int, columns: Sequence[dict[str, Any]]) -> None:
    """Add the empty cells of a batch that the gate let pass to those that later batches are compared with."""
    if columns:
        connection.execute(
            sql("quality/upsert_column_profile"), [column | {"batch_id": batch_id} for column in columns]
        )


def latest_outcome(connection: Connection, batch_id: int) -> str | None:
    """The gate's latest verdict on a batch, or None where it never passed."""
    return connection.execute(sql("quality/find_latest_outcome"), {"batch_id": batch_id}).scalar_one_or_none()


def record_promoted(connection: Connection, batch_id: int, promoted: int, known: int) -> None:
    """Write on the batch's validation runs what came of it."""
    row = {"batch_id": batch_id, "promoted": promoted, "known": known}
    connection.execute(sql("quality/update_promoted_run"), row)


def forget_results(connection: Connection, days: float) -> int:
    """Drop results older than `days`, at most about `FORGOTTEN` at once; returns how many. Runs and sums stay."""
    return connection.execute(sql("quality/delete_old_results"), {"days": days, "most": FORGOTTEN}).rowcount


def block_batch(connection: Connection, batch_id: int, error: str) -> None:
    """Set a blocked batch's killmails aside with it."""
    connection.execute(sql("staging/update_blocked_killmails"), {"batch_id": batch_id, "error": error})


def today(connection: Connection, now: datetime) -> Row:
    """The state in one glance; `now` in UTC."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    found = find(connection, "quality/find_today", midnight=midnight, since=now - timedelta(hours=24))
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
    return select(connection, "quality/select_validation_runs", limit=limit, **filters)


def dags(connection: Connection) -> list[str]:
    """DAGs that have validation runs."""
    return [row["dag_id"] for row in select(connection, "quality/select_dags")]


def run(connection: Connection, run_id: int) -> Row | None:
    """A validation run with its batch, or None."""
    return find(connection, "quality/find_validation_run", run_id=run_id)


def results(connection: Connection, run_id: int) -> list[Row]:
    """What a validation run found, failures first."""
    return select(connection, "quality/select_results", run_id=run_id, is_failed_only=False)


def validation_days(connection: Connection, first: date) -> list[Row]:
    """Daily sums of the validation runs since `first`, by outcome."""
    return select(connection, "quality/select_validation_days", first=first)


def expectation_days(connection: Connection, first: date) -> list[Row]:
    """How often each expectation was met since `first`, day by day."""
    return select(connection, "quality/select_expectation_days", first=first)


def days_of_expectation(connection: Connection, table_name: str, expectation: str, limit: int) -> list[Row]:
    """The latest days of one expectation, the earliest of them first."""
    found = select(
        connection, "quality/select_days_of_expectation", table_name=table_name, expectation=expectation, limit=limit
    )
    return found[::-1]


def failures(
    connection: Connection, table_name: str, expectation: str, limit: int, before: int | None = None
) -> list[Row]:
    """Runs in which one expectation failed, the latest first."""
    return select(
        connection,
        "quality/select_failures",
        table_name=table_name,
        expectation=expectation,
        limit=limit,
        before=before,
    )
