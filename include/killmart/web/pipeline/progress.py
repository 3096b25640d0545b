"""Killmails through the stages, and how things stood over time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from killmart.db.reading import Row
from killmart.web.pipeline.spans import over_time

KILLMAILS = {
    "drain": ("refs",),
    "fetch": ("fetched_killmails",),
    "transform": ("killmails",),
    "promote": ("inserted_killmails", "changed_killmails"),
}
"""Which metrics of a stage count the killmails that it did its work on."""
STAGE_METRICS = ("runs", "seconds", "memory_bytes", *(name for names in KILLMAILS.values() for name in names))
_ORDER = ("drain", "fetch", "transform", "validate", "promote", "record")

GAUGES = (
    "kill_lag_seconds",
    "feed_silence_seconds",
    "oldest_waiting_seconds",
    "staging_killmails",
    "budget_left_ratio",
    "database_bytes",
)


def of_stages(rows: Iterable[Row]) -> list[Row]:
    """One row per stage: runs, killmails, seconds, and its most memory in bytes."""
    stages: dict[str, Row] = {}
    for row in rows:
        stage = stages.setdefault(
            row["stage"], {"stage": row["stage"], "runs": 0, "killmails": None, "seconds": 0.0, "memory_bytes": None}
        )
        if row["metric"] in KILLMAILS.get(row["stage"], ()):
            stage["killmails"] = (stage["killmails"] or 0) + int(row["total"])
        elif row["metric"] == "runs":
            stage["runs"] += int(row["total"])
        elif row["metric"] == "seconds":
            stage["seconds"] += row["total"]
        elif row["metric"] == "memory_bytes":
            stage["memory_bytes"] = max(stage["memory_bytes"] or 0, int(row["most"]))
    return sorted(stages.values(), key=lambda row: (_rank(row["stage"]), row["stage"]))


def throughput(rows: Iterable[Row], starts: list[datetime]) -> dict[str, list[int]]:
    """Killmails per step of each stage that counts them."""
    counted: dict[str, dict[datetime, int]] = {stage: {} for stage in KILLMAILS}
    for row in rows:
        if row["metric"] in KILLMAILS.get(row["stage"], ()):
            found = counted[row["stage"]]
            found[row["bucket"]] = found.get(row["bucket"], 0) + int(row["total"])
    return {stage: [found.get(start, 0) for start in starts] for stage, found in counted.items()}


def gauge(rows: Iterable[Row], starts: list[datetime], name: str, value: str, scale: float = 1.0) -> list[Any]:
    """One gauge over time, its `least`, `mean` or `most` of each step times `scale`."""
    values = over_time((row for row in rows if row["metric"] == name), starts, value)
    return [None if one is None else one * scale for one in values]


def gauges_by_label(
    rows: Iterable[Row], starts: list[datetime], name: str, value: str, scale: float = 1.0
) -> dict[str, list[Any]]:
    """The same for a gauge with labels, by label."""
    mine = [row for row in rows if row["metric"] == name]
    labels = sorted({row["label"] for row in mine if row["label"]})
    return {
        label: gauge([row for row in mine if row["label"] == label], starts, name, value, scale) for label in labels
    }


def _rank(stage: str) -> int:
    return _ORDER.index(stage) if stage in _ORDER else len(_ORDER)
