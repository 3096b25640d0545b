"""Backfill: a long range of days in chunks, what it will cost and what it came to, both kept for the run's page."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from killmart.day_sources import DaySources
from killmart.db.coverage import covered_days, days_to_compare
from killmart.db.metrics import record_figures
from killmart.db.prices import asked_days
from killmart.errors import KillmartError
from killmart.load.day_plan import FEW, KNOWN_DIFFERENCES, check_choice, check_range
from killmart.load.day_report import DayResult, DaysReport
from killmart.load.days import load_days
from killmart.model.day_range import Days
from killmart.model.metrics import Gauge
from killmart.runtime import Runtime
from killmart.timing import Progress

log = logging.getLogger(__name__)

CHUNK_DAYS = 20
"""Days of one batch: 100 s of work, of which the start of a task and the import of Great Expectations are a tenth."""
MOST_CHUNKS = 1000
"""Airflow maps a task 1,024 times at most."""
RECENT_DAYS = 30
"""Days whose totals are compared every day; older ones take turns, so that each comes once in as many days."""
MOST_INCOMPLETE = 100
"""So many days that are not complete are listed one by one."""
_KILLS_PER_SECOND = 1500
_BYTES_PER_KILL = 230
_RAW_BYTES_PER_KILL = 4000
_ESI_BYTES_PER_KILL = 3500
_LIST_BYTES_PER_KILL = 54
_PRICES_BYTES = 1_000_000
"""The market history of a day."""
_ESI_PER_SECOND = 2.0
_SECONDS_PER_CHUNK = 15.0


@dataclass
class Estimate:
    """What a backfill will ask for: days, killmails, requests per upstream, bytes, seconds."""

    days: int
    killmails: int = 0
    """By the upstreams' totals."""
    here: int = 0
    """Of these, in core already by the last comparison."""
    days_unknown: int = 0
    """Days that no total knows; what they cost is not in here."""
    requests: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    seconds: int = 0


def chunks(first: date, last: date, source: str = "auto") -> Iterator[list[date]]:
    """The days from `first` to `last`, both included, in chunks that are one batch each.

    A day from ESI alone takes two hours, so it is a chunk of its own.
    """
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    size = max(1 if source == "esi" else CHUNK_DAYS, -(-len(days) // MOST_CHUNKS))
    for at in range(0, len(days), size):
        yield days[at : at + size]


def check_backfill(first: date, last: date, source: str, mode: str) -> None:
    """Refuse what cannot be done, in one sentence. Raises ConfigurationError."""
    check_choice(source, mode)
    check_range(first, last, datetime.now(UTC).date())


def estimate(runtime: Runtime, first: date, last: date, source: str, mode: str) -> Estimate:
    """What the backfill of a range will cost, from the upstreams' totals and what core has (a dry run)."""
    check_backfill(first, last, source, mode)
    totals = totals_of(runtime)
    with runtime.engine.connect() as connection:
        here = {row["day"]: row["loaded"] for row in covered_days(connection, Days(first, last))}
        priced = asked_days(connection, first, last)
    guess = Estimate(days=(last - first).days + 1, requests={"history": 0, "everef": 0, "esi": 0})
    work = 0
    for chunk in chunks(first, last, source):
        guess.requests["history"] += 1  # totals
        guess.requests["everef"] += 1
        for day in chunk:
            loaded = min(here.get(day, 0), totals.get(day, 0))
            guess.days_unknown += day not in totals
            guess.killmails += totals.get(day, 0)
            guess.here += loaded
            wanted = _add_day(guess, totals.get(day, 0), loaded, source, mode)
            if day not in priced and (wanted or source != "auto"):
                guess.requests["everef"] += 1
                guess.bytes += _PRICES_BYTES
            work += wanted
        guess.seconds += round(_SECONDS_PER_CHUNK)
    guess.seconds += round(work / _KILLS_PER_SECOND + guess.requests["esi"] / _ESI_PER_SECOND)
    return guess


def _add_day(guess: Estimate, named: int, loaded: int, source: str, mode: str) -> int:
    """Add the requests and bytes of one day; returns the killmails that are to be loaded."""
    guess.requests["history"] += 1  # the list
    guess.bytes += named * _LIST_BYTES_PER_KILL
    wanted = named if mode == "reload" else max(0, named - loaded)
    if source == "esi" or (source == "auto" and 0 < wanted <= FEW):
        guess.requests["esi"] += wanted
        guess.bytes += wanted * _ESI_BYTES_PER_KILL
    elif source == "history":
        guess.requests["history"] += 1
        guess.bytes += named * _RAW_BYTES_PER_KILL
    elif source == "everef" or wanted:
        guess.requests["everef"] += 2  # which version there is, and the file
        guess.bytes += named * _BYTES_PER_KILL
    return wanted


def totals_of(runtime: Runtime) -> dict[date, int]:
    """How many killmails each day has by the fuller of the upstreams' totals."""
    with closing(DaySources(runtime)) as sources:
        return sources.totals()


def backfill(
    runtime: Runtime, first: date, last: date, source: str, mode: str, progress: Progress | None = None
) -> DaysReport:
    """Load a range of days, chunk after chunk, and add up the reports."""
    check_backfill(first, last, source, mode)
    return load_chunks(runtime, list(chunks(first, last, source)), source, mode, progress)


def load_scattered(runtime: Runtime, days: Sequence[date], progress: Progress | None = None) -> DaysReport:
    """The same with days that need not follow each other, from the cheapest source."""
    some = [days[at : at + CHUNK_DAYS] for at in range(0, len(days), CHUNK_DAYS)]
    return load_chunks(runtime, some, progress=progress)


def load_chunks(
    runtime: Runtime,
    chunks: Sequence[Sequence[date]],
    source: str = "auto",
    mode: str = "missing",
    progress: Progress | None = None,
) -> DaysReport:
    """Load chunks of days, each as one batch; one that fails does not stop the others, and its days say why."""
    total, all_days = DaysReport(), sum(map(len, chunks))
    for chunk in chunks:
        done = len(total.days)

        def advance(some: int, _left: int, done: int = done) -> None:
            if progress is not None:
                progress(done + some, all_days - done - some)

        try:
            total.add(load_days(runtime, chunk, source=source, mode=mode, progress=advance))
        except KillmartError as error:
            log.error("%s to %s: %s", chunk[0], chunk[-1], error)
            total.add(DaysReport(days=[DayResult(day, source, failure=f"{day}: {error}") for day in chunk]))
    return total


def repair_late_days(runtime: Runtime, today: date) -> DaysReport:
    """Load again the days whose totals have grown or that miss killmails; known differences are left alone."""
    totals = totals_of(runtime)
    with runtime.engine.connect() as connection:
        due = days_to_compare(connection, today, RECENT_DAYS, RECENT_DAYS)
    differing = sorted(
        row.day
        for row in due
        if row.missing or totals.get(row.day, 0) > row.present + KNOWN_DIFFERENCES.get(row.day, 0)
    )
    log.info("%d days compared, %d differ: %s", len(due), len(differing), ", ".join(map(str, differing)) or "none")
    return load_scattered(runtime, differing)


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
    figures += [Gauge("missing_of_day", day, count) for day, count in sorted(incomplete.items())[:MOST_INCOMPLETE]]
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
