"""How the pipeline is doing: lag, throughput, requests, budget and what waits, over a span of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import Response

from killmart.db import metrics
from killmart.db.budget import budgets
from killmart.db.request_stats import requests_over_time
from killmart.web.frame.fields import ReportDownload
from killmart.web.frame.warehouse import warehouse
from killmart.web.pipeline import progress, traffic
from killmart.web.pipeline.alerts import open_alerts
from killmart.web.pipeline.section import PIPELINE
from killmart.web.pipeline.spans import SPANS, SpanName, TimeSpan

router = APIRouter(prefix="/pipeline")

_SAMPLED_WITHIN = timedelta(minutes=15)
"""Three rounds of the DAG monitor."""


@router.get("")
def overview(request: Request, span: SpanName = "24h", download: ReportDownload = None) -> Response:
    """Lag, throughput, latencies, errors, cache hits, budget, staging and open alerts."""
    at = datetime.now(UTC)
    with warehouse(request) as connection:
        view = state(connection, SPANS[span], at)
    name = f"pipeline-{span}-{at:%Y-%m-%d-%H%M}"
    return PIPELINE.show(request, "overview", view, title="Pipeline", download=download, name=name)


def state(connection: Connection, span: TimeSpan, at: datetime) -> dict[str, Any]:
    """Everything on the overview; series have a value for each of `times`."""
    starts = span.starts(at)
    window = (starts[0], at, span.step)
    requests = requests_over_time(connection, *window)
    stages = metrics.stages_over_time(connection, *window, progress.STAGE_METRICS)
    gauges = metrics.gauges_over_time(connection, *window, progress.GAUGES)
    in_all = traffic.of_routes(requests)
    return {
        "at": at,
        "span": span.name,
        "spans": [(one.name, one.title) for one in SPANS.values()],
        "span_title": span.title,
        "step_title": span.step_title,
        "step_seconds": span.step.total_seconds(),
        "times": starts,
        "labels": [start.strftime(span.label) for start in starts],
        "state": _now(connection, at),
        "alerts": open_alerts(connection, at),
        "lag_minutes": _lags(gauges, starts),
        "throughput": progress.throughput(stages, starts),
        "stages": progress.of_stages(stages),
        "requests": traffic.summed([row for row in requests if row["bucket"] is None]) if in_all else None,
        "outcomes": traffic.outcomes(requests, starts),
        "services": traffic.of_services(requests, starts),
        "routes": in_all,
        "staging": progress.gauges_by_label(gauges, starts, "staging_killmails", "most"),
        "budgets": budgets(connection, at),
        "budget_left_percent": progress.gauges_by_label(gauges, starts, "budget_left_ratio", "least", 100),
        "database_size": _size(gauges, starts),
    }


def _now(connection: Connection, at: datetime) -> dict[str, Any]:
    """How things stand, with the lags in seconds."""
    found = metrics.state_at(connection, at)
    for name, moment in (("kill_lag", "newest_kill_time"), ("feed_lag", "named_at"), ("oldest", "oldest_staged_at")):
        since = found[moment]
        found[f"{name}_seconds"] = None if since is None else max(0.0, (at - since).total_seconds())
    found["is_sampled"] = found["sampled_at"] is not None and at - found["sampled_at"] < _SAMPLED_WITHIN
    median = found["median_seconds_to_core"]
    found["median_seconds_to_core"] = None if median is None else float(median)
    return found


def _lags(gauges: list[dict[str, Any]], starts: list[datetime]) -> dict[str, list[float | None]]:
    names = {"kill": "kill_lag_seconds", "feed": "feed_silence_seconds", "waiting": "oldest_waiting_seconds"}
    return {name: progress.gauge(gauges, starts, gauge, "most", 1 / 60) for name, gauge in names.items()}


def _size(gauges: list[dict[str, Any]], starts: list[datetime]) -> dict[str, Any]:
    values = progress.gauge(gauges, starts, "database_bytes", "most")
    unit, scale = ("GB", 1e-9) if max((value or 0 for value in values), default=0) >= 1e9 else ("MB", 1e-6)
    return {"unit": unit, "values": [None if value is None else value * scale for value in values]}
