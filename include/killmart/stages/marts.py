"""Marts: brings what charts read up to date with core, one touched UTC day a transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from killmart.db import marts
from killmart.db.locks import exclusive
from killmart.db.metrics import record_metrics
from killmart.errors import KillmartError
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

    Each day is one transaction: readers see it before or after. A day that PostgreSQL refuses stays touched, keeps no
    other waiting, and is a KillmartError after them. One refresh at a time; a second one waits for the first,
    and then finds little to do. Safe to run again, whenever. `progress` is called with days done and days still to do.
    """
    report = MartsReport()
    refused: dict[date, str] = {}
    started = time.monotonic()
    with exclusive(runtime.engine, _LOCK, wait=True):
        if rebuild:
            with runtime.engine.begin() as connection:
                marts.empty_and_touch_all(connection)
            log.info("the mart is empty now, and every day that core has will be summed up")
        while days := [day for day in _touched(runtime.engine) if day not in refused]:
            for place, day in enumerate(days[:_ROUND]):
                _try(runtime.engine, day, len(days) - place - 1, report, refused)
                if progress is not None:
                    progress(report.days, len(days) - place - 1)
    seconds = time.monotonic() - started
    log.info("%d days of the mart refreshed (%d killmails) in %.1f s", report.days, report.killmails, seconds)
    values = {"days": report.days, "killmails": report.killmails, "battles": report.battles, "seconds": seconds}
    with runtime.engine.begin() as connection:
        record_metrics(connection, "marts", values, dag_id=runtime.dag_id, run_id=runtime.run_id)
    if refused:
        told = "; ".join(f"{day}: {why}" for day, why in sorted(refused.items()))
        raise KillmartError(
            f"The mart could not be refreshed for {len(refused)} of the days ({told}). They keep the sums that they "
            "had and stay touched, so the next run tries them again; all other touched days are up to date."
        )
    return report


def _touched(engine: Engine) -> list[date]:
    with engine.connect() as connection:
        return marts.touched_days(connection)


def _try(engine: Engine, day: date, left: int, report: MartsReport, refused: dict[date, str]) -> None:
    try:
        _refresh(engine, day, left, report)
    except (IntegrityError, DataError, ProgrammingError) as error:  # this day's; a database that is away ends the run
        refused[day] = str(error.orig).strip().partition("\n")[0]
        log.exception("%s could not be refreshed; it stays touched", day)


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
