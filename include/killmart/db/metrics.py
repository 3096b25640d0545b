"""Writes ops.run_metrics, in the transaction of the work that is measured."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from killmart.db.sql import sql


def record_metrics(
    connection: Connection,
    stage: str,
    values: Mapping[str, float],
    *,
    dag_id: str | None = None,
    run_id: str | None = None,
    batch_id: int | None = None,
) -> None:
    """Store measured values of one stage; the unit is in the metric's name (`seconds`, `killmails`, `bytes`)."""
    common = {"dag_id": dag_id, "run_id": run_id, "batch_id": batch_id, "stage": stage}
    rows = [common | {"metric": metric, "value": value} for metric, value in values.items()]
    if rows:
        connection.execute(sql("ops/insert_run_metric"), rows)
