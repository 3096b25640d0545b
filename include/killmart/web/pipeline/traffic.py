"""Requests to the upstreams: what became of them, how long they took, what the cache saved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from killmart.db.reading import Row
from killmart.text import percent_of
from killmart.web.pipeline.latency import PERCENTILES, percentile, percentiles
from killmart.web.pipeline.spans import over_time

FAILURES = ("refused", "broken", "unanswered")
"""What the rule error_rate counts."""
_COUNTS = ("requests", "cache_hits", "bytes", "not_there", "limited", *FAILURES)


def summed(rows: Sequence[Row]) -> Row:
    """Counts, shares and percentiles of rows taken together."""
    total: Row = {name: sum(row[name] for row in rows) for name in _COUNTS}
    total["answered"] = total["requests"] - sum(total[name] for name in ("not_there", "limited", *FAILURES))
    total["failed"] = sum(total[name] for name in FAILURES)
    total["error_percent"] = percent_of(total["failed"], total["requests"])
    total["cache_percent"] = percent_of(total["cache_hits"], total["requests"] + total["cache_hits"])
    buckets = [sum(column) for column in zip(*(row["latency_buckets"] for row in rows), strict=True)]
    return total | percentiles(buckets)


def of_routes(rows: Iterable[Row]) -> list[Row]:
    """One row per service and route."""
    return [
        {"service": row["service"], "route": row["route"], **summed([row])} for row in rows if row["bucket"] is None
    ]


def of_services(rows: Iterable[Row], starts: list[datetime]) -> list[Row]:
    """One row per service: its totals, and over time its requests, errors, cache hits and percentiles."""
    series = sorted((row for row in rows if row["bucket"] is not None), key=lambda row: row["service"])
    return [
        {"service": service, **summed(group), "over_time": _over_time(group, starts)}
        for service, group in ((service, list(rows)) for service, rows in groupby(series, key=lambda r: r["service"]))
    ]


def outcomes(rows: Iterable[Row], starts: list[datetime]) -> list[Row]:
    """One row per step: requests to all services by what became of them."""
    by_start: dict[datetime, list[Row]] = {start: [] for start in starts}
    for row in rows:
        if row["bucket"] in by_start:
            by_start[row["bucket"]].append(row)
    return [{"at": start, **_outcome(found)} for start, found in by_start.items()]


def _outcome(rows: Sequence[Row]) -> Row:
    total = summed(rows) if rows else {}
    return {
        name: total.get(name, 0)
        for name in ("requests", "answered", "not_there", "limited", *FAILURES, "failed", "cache_hits")
    }


def _over_time(rows: Sequence[Row], starts: list[datetime]) -> dict[str, list[Any]]:
    told = [
        {
            "bucket": row["bucket"],
            "requests": row["requests"],
            "error_percent": percent_of(sum(row[name] for name in FAILURES), row["requests"]),
            "cache_percent": percent_of(row["cache_hits"], row["requests"] + row["cache_hits"]),
            **{f"p{percent}": percentile(row["latency_buckets"], percent) for percent in PERCENTILES},
        }
        for row in rows
    ]
    names = ("error_percent", "cache_percent", *(f"p{percent}" for percent in PERCENTILES))
    return {"requests": over_time(told, starts, "requests", 0)} | {
        name: over_time(told, starts, name) for name in names
    }
