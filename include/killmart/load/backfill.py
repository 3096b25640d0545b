"""Backfill: a long range of days in chunks, what it will cost and what it came to, both kept for the run's page."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any

from killmart.day_sources import DaySources
from killmart.db.coverage import covered_days, days_to_compare
from killmart.db.metrics import record_figures
from killmart.db.prices import asked_days
from killmart.load.course import USUAL_KILLS, Course
from killmart.load.day_plan import FEW, KNOWN_DIFFERENCES, check_choice, check_range
from killmart.load.day_report import DaysReport
from killmart.load.days import Dates, load_stretch
from killmart.model.day_range import Days
from killmart.model.metrics import Gauge
from killmart.runtime import Runtime
from killmart.timing import Progress

log = logging.getLogger(__name__)

CHUNK_DAYS = 20
"""Days of one batch at most: some 220,000 killmails, whose ids and hashes a job has in memory."""
LEAST_DAYS = 2
"""Days of a chunk that is cut off so that another job has something to do: fewer are not worth a gate of their own."""
STRETCH_KILLS = 2 * 10**6
"""Killmails that are promoted together: their candidate tables take some 8 GB meanwhile."""
MOST_STRETCHES = 1000
"""Airflow maps a task 1,024 times at most."""
RECENT_DAYS = 30
"""Days whose totals are compared every day; older ones take turns, so that each comes once in as many days."""
MOST_INCOMPLETE = 100
"""So many days that are not complete are listed one by one."""
KILLS_PER_SECOND = 1500
"""Assumed for all of history; two jobs on two cores brought 2,350 of a week to core (docs/performance.md)."""
DISK_BYTES_PER_KILL = 6500
"""Core and mart, with their indexes."""
CANDIDATE_BYTES_PER_KILL = 4200
"""Until a stretch is promoted."""
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
    disk_bytes: int = 0
    """That the warehouse grows by, with what it needs meanwhile."""


def stretches(days: Dates, totals: Mapping[date, int], source: str = "auto", at_once: int = 1) -> list[Dates]:
    """Days in stretches of about as many killmails each, by the upstreams' totals; what a stretch brings is promoted
    together.

    No stretch has many more than STRETCH_KILLS. Days that are several chunks are `at_once` stretches at least, so that
    so many workers have something to do. A day from ESI alone takes two hours, so it is a stretch of its own.
    """
    if source == "esi":
        return _slices(days, min(len(days), MOST_STRETCHES))
    kills = [totals.get(day) or USUAL_KILLS for day in days]
    count = max(math.ceil(sum(kills) / STRETCH_KILLS), min(at_once, math.ceil(len(days) / CHUNK_DAYS)))
    before = accumulate(kills, initial=0)
    numbered = zip((start * count // sum(kills) for start in before), days, strict=False)
    return [[day for _, day in some] for _, some in groupby(numbered, itemgetter(0))]


def chunks(days: Dates, jobs: int = 1) -> list[Dates]:
    """Days in chunks that are one batch each: CHUNK_DAYS at most, and as many chunks as keep `jobs` workers busy.

    Where days suffice, each worker has two at least: the first are judged while the second are built.
    """
    count = math.ceil(len(days) / CHUNK_DAYS)
    turns = min(2, len(days) // (jobs * LEAST_DAYS))
    if jobs > 1 and turns:
        count = math.ceil(max(count, turns * jobs) / jobs) * jobs
    return _slices(days, count)


def _slices(days: Dates, count: int) -> list[Dates]:
    """Days in so many parts of about as many days each."""
    return [days[len(days) * at // count : len(days) * (at + 1) // count] for at in range(count)]


def days_between(first: date, last: date) -> Dates:
    """The days from `first` to `last`, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def check_backfill(first: date, last: date, source: str, mode: str) -> None:
    """Refuse what cannot be done, in one sentence. Raises ConfigurationError."""
    check_choice(source, mode)
    check_range(first, last, datetime.now(UTC).date())


