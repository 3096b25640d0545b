"""What the task of the `monitor` DAG calls."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from killmart.orchestration.handover import DECISIONS, leave
from killmart.orchestration.runtime import Counts, task_runtime
from killmart.runtime import Runtime


def evaluate_rules() -> Counts:
    """Sample, evaluate the rules, notify people; the open alerts by rule. Also settles Airflow's questions."""
    from killmart.load.review import decided_batches
    from killmart.watch.monitor import monitor

    runtime = task_runtime()
    leave(DECISIONS, decided_batches(runtime))
    watched = monitor(runtime)
    pass_on_gauges(runtime)
    return {**asdict(watched), "alerts": {rule: alert["message"] for rule, alert in watched.alerts.items()}}


def pass_on_gauges(runtime: Runtime) -> None:
    """Hand the samples to Airflow's own metrics, which pass them to OpenTelemetry or StatsD where that is on."""
    from airflow.sdk.observability import stats

    from killmart.db.metrics import latest_gauges

    with runtime.engine.connect() as connection:
        for gauge in latest_gauges(connection, datetime.now(UTC)):
            tags = {"of": gauge.label} if gauge.label else None
            stats.gauge(f"killmart.{gauge.metric}", gauge.value, tags=tags)
