"""Marts: compares sums and battles that mart keeps of a day with core, each day; the monitor reports a difference."""

from __future__ import annotations

import logging
import random
from datetime import date, datetime

from sqlalchemy import Connection

from killmart.db import junctions, marts
from killmart.db.ranges import snapshot
from killmart.load.marts import battles_of_day
from killmart.runtime import Runtime
from killmart.watch.junctions import EVERY

log = logging.getLogger(__name__)


def check_marts(runtime: Runtime, now: datetime) -> None:
    """Compare a day at random, or the one that differed the last time; nothing where it was done today.

    A day is not looked at while it is touched, nor while its neighbours, whose battles it may share, have some to be
    found: a later round does. The result goes to quality.mart_checks, which the rule `mart_differences` reads. Changes
    nothing else.
    """
    with snapshot(runtime.engine) as connection:
        latest = marts.latest_check(connection)
        if latest is not None and now - latest.checked_at < EVERY:
            return
        day = latest.day if latest is not None and latest.differing else _some_day(connection)
        if day is None or not marts.is_settled(connection, day):
            return
        differing = marts.differing_sums(connection, day)
        differing += marts.differing_battles(connection, day, battles_of_day(connection, day))
        marts.record_check(connection, now, day, differing)
    if differing:
        log.error("what mart keeps of %s is not what core says of it: %s", day, ", ".join(differing))


def _some_day(connection: Connection) -> date | None:
    place = junctions.sample_range(connection, random.random(), 1, is_by_days=True)
    return marts.day_of(connection, place.lowest) if place.kills else None
