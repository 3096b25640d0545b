"""The figures that `make bench` measures, each with its goal; what a benchmark is given, and what it gives."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine


@dataclass(frozen=True)
class Bench:
    """A migrated warehouse of the run's own without killmails, whose server is that of KILLMART_HOME; and the options.

    `rounds` is how often a figure is measured at most, `kills` how many killmails a large warehouse has at least; with
    `is_cold` growth shows a cache that is smaller than the data, too.
    """

    engine: Engine
    rounds: int = 5
    kills: int = 2_000_000
    is_cold: bool = False


@dataclass(frozen=True)
class Figure:
    """What is measured: its name, the benchmark that does it, in words what it is, and its goal if it has one.

    `goal` is `<=` or `>=` and a number.
    """

    name: str
    benchmark: str
    what: str
    goal: str | None = None

    def is_met_by(self, value: float | None) -> bool | None:
        """Whether a value is within the goal; None where one of them is not there."""
        if value is None or self.goal is None:
            return None
        sign, limit = self.goal.split()
        return value <= float(limit) if sign == "<=" else value >= float(limit)


FIGURES = {
    figure.name: figure
    for figure in (
        Figure(
            "history_vs_copy",
            "history",
            "ten days, archive files to what readers see, by the commands `backfill` and `marts`, start and gate "
            "included ÷ COPY",
            "<= 1.5",
        ),
        Figure("history_week_vs_copy", "history", "the same with seven days", "<= 2.2"),
        Figure("rerun_vs_new_day", "history", "the ten days again, nothing new ÷ their first load", "<= 0.1"),
        Figure(
            "peak_memory_mb",
            "history",
            "MB that `backfill` or a job of it takes over its imports, the larger",
            "<= 200",
        ),
        Figure(
            "new_day_vs_copy",
            "new_day",
            "a new day, bodies in memory to core and junctions, gate apart ÷ COPY",
            "<= 1.8",
        ),
        Figure(
            "day_to_readers_vs_copy", "new_day", "the same, and then its marts and battles, gate apart ÷ COPY", "<= 2.2"
        ),
        Figure(
            "day_load_memory_mb",
            "new_day",
            "MB that a worker takes over its imports to load the day, bodies included",
            "<= 150",
        ),
        Figure("new_day_vs_dlt", "dlt", "dlt with its defaults, raw bodies into an existing schema ÷ ours", ">= 5"),
        Figure("new_day_vs_dlt_best", "dlt", "the fastest form of dlt that we found ÷ ours", ">= 2.5"),
        Figure("gate_vs_copy", "gate", "the gate on ten days ÷ COPY", "<= 0.25"),
        Figure("gate_on_a_live_batch_s", "gate", "seconds of the gate on 200 killmails, its imports apart"),
        Figure(
            "growth_rate",
            "growth",
            "killmails a second of the last 200,000 of two million ÷ those of the first 200,000",
            ">= 0.9",
        ),
        Figure("history_hours", "growth", "hours that all 95.6 million killmails take at the rate of growth", "<= 8"),
        Figure(
            "bytes_per_kill",
            "bytes_per_kill",
            "bytes of core and mart, indexes included, for each killmail of both real days; the larger of: as loaded, "
            "and after other prices came for all and a vacuum",
            "<= 5200",
        ),
        Figure(
            "entity_page_vs_count",
            "at_size",
            "the slowest query of a page or of the API about the alliance with most killmails, over a year, among two "
            "million killmails ÷ a count of a million ids",
            "<= 4",
        ),
        Figure(
            "together_vs_one_by_one",
            "together",
            "promoting five batches of two days each together, their range built bare, vacuum included ÷ one by one, "
            "without vacuum",
            "<= 1",
        ),
        Figure(
            "live_batch_vs_count",
            "at_size",
            "promotion of 200 killmails into two million, until marts show them ÷ the same count",
            "<= 5",
        ),
        Figure(
            "queries_with_large_scans",
            "queries",
            "statements of pages, API, docs/queries.md and digest that read a range of a kill table with 100,000 rows "
            "or more from end to end, among two million killmails",
            "<= 0",
        ),
        Figure("slowest_query_ms", "queries", "milliseconds of the slowest of these statements"),
        Figure(
            "feed_drain_over_ten_peak_days",
            "feed_drain",
            "files a second that a drain of R2Z2 commits ÷ what ten of the busiest days at once need",
            ">= 1",
        ),
        Figure("dag_imports_over_sdk", "imports", "importing what DAG files import ÷ Airflow's SDK alone"),
        Figure(
            "version_at_rest", "readers", "longest seconds of Airflow's `GET /api/v2/version` without readers", "<= 3"
        ),
        Figure(
            "version_with_600_readers",
            "readers",
            "the same while 600 readers ask for an API route without a pause",
            "<= 3",
        ),
        Figure(
            "version_with_600_readers_of_a_locked_table",
            "readers",
            "the same with the table of that route locked",
            "<= 3",
        ),
        Figure("recording_in_fetch", "recording", "a fetch with requests counted ÷ without", "<= 1.02"),
        Figure("recording_in_load", "recording", "a load with its metrics stored ÷ without", "<= 1.01"),
    )
}
"""The one list of them; docs/performance.md has a row for each."""


@dataclass(frozen=True)
class Measured:
    """What the rounds of a figure gave, a value each; none where it was `skipped`, which says why.

    `details` are further figures that explain it, for the file and not for the line; `is_broken` where it was skipped
    because the benchmark failed.
    """

    name: str
    values: Sequence[float] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    skipped: str = ""
    is_broken: bool = False

    def line(self) -> dict[str, Any]:
        """Median, smallest and largest value, how many there are, the goal and whether the median is within it."""
        figure = FIGURES[self.name]
        value, low, high = (
            (_rounded(of(self.values)) for of in (statistics.median, min, max)) if self.values else (None, None, None)
        )
        return {
            "figure": self.name,
            "value": value,
            "low": low,
            "high": high,
            "rounds": len(self.values),
            "goal": figure.goal,
            "met": figure.is_met_by(value),
        }


def _rounded(value: float) -> float:
    return round(value) if abs(value) >= 1000 else float(f"{value:.3g}")


def ratio(
    name: str, pairs: Sequence[tuple[Mapping[str, float], float]], unit: str, details: Mapping[str, Any] | None = None
) -> Measured:
    """What was measured over its unit, pair by pair; in the details the median seconds of each part."""
    values = [sum(parts.values()) / of for parts, of in pairs]
    seconds = {f"{part}_s": round(statistics.median(parts[part] for parts, _ in pairs), 3) for part in pairs[0][0]}
    return Measured(
        name,
        values,
        {**seconds, f"{unit}_s": round(statistics.median(of for _, of in pairs), 3), **(details or {})},
    )


def skipped(benchmark: str, reason: str) -> list[Measured]:
    """The figures of a benchmark that cannot be measured here."""
    return [Measured(figure.name, skipped=reason) for figure in FIGURES.values() if figure.benchmark == benchmark]
