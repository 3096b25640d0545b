"""Marts: sums up days that are over, and finds battles; two transactions for each touched UTC day."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from threading import Lock

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from killmart.db import marts
from killmart.db.locks import exclusive
from killmart.db.marts import Changes, Span, TouchedDay
from killmart.db.ranges import snapshot
from killmart.errors import KillmartError
from killmart.model.battle import Battle
from killmart.runtime import Runtime
from killmart.timing import Progress, Stopwatch
from killmart.transform.battles import GAP, LEAST_KILLS, find_battles, spans_around

log = logging.getLogger(__name__)

_LOCK = "marts"
_AT_ONCE = 2
"""Days at work: while one is summed up, which PostgreSQL does alone, battles of another are found here."""
_ROUND = 20  # days; then the newest are looked up again, so that today does not wait for the end of a rebuild


@dataclass
class MartsReport:
    """What a refresh did, in UTC days (one that was touched again meanwhile counts twice), killmails and battles."""

    days: int = 0
    killmails: int = 0
    battles: int = 0

    def add(self, other: MartsReport) -> None:
        """Count what another one has done, too."""
        self.days += other.days
        self.killmails += other.killmails
        self.battles += other.battles


def refresh_marts(runtime: Runtime, *, rebuild: bool = False, progress: Progress | None = None) -> MartsReport:
    """Refresh the touched days, the newest first, until none is left; with `rebuild`, empty all and do every day.

    The newest day of core gets its battles alone: until it is over, its sums are read from core. The sums of a day are
    one transaction, its battles another: readers see each before or after. A day that PostgreSQL refuses stays touched,
    keeps no other waiting, and is a KillmartError after them. One refresh at a time; a second one waits for the first,
    and then finds little to do. Safe to run again, whenever. `progress` is called with days done and still to do.
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
            for done, (day, refreshed) in enumerate(_refreshed(runtime.engine, days[:_ROUND]), 1):
                if isinstance(refreshed, str):
                    refused[day] = refreshed
                else:
                    report.add(refreshed)
                if progress is not None:
                    progress(report.days, len(days) - done)
    log.info("%d days of the mart refreshed (%d killmails) in %.1f s", report.days, report.killmails, watch.seconds)
    values = {"days": report.days, "killmails": report.killmails, "battles": report.battles}
    with runtime.engine.begin() as connection:
        runtime.record(connection, "marts", values, watch)
    if refused:
        told = "; ".join(f"{day}: {why}" for day, why in sorted(refused.items()))
        raise KillmartError(
            f"The mart could not be refreshed for {len(refused)} of the days ({told}). They stay touched, so the next "
            "run tries them again; all other touched days are up to date."
        )
    return report


def _touched(engine: Engine) -> list[TouchedDay]:
    with engine.connect() as connection:
        return marts.touched_days(connection)


def _refreshed(engine: Engine, days: Sequence[TouchedDay]) -> Iterator[tuple[date, MartsReport | str]]:
    """Refresh days, some at once; yields each with what was done, or why PostgreSQL refused it."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="marts") as pool:
        yield from pool.map(partial(_try, engine, Lock()), days)


def _try(engine: Engine, finding: Lock, touched: TouchedDay) -> tuple[date, MartsReport | str]:
    try:
        return touched.day, _refresh(engine, finding, touched)
    except (IntegrityError, DataError, ProgrammingError) as error:  # this day's; a database that is away ends the run
        log.exception("%s could not be refreshed; it stays touched", touched.day)
        return touched.day, str(error.orig).strip().partition("\n")[0]


def _refresh(engine: Engine, finding: Lock, touched: TouchedDay) -> MartsReport:
    """Sum up a day that is over, then find its battles; `finding` is held meanwhile, since neighbours share some."""
    watch = Stopwatch()
    day, is_over = touched
    battles = 0
    with snapshot(engine) as connection:
        touches = marts.sum_up(connection, day, is_over=is_over)
        kills = marts.count_kills(connection, day)
    with finding, snapshot(engine) as connection:
        for begins, ends in spans_around(day):
            if touches.changes is not None and touches.changes.are_in(begins, ends):
                battles += _find_battles(connection, day, Span(begins, ends, touches.changes))
        marts.take_up(connection, touches, is_over=is_over)
    log.info(
        "%s: %d killmails%s, %d battles found, in %.1f s",
        day,
        kills,
        " summed up" if is_over else "",
        battles,
        watch.seconds,
    )
    return MartsReport(1, kills, battles)


def battles_of_day(connection: Connection, day: date) -> list[Battle]:
    """The battles that core's killmails make and that began on a UTC day; wants a transaction of one snapshot."""
    anywhere = Changes(None, None)
    spans = [Span(begins, ends, anywhere) for begins, ends in spans_around(day)]
    return [battle for span in spans for battle in _battles_of(connection, span) if battle.started_at.date() == day]


def _find_battles(connection: Connection, day: date, span: Span) -> int:
    """Find the battles of a span again; returns how many of them began on the day."""
    found = _battles_of(connection, span)
    marts.replace_battles(connection, span, found)
    return sum(1 for battle in found if battle.started_at.date() == day)


def _battles_of(connection: Connection, span: Span) -> list[Battle]:
    return find_battles(marts.fights_between(connection, span, LEAST_KILLS, GAP))
