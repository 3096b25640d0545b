"""Backfill: a long range of days in chunks, what it will cost, and what it came to."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from killmart.db.coverage import covered_days, days_to_compare
from killmart.db.prices import asked_days
from killmart.errors import KillmartError
from killmart.load.day_plan import FEW, check_choice, check_range
from killmart.load.day_report import DayResult, DaysReport
from killmart.load.day_sources import DaySources
from killmart.load.days import Progress, load_days
from killmart.load.known_differences import KNOWN_DIFFERENCES
from killmart.model.day_range import Days
from killmart.runtime import Runtime

log = logging.getLogger(__name__)

CHUNK_DAYS = 20
"""Days of one batch: 100 s of work, of which the start of a task and the import of Great Expectations are a tenth."""
MOST_CHUNKS = 1000
"""Airflow maps a task 1,024 times at most."""
RECENT_DAYS = 30
"""Days whose totals are compared every day; older ones take turns, so that each comes once in as many days."""
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
    sources = DaySources(runtime)
    try:
        return sources.totals()
    finally:
        sources.close()


def backfill(
    runtime: Runtime, first: date, last: date, source: str, mode: str, progress: Progress | None = None
) -> DaysReport:
    """Load a range of days, chunk after chunk, and add up the reports; a chunk that fails does not stop the others."""
    check_backfill(first, last, source, mode)
    total = DaysReport()
    all_days = (last - first).days + 1
    for chunk in chunks(first, last, source):
        done = len(total.days)

        def advance(some: int, _left: int, done: int = done) -> None:
            if progress is not None:
                progress(done + some, all_days - done - some)

        try:
            report = load_days(runtime, chunk, source=source, mode=mode, progress=advance)
        except KillmartError as error:
            log.error("%s to %s: %s", chunk[0], chunk[-1], error)
            report = DaysReport(days=[DayResult(day, source, failure=f"{day}: {error}") for day in chunk])
        total.add(report)
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
    report = DaysReport()
    for at in range(0, len(differing), CHUNK_DAYS):
        report.add(load_days(runtime, differing[at : at + CHUNK_DAYS]))
    return report
