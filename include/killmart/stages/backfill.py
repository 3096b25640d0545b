"""Backfill: a long range of days in chunks, what it will cost, and what it came to."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from killmart.db.coverage import coverage_between, days_to_compare
from killmart.errors import UpstreamError
from killmart.runtime import Runtime
from killmart.stages.day_plan import FEW, DaySources, check_choice, check_range
from killmart.stages.days import DaysReport, Progress, load_days

log = logging.getLogger(__name__)

CHUNK_DAYS = 10
"""Days of one batch: a task works for half a minute and more, and the fixed costs are lost in it."""
RECENT_DAYS = 30
"""Days whose totals are compared every day; older ones take turns, so that each comes once in as many days."""
_KILLS_PER_SECOND = 2500
_BYTES_PER_KILL = 200
_ESI_PER_SECOND = 2.0


@dataclass
class Estimate:
    """What a backfill will ask for: days, killmails, requests per upstream, bytes, seconds."""

    days: int
    killmails: int
    here: int
    """Of these, in core already by the last comparison."""
    requests: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    seconds: int = 0


def chunks(first: date, last: date, size: int = CHUNK_DAYS) -> Iterator[list[date]]:
    """The days from `first` to `last`, both included, in chunks."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    for at in range(0, len(days), size):
        yield days[at : at + size]


def check_backfill(first: date, last: date, source: str, mode: str) -> None:
    """Refuse what cannot be done, in one sentence. Raises ConfigurationError."""
    check_choice(source, mode)
    check_range(first, last, datetime.now(UTC).date())


def estimate(runtime: Runtime, first: date, last: date, source: str, mode: str) -> Estimate:
    """What the backfill of a range will cost, from the upstreams' totals and what core has (a dry run)."""
    check_backfill(first, last, source, mode)
    totals = compare_totals_of(DaySources(runtime))
    with runtime.engine.connect() as connection:
        here = {row.day: row.loaded for row in coverage_between(connection, first, last)}
    guess = Estimate(days=(last - first).days + 1, killmails=0, here=0)
    requests = {"history": 1, "everef": 1, "esi": 0}
    for chunk in chunks(first, last):
        for day in chunk:
            named = totals.get(day, 0)
            loaded = here.get(day, 0) if mode == "missing" else 0
            guess.killmails += named
            guess.here += min(loaded, named)
            requests["history"] += 1
            wanted = max(0, named - loaded)
            if source == "esi" or (source == "auto" and 0 < wanted <= FEW):
                requests["esi"] += wanted
            elif wanted or mode == "reload":
                upstream = "history" if source == "history" else "everef"
                requests[upstream] += 1 if upstream == "history" else 2
                guess.bytes += named * _BYTES_PER_KILL
    guess.requests = requests
    guess.seconds = round((guess.killmails - guess.here) / _KILLS_PER_SECOND + requests["esi"] / _ESI_PER_SECOND)
    return guess


def compare_totals_of(sources: DaySources) -> dict[date, int]:
    """How many killmails each day has by the fuller of the totals; of one upstream where the other is away."""
    totals: dict[date, int] = {}
    for upstream in (sources.history, sources.everef):
        try:
            for day, count in upstream.totals().items():
                totals[day] = max(count, totals.get(day, 0))
        except UpstreamError as error:
            log.warning("no totals: %s", error)
    return totals


def backfill(
    runtime: Runtime, first: date, last: date, source: str, mode: str, progress: Progress | None = None
) -> DaysReport:
    """Load a range of days, chunk after chunk; the sum of their reports."""
    check_backfill(first, last, source, mode)
    total = DaysReport()
    all_days = (last - first).days + 1
    for chunk in chunks(first, last):
        done = len(total.days)

        def advance(some: int, _left: int, done: int = done) -> None:
            if progress is not None:
                progress(done + some, all_days - done - some)

        add(total, load_days(runtime, chunk, source=source, mode=mode, progress=advance))
    return total


def add(total: DaysReport, report: DaysReport) -> None:
    """Add one chunk's report to the sum."""
    total.days += report.days
    total.inserted += report.inserted
    total.changed += report.changed
    total.unchanged += report.unchanged
    total.quarantined += report.quarantined
    total.blocked = "; ".join(filter(None, (total.blocked, report.blocked))) or None


def as_counts(report: DaysReport) -> dict[str, Any]:
    """A report for XCom and JSON: the sums, and the days that need a look."""
    return {
        "days": len(report.days),
        "inserted": report.inserted,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "known": sum(day.known for day in report.days),
        "quarantined": sum(day.quarantined for day in report.days),
        "missing": {str(day.day): day.missing for day in report.days if day.missing},
        "failures": [day.failure for day in report.days if day.failure],
        "blocked": report.blocked,
        "per_day": [
            {name: value for name, value in asdict(day).items() if name in _PER_DAY} | {"day": str(day.day)}
            for day in report.days
        ],
    }


_PER_DAY = ("source", "expected", "known", "loaded", "quarantined")


def repair_late_days(runtime: Runtime, today: date) -> DaysReport:
    """Load again the days whose totals have grown since they were compared, the known differences left alone."""
    totals = compare_totals_of(DaySources(runtime))
    with runtime.engine.connect() as connection:
        due = days_to_compare(connection, today, RECENT_DAYS, RECENT_DAYS)
    grown = sorted(
        day for day, expected in due.items() if totals.get(day, 0) > expected + KNOWN_DIFFERENCES.get(day, 0)
    )
    log.info("%d days compared, %d have grown", len(due), len(grown))
    report = DaysReport()
    for at in range(0, len(grown), CHUNK_DAYS):
        add(report, load_days(runtime, grown[at : at + CHUNK_DAYS]))
    return report


KNOWN_DIFFERENCES: dict[date, int] = {
    # zKillboard's totals are one higher than EVE Ref's for good (looked at on 2026-11-22); not to be chased
    date(2018, 6, 8): 1,
    date(2018, 6, 10): 1,
    date(2018, 9, 14): 1,
    date(2019, 12, 6): 1,
}
"""Days whose upstream totals differ for good, and by how many killmails."""
