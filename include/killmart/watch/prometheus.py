"""The metrics as Prometheus text, built from what is stored: short-lived tasks make bad counters, tables good ones.

Counters are sums over everything that was ever stored; rolling old rows up keeps them, so they never fall. Gauges are
the newest samples of the `monitor` DAG.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Row

from killmart.db import alerts, metrics
from killmart.model.request_stats import LATENCY_BOUNDS
from killmart.watch.rules import load_rules

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""What `exposition` returns, for the Content-Type header."""

_GAUGES = {
    "staging_killmails": ("state", "Killmails in staging"),
    "waiting_killmails": ("", "Killmails in staging that wait for their body or for a load"),
    "oldest_waiting_seconds": ("", "How long the oldest of them has waited"),
    "mart_lag_seconds": ("", "How long the day that charts have not shown as it is for longest has waited"),
    "feed_silence_seconds": ("", "Since a feed named a killmail"),
    "upload_lag_seconds": ("feed", "Since the feed published the newest killmail that was read"),
    "kill_lag_seconds": ("", "Since the newest kill in core"),
    "coverage_ratio": ("", "How complete the last 7 days are, 1 is all"),
    "coverage_missing_killmails": ("", "Killmails of the last 7 days that are neither in core nor in quarantine"),
    "blocked_batches": ("", "Batches that the gate has blocked and nobody has decided on"),
    "quarantined_killmails": ("", "Killmails in quarantine"),
    "budget_left_tokens": ("service", "Tokens left of the upstream's window"),
    "budget_left_ratio": ("service", "Share of the tokens left"),
    "pause_left_seconds": ("service", "For how long the upstream is left alone"),
    "database_bytes": ("", "Size of the warehouse"),
    "database_growth_bytes": ("over", "Growth of the warehouse"),
    "disk_free_bytes": ("", "Room on the disk of KILLMART_HOME"),
    "disk_free_ratio": ("", "Share of that disk that is free"),
}
"""Gauge: the name of its label, and what it is."""


def exposition(connection: Connection, now: datetime | None = None) -> str:
    """All metrics as Prometheus text 0.0.4; `now` is when the samples are read."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Stored(connection, now or datetime.now(UTC)))
    return generate_latest(registry).decode()


class _Stored(Collector):
    """Collects from the tables, once per exposition."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def collect(self) -> Iterator[Metric]:
        yield from _requests(metrics.request_totals(self._connection))
        yield from _stages(metrics.stage_totals(self._connection))
        yield from _memory(metrics.stage_memory(self._connection, self._now))
        yield from _gauges(metrics.latest_gauges(self._connection, self._now))
        yield from self._alerts()

    def _alerts(self) -> Iterator[Metric]:
        is_open = {row.rule: row for row in alerts.open_alerts(self._connection, self._now)}
        opened = GaugeMetricFamily("killmart_alert_open", "1 while the alert is open", labels=["rule", "severity"])
        muted = GaugeMetricFamily("killmart_alert_muted", "1 while the rule is muted", labels=["rule"])
        mutes = {row.rule for row in alerts.mutes(self._connection, self._now)}
        for rule in load_rules():
            opened.add_metric([rule.name, rule.severity], float(rule.name in is_open))
            muted.add_metric([rule.name], float(rule.name in mutes))
        yield opened
        yield muted


def _requests(rows: Sequence[Row[Any]]) -> Iterator[Metric]:
    labels = ["service", "route", "status"]
    sent = CounterMetricFamily("killmart_http_requests", "Requests over the wire; status 0: no answer", labels=labels)
    received = CounterMetricFamily("killmart_http_received_bytes", "Bytes of the bodies received", labels=labels)
    hits = CounterMetricFamily("killmart_http_cache_hits", "Answers that came from the cache", labels=labels)
    for row in rows:
        of = [row.service, row.route, str(row.status)]
        sent.add_metric(of, row.requests)
        received.add_metric(of, row.bytes)
        hits.add_metric(of, row.cache_hits)
    yield sent
    yield received
    yield hits
    yield _latencies(rows)


def _latencies(rows: Sequence[Row[Any]]) -> Metric:
    buckets: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * (len(LATENCY_BOUNDS) + 1))
    seconds: dict[tuple[str, str], float] = defaultdict(float)
    for row in rows:
        key = (row.service, row.route)
        seconds[key] += row.seconds
        buckets[key] = [
            old + new for old, new in zip(buckets[key], row.latency_buckets or [0] * len(buckets[key]), strict=True)
        ]
    family = HistogramMetricFamily(
        "killmart_http_request_seconds", "Time to the end of the answer", labels=["service", "route"]
    )
    bounds = [*(str(bound) for bound in LATENCY_BOUNDS), "+Inf"]
    for key, counts in buckets.items():
        running, cumulative = 0, []
        for bound, count in zip(bounds, counts, strict=True):
            running += count
            cumulative.append((bound, float(running)))
        family.add_metric(list(key), cumulative, seconds[key])
    return family


def _stages(rows: Sequence[Row[Any]]) -> Iterator[Metric]:
    """`killmails` and `X_killmails` are counts of killmails by outcome; the rest are totals by name."""
    runs = CounterMetricFamily("killmart_stage_runs", "Times that the stage ended", labels=["stage"])
    seconds = CounterMetricFamily("killmart_stage_seconds", "Time that the stage took", labels=["stage"])
    killmails = CounterMetricFamily("killmart_stage_killmails", "Killmails by outcome", labels=["stage", "outcome"])
    others = CounterMetricFamily("killmart_stage", "Other counts of the stage", labels=["stage", "metric"])
    for row in rows:
        if row.metric == "runs":
            runs.add_metric([row.stage], row.total)
        elif row.metric == "seconds":
            seconds.add_metric([row.stage], row.total)
        elif row.metric == "killmails" or row.metric.endswith("_killmails"):
            outcome = row.metric.removesuffix("killmails").rstrip("_") or "all"
            killmails.add_metric([row.stage, outcome], row.total)
        else:
            others.add_metric([row.stage, row.metric], row.total)
    yield from (runs, seconds, killmails, others)


def _memory(rows: Sequence[Row[Any]]) -> Iterator[Metric]:
    family = GaugeMetricFamily(
        "killmart_stage_memory_bytes", "Peak memory of the process at the stage's latest end", labels=["stage"]
    )
    for row in rows:
        family.add_metric([row.stage], row.memory_bytes)
    yield family


def _gauges(rows: Sequence[Row[Any]]) -> Iterator[Metric]:
    by_name: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_name[row.metric].append(row)
    for name, (label, text) in _GAUGES.items():
        family = GaugeMetricFamily(f"killmart_{name}", text, labels=[label] if label else [])
        newest = max((row.at for row in by_name[name]), default=None)
        for row in by_name[name]:
            if row.at == newest:  # a state or a pause that has gone since is no more
                family.add_metric([row.label] if label else [], row.value)
        yield family
    sampled = max((row.at for row in rows), default=None)
    last = GaugeMetricFamily("killmart_monitor_sampled_timestamp_seconds", "When the gauges were sampled")
    if sampled is not None:
        last.add_metric([], sampled.timestamp())
    yield last
