"""Stores what the gate found: quality.validation_runs, validation_results and column_profiles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from killmart.db.batches import Batch
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


def forget_results(connection: Connection) -> int:
    """Drop results older than 400 days, at most about `FORGOTTEN` at once; returns how many. Runs and sums stay."""
    return connection.execute(sql("quality/delete_old_results"), {"most": FORGOTTEN}).rowcount


def block_batch(connection: Connection, batch_id: int, error: str) -> None:
    """Set a blocked batch's killmails aside with it."""
    connection.execute(sql("staging/update_blocked_killmails"), {"batch_id": batch_id, "error": error})
