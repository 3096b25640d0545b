"""Marts: brings what charts read up to date with core, one touched UTC day a transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from killmart.db import marts
from killmart.db.locks import exclusive
from killmart.db.metrics import record_metrics
from killmart.runtime import Runtime
from killmart.transform.battles import LEAST_KILLS, find_battles, spans_around

log = logging.getLogger(__name__)

_LOCK = "marts"
_ROUND = 20  # days; then the newest are looked up again, so that today does not wait for the end of a rebuild


@dataclass
class MartsReport:
    """What a refresh did, in UTC days (one that was touched again meanwhile counts twice), killmails and battles."""

    days: int = 0
    killmails: int = 0
    battles: int = 0


def refresh_marts(
    runtime: Runtime, *, rebuild: bool = False, progress: Callable[[int, int], None] | None = None
) -> MartsReport:
    """Refresh the touched days, the newest first, until none is left; with `rebuild`, empty all and do every day.

    Each day is one transaction: readers see it before or after, and what was done stays where a later day fails. One
    refresh at a time; a second one waits for the first, and then finds little to do. Safe to run again, whenever.
    `progress` is called with the days done and those still to do.
    """
    report = MartsReport()
    started = time.monotonic()
    with exclusive(runtime.engine, _LOCK, wait=True):
        if rebuild:
            with runtime.engine.begin() as connection:
                marts.empty_and_touch_all(connection)
            log.info("the mart is empty now, and every day that core has will be summed up")
        while days := _touched(runtime.engine):
            for place, day in enumerate(days[:_ROUND]):
                _refresh(runtime.engine, day, len(days) - place - 1, report)
                if progress is not None:
                    progress(report.days, len(days) - place - 1)
    seconds = time.monotonic() - started
    log.info("%d days of the mart refreshed (%d killmails) in %.1f s", report.days, report.killmails, seconds)
    values = {"days": report.days, "killmails": report.killmails, "battles": report.battles, "seconds": seconds}
    with runtime.engine.begin() as connection:
        record_metrics(connection, "marts", values, dag_id=runtime.dag_id, run_id=runtime.run_id)
    return report


def _touched(engine: Engine) -> list[date]:
    with engine.connect() as connection:
        return marts.touched_days(connection)


def _refresh(engine: Engine, day: date, left: int, report: MartsReport) -> None:
    started = time.monotonic()
    battles = 0
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        kills = marts.refresh_day(connection, day)
        for begins, ends in spans_around(day):
            found = find_battles(marts.fights_between(connection, begins, ends, LEAST_KILLS))
            marts.replace_battles(connection, begins, ends, found)
            battles += sum(1 for battle in found if battle.started_at.date() == day)
    report.days += 1
    report.killmails += kills
    report.battles += battles
    log.info(
        "%s: %d killmails and %d battles summed up in %.1f s, %d days to go",
        day,
        kills,
        battles,
        time.monotonic() - started,
        left,
    )
