"""Sums: compares those that mart keeps of a day with core, once a day; the monitor reports a difference."""

from __future__ import annotations

import logging
import random
from datetime import datetime

from killmart.db import junctions, marts
from killmart.runtime import Runtime
from killmart.watch.junctions import EVERY

log = logging.getLogger(__name__)


def check_sums(runtime: Runtime, now: datetime) -> None:
    """Compare a day at random, or the one that differed the last time; nothing where it was done today.

    A day that is touched is not looked at: it is read from core, or will be summed up again. The result goes to
    quality.mart_checks, which the rule `mart_differences` reads. Changes nothing else.
    """
    with (
        runtime.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
        connection.begin(),
    ):
        latest = marts.latest_check(connection)
        if latest is not None and now - latest.checked_at < EVERY:
            return
        if latest is not None and latest.differing:
            day = latest.day if latest.day not in {one.day for one in marts.touched_days(connection)} else None
        else:
            place = junctions.sample_range(connection, random.random(), 1, is_by_days=True)
            day = marts.settled_day(connection, place.lowest) if place.kills else None
        if day is None:
            return
        differing = marts.differing_sums(connection, day)
        marts.record_check(connection, now, day, differing)
    if differing:
        log.error("the sums of %s are not what core says of it: %s", day, ", ".join(differing))
