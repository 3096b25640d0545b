"""Writes and reads ops.run_metrics and sums ops.request_stats; counts are written in the transaction of their work."""

from __future__ import annotations

import resource
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from killmart.db.reading import find, select
from killmart.db.sql import sql
from killmart.model.metrics import Gauge
from killmart.model.waits import LONGEST_PAUSE


def record_metrics(
    connection: Connection,
    stage: str,
    values: Mapping[str, float],
    *,
    dag_id: str | None = None,
    run_id: str | None = None,
    batch_id: int | None = None,
) -> None:
    """Store measured values of one stage; the unit is in the metric's name (`seconds`, `killmails`, `bytes`).

    Every record also counts itself (`runs`) and records the process's peak memory so far (`memory_bytes`).
    """
    measured = {**values, "runs": 1.0, "memory_bytes": peak_memory_bytes()}
    figures = [Gauge(metric, None, value) for metric, value in measured.items()]
    record_figures(connection, stage, figures, dag_id=dag_id, run_id=run_id, batch_id=batch_id)


def record_figures(
    connection: Connection,
    stage: str,
    figures: Sequence[Gauge],
    *,
    dag_id: str | None = None,
    run_id: str | None = None,
    batch_id: int | None = None,
) -> None:
    """Store figures of one stage as they are, each of something (`label`) or of all."""
    row = {
        "dag_id": dag_id,
        "run_id": run_id,
        "batch_id": batch_id,
        "stage": stage,
        "metrics": [figure.metric for figure in figures],
        "labels": [figure.label for figure in figures],
        "values": [float(figure.value) for figure in figures],
    }
    connection.execute(sql("ops/insert_run_metrics"), row)


def peak_memory_bytes() -> float:
    """The most memory that this process has had in use at once."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak if sys.platform == "darwin" else peak * 1024)


def record_gauges(connection: Connection, gauges: Sequence[Gauge], at: datetime) -> None:
    """Store samples of how things stand at a time."""
    row = {
        "at": at,
        "metrics": [gauge.metric for gauge in gauges],
        "labels": [gauge.label for gauge in gauges],
        "values": [gauge.value for gauge in gauges],
    }
    connection.execute(sql("ops/insert_gauges"), row)


def read_gauges(connection: Connection, at: datetime) -> list[Gauge]:
    """How things stand in the warehouse now, by its tables (see include/sql/ops/select_gauges.sql)."""
    parameters = {"at": at, "longest_pause": LONGEST_PAUSE}
    return [Gauge(*row) for row in connection.execute(sql("ops/select_gauges"), parameters)]


def latest_gauges(connection: Connection, at: datetime) -> Sequence[Row[Any]]:
    """The newest sample of every gauge within the hour before: (metric, label, at, value)."""
    return connection.execute(sql("ops/select_latest_gauges"), {"at": at}).all()


def request_totals(connection: Connection) -> Sequence[Row[Any]]:
    """Everything ever asked of the upstreams, per service, route and status."""
    return connection.execute(sql("ops/sum_request_stats")).all()


def stage_totals(connection: Connection) -> Sequence[Row[Any]]:
    """Everything that the stages ever recorded: (stage, metric, total)."""
    return connection.execute(sql("ops/sum_run_metrics")).all()


def stage_memory(connection: Connection, at: datetime) -> Sequence[Row[Any]]:
    """Peak memory in bytes of the latest run of each stage within the day before: (stage, memory_bytes)."""
    return connection.execute(sql("ops/select_stage_memory"), {"at": at}).all()


def roll_up(connection: Connection, now: datetime, days: float) -> tuple[int, int]:
    """Keep the statistics small: minutes become hours after a week, and one sum after `days`; see the SQL.

    Returns how many rows of ops.request_stats and of ops.run_metrics that was.
    """
    parameters = {"at": now, "days": days}
    requests = connection.execute(sql("ops/roll_up_request_stats"), parameters).scalar_one()
    figures = connection.execute(sql("ops/roll_up_run_metrics"), parameters).scalar_one()
    return requests, figures


def state_at(connection: Connection, at: datetime) -> dict[str, Any]:
    """How things stand at a moment: lags, what waits, the median way from staging to core in the hour before."""
    found = find(connection, "ops/find_state", at=at, hour=at - timedelta(hours=1), day=at - timedelta(days=1))
    assert found is not None  # a row of aggregates is always there
    return found


def stages_over_time(
    connection: Connection, since: datetime, at: datetime, step: timedelta, metrics: Sequence[str]
) -> list[dict[str, Any]]:
    """What the stages did over time: (bucket, stage, metric, total, most)."""
    return select(connection, "ops/sum_stages", since=since, at=at, step=step, metrics=list(metrics))


def gauges_over_time(
    connection: Connection, since: datetime, at: datetime, step: timedelta, metrics: Sequence[str]
) -> list[dict[str, Any]]:
    """Samples over time: (bucket, metric, label, least, mean, most)."""
    return select(connection, "ops/sum_gauges", since=since, at=at, step=step, metrics=list(metrics))


def backfill_of_dag_run(connection: Connection, dag_id: str, dag_run_id: str) -> list[dict[str, Any]]:
    """What a backfill run planned and came to: stage, metric, label, value; nothing for runs of other DAGs."""
    return select(connection, "ops/select_backfill_figures", dag_id=dag_id, run_id=dag_run_id)
