"""Marts: finds battles, and sums up days that are over; one touched UTC day a transaction."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from killmart.db import marts
from killmart.db.locks import exclusive
from killmart.db.marts import Span, TouchedDay
from killmart.errors import KillmartError
from killmart.runtime import Runtime
from killmart.timing import Progress, Stopwatch
from killmart.transform.battles import GAP, LEAST_KILLS, find_battles, spans_around

log = logging.getLogger(__name__)

_LOCK = "marts"
_ROUND = 20  # days; then the newest are looked up again, so that today does not wait for the end of a rebuild


@dataclass
class MartsReport:
    """What a refresh did, in UTC days (one that was touched again meanwhile counts twice), killmails and battles."""

    days: int = 0
    killmails: int = 0
    battles: int = 0


def refresh_marts(runtime: Runtime, *, rebuild: bool = False, progress: Progress | None = None) -> MartsReport:
    """Refresh the touched days, the newest first, until none is left; with `rebuild`, empty all and do every day.

    The newest day of core gets its battles alone: until it is over, its sums are read from core. Each day is one
    transaction: readers see it before or after. A day that PostgreSQL refuses stays touched, keeps no other waiting,
    and is a KillmartError after them. One refresh at a time; a second one waits for the first, and then finds little
    to do. Safe to run again, whenever. `progress` is called with days done and days still to do.
    """
    report = MartsReport()
    refused: dict[date, str] = {}
    watch = Stopwatch()
    with exclusive(runtime.engine, _LOCK, wait=True):
        if rebuild:
            with runtime.engine.begin() as connection:
                marts.empty_and_touch_all(connection)
            log.info("the mart is empty now, and every day that core has will be summed up")
        while days := [touched for touched in _touched(runtime.engine) if touched.day not in refused]:
            for place, touched in enumerate(days[:_ROUND]):
                _try(runtime.engine, touched, len(days) - place - 1, report, refused)
                if progress is not None:
                    progress(report.days, len(days) - place - 1)
    log.info("%d days of the mart refreshed (%d killmails) in %.1f s", report.days, report.killmails, watch.seconds)
    values = {"days": report.days, "killmails": report.killmails, "battles": report.battles}
    with runtime.engine.begin() as connection:
        runtime.record(connection, "marts", values, watch)
    if refused:
        told = "; ".join(f"{day}: {why}" for day, why in sorted(refused.items()))
        raise KillmartError(
            f"The mart could not be refreshed for {len(refused)} of the days ({told}). They keep the sums that they "
            "had and stay touched, so the next run tries them again; all other touched days are up to date."
        )
    return report


def _touched(engine: Engine) -> list[TouchedDay]:
    with engine.connect() as connection:
        return marts.touched_days(connection)


def _try(engine: Engine, touched: TouchedDay, left: int, report: MartsReport, refused: dict[date, str]) -> None:
    try:
        _refresh(engine, touched, left, report)
    except (IntegrityError, DataError, ProgrammingError) as error:  # this day's; a database that is away ends the run
        refused[touched.day] = str(error.orig).strip().partition("\n")[0]
        log.exception("%s could not be refreshed; it stays touched", touched.day)


def _refresh(engine: Engine, touched: TouchedDay, left: int, report: MartsReport) -> None:
    watch = Stopwatch()
    day, is_over = touched
    battles = 0
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        changes = marts.refresh_day(connection, day, is_over=is_over)
        kills = marts.count_kills(connection, day)
        for begins, ends in spans_around(day):
            if changes is not None and changes.are_in(begins, ends):
                battles += _find_battles(connection, day, Span(begins, ends, changes))
    report.days += 1
    report.killmails += kills
    report.battles += battles
    log.info(
        "%s: %d killmails%s, %d battles found, in %.1f s, %d days to go",
        day,
        kills,
        " summed up" if is_over else "",
        battles,
        watch.seconds,
        left,
    )


def _find_battles(connection: Connection, day: date, span: Span) -> int:
    """Find the battles of a span again; returns how many of them began on the day."""
    found = find_battles(marts.fights_between(connection, span, LEAST_KILLS, GAP))
    marts.replace_battles(connection, span, found)
    return sum(1 for battle in found if battle.started_at.date() == day)