def estimate(
    runtime: Runtime, first: date, last: date, source: str, mode: str, totals: Mapping[date, int] | None = None
) -> Estimate:
    """What the backfill of a range will cost, from the upstreams' totals and what core has (a dry run).

    `totals` are the upstreams' where somebody has just asked for them.
    """
    check_backfill(first, last, source, mode)
    totals = totals_of(runtime) if totals is None else totals
    with runtime.engine.connect() as connection:
        here = {row["day"]: row["loaded"] for row in covered_days(connection, Days(first, last))}
        priced = asked_days(connection, first, last)
    days = days_between(first, last)
    guess = Estimate(days=len(days), requests={"history": 1, "everef": 1, "esi": 0})  # the totals
    work = 0
    for day in days:
        loaded = min(here.get(day, 0), totals.get(day, 0))
        guess.days_unknown += day not in totals
        guess.killmails += totals.get(day, 0)
        guess.here += loaded
        wanted = _add_day(guess, totals.get(day, 0), loaded, source, mode)
        if day not in priced and (wanted or source != "auto"):
            guess.requests["everef"] += 1
            guess.bytes += _PRICES_BYTES
        work += wanted
    guess.disk_bytes = work * DISK_BYTES_PER_KILL + min(work, STRETCH_KILLS) * CANDIDATE_BYTES_PER_KILL
    guess.seconds = round(
        _SECONDS_PER_CHUNK * len(chunks(days)) + work / KILLS_PER_SECOND + guess.requests["esi"] / _ESI_PER_SECOND
    )
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


def totals_of(runtime: Runtime) -> Mapping[date, int]:
    """How many killmails each day has by the fuller of the upstreams' totals."""
    with closing(DaySources(runtime)) as sources:
        return sources.totals()


def backfill(
    runtime: Runtime,
    first: date,
    last: date,
    source: str,
    mode: str,
    jobs: int = 1,
    progress: Progress | None = None,
) -> DaysReport:
    """Load a range of days, `jobs` chunks of it at once, and add up the reports."""
    check_backfill(first, last, source, mode)
    return _load(runtime, days_between(first, last), totals_of(runtime), source, mode, jobs, progress)


def load_scattered(runtime: Runtime, days: Dates, progress: Progress | None = None) -> DaysReport:
    """The same with days that need not follow each other, from the cheapest source."""
    return _load(runtime, days, totals_of(runtime), progress=progress) if days else DaysReport()


def _load(
    runtime: Runtime,
    days: Dates,
    totals: Mapping[date, int],
    source: str = "auto",
    mode: str = "missing",
    jobs: int = 1,
    progress: Progress | None = None,
) -> DaysReport:
    """Load days, stretch after stretch."""
    report, course = DaysReport(), Course(runtime, days, totals, progress)
    for stretch in stretches(days, totals, source):
        parts = chunks(stretch, jobs)
        report.add(load_stretch(runtime, parts, source=source, mode=mode, jobs=jobs, totals=totals, course=course))
    return report


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
    return _load(runtime, differing, totals) if differing else DaysReport()


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
        Gauge("disk_bytes", None, guess.disk_bytes),
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

    `plan`, `progress` and `sums` are None where no task has come that far. `plan`: `days`, `range`, `requests` by
    service, and the other figures by name. `progress`: `days_read`, `days_done`, `killmails_read`, `rate` in killmails
    a second and `seconds_left`, both None where nothing was read. `sums`: counts by name for each source (`sources`)
    and in `total`, `incomplete_days`, and `incomplete`, killmails that are missing by day.
    """
    plan: dict[str, Any] = {"requests": {}}
    sources: dict[str, dict[str, float]] = {}
    total: dict[str, float] = {}
    sums: dict[str, Any] = {"sources": sources, "total": total, "incomplete": {}}
    progress: Counter[str] = Counter()
    times: dict[str, datetime] = {}
    for row in rows:
        metric, label, value = row["metric"], row["label"], row["value"]
        times[row["stage"]] = max(row["at"], times.get(row["stage"], row["at"]))
        if row["stage"] == "plan":
            if metric == "requests":
                plan["requests"][label] = value
            else:
                plan[metric] = value
                if metric == "days":
                    plan["range"] = label
        elif row["stage"] == "progress":
            progress[metric] += value
        elif metric == "missing_of_day":
            sums["incomplete"][label] = value
        elif label is None:
            sums[metric] = value
        else:
            sources.setdefault(label, {})[metric] = value
            total[metric] = total.get(metric, 0) + value
    return {
        "plan": plan if "days" in plan else None,
        "progress": _on_its_way(plan, progress, times) if "days" in plan and progress else None,
        "sums": sums if "incomplete_days" in sums else None,
    }


def _on_its_way(plan: dict[str, Any], progress: Mapping[str, float], times: Mapping[str, datetime]) -> dict[str, Any]:
    """How far a backfill is, how fast it was on the whole so far, and how long it takes at that rate."""
    read = progress["killmails_read"]
    rate = read / max((times["progress"] - times["plan"]).total_seconds(), 1.0) or None
    left = max(0.0, plan["killmails"] - plan["killmails_here"] - read)
    return {**progress, "rate": rate, "seconds_left": None if rate is None else left / rate}
