"""What a run of killmails_backfill planned and came to, kept in ops.run_metrics for the run's page."""

from __future__ import annotations

from datetime import date
from typing import Any

from killmart.db.metrics import record_figures
from killmart.load.backfill import Estimate
from killmart.model.metrics import Gauge
from killmart.runtime import Runtime

MOST_DAYS = 100
"""So many days that are not complete are listed one by one."""


def record_plan(runtime: Runtime, first: date, last: date, guess: Estimate, is_dry: bool) -> None:
    """Keep what a backfill will cost; the range is the label of its days."""
    figures = [
        Gauge("days", str(first) if first == last else f"{first} to {last}", guess.days),
        Gauge("killmails", None, guess.killmails),
        Gauge("killmails_here", None, guess.here),
        Gauge("days_unknown", None, guess.days_unknown),
        *(Gauge("requests", service, count) for service, count in guess.requests.items()),
        Gauge("download_bytes", None, guess.bytes),
        Gauge("estimated_seconds", None, guess.seconds),
        Gauge("is_dry", None, is_dry),
    ]
    _record(runtime, "plan", figures)


def record_sums(runtime: Runtime, by_source: dict[str, dict[str, int]], incomplete: dict[str, int]) -> None:
    """Keep what was loaded: counts of killmails (and days) per source; what is missing of days not complete."""
    figures = [Gauge(metric, source, count) for source, counts in by_source.items() for metric, count in counts.items()]
    figures.append(Gauge("incomplete_days", None, len(incomplete)))
    figures += [Gauge("missing_of_day", day, count) for day, count in sorted(incomplete.items())[:MOST_DAYS]]
    _record(runtime, "sum_up", figures)


def _record(runtime: Runtime, stage: str, figures: list[Gauge]) -> None:
    with runtime.engine.begin() as connection:
        record_figures(connection, stage, figures, dag_id=runtime.dag_id, run_id=runtime.run_id)


def figures_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The rows of ops/page_backfill as the page shows them.

    `plan` and `sums` are None where that task has not run. `plan`: `days`, `range`, `requests` by service, and the
    other figures by name. `sums`: counts by name for each source (`sources`) and in `total`, `incomplete_days`, and
    `incomplete`, killmails that are missing by day.
    """
    plan: dict[str, Any] = {"requests": {}}
    sources: dict[str, dict[str, float]] = {}
    total: dict[str, float] = {}
    sums: dict[str, Any] = {"sources": sources, "total": total, "incomplete": {}}
    for row in rows:
        metric, label, value = row["metric"], row["label"], row["value"]
        if row["stage"] == "plan":
            if metric == "requests":
                plan["requests"][label] = value
            else:
                plan[metric] = value
                if metric == "days":
                    plan["range"] = label
        elif metric == "missing_of_day":
            sums["incomplete"][label] = value
        elif label is None:
            sums[metric] = value
        else:
            sources.setdefault(label, {})[metric] = value
            total[metric] = total.get(metric, 0) + value
    return {"plan": plan if "days" in plan else None, "sums": sums if "incomplete_days" in sums else None}
