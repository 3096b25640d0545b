"""Junctions: compares some of them with what they are derived from, once a day; the monitor reports a difference."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta

from sqlalchemy import Engine

from killmart.db import junctions
from killmart.db.ranges import snapshot
from killmart.runtime import Runtime

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
RANGES = 4
KILLS = 250
"""Killmails of one range."""
MOST_KNOWN = 100
"""Killmails that differed the last time and are looked at again."""


def check_junctions(runtime: Runtime, now: datetime) -> None:
    """Compare ranges of killmails at random, and those that differed the last time; nothing where it was done today.

    The result goes to quality.junction_checks, which the rule `junction_differences` reads. Changes nothing else.
    """
    with runtime.engine.connect() as connection:
        latest = junctions.latest_check(connection)
        if latest is not None and now - latest.checked_at < EVERY:
            return
        known = list(latest.differing) if latest is not None else []
        places = [
            junctions.sample_range(connection, random.random(), KILLS, is_by_days=number % 2 == 0)
            for number in range(RANGES)  # by time as well: not every day is known
        ]
    found = set(known[MOST_KNOWN:])  # looked at again when those before them are mended
    kills = len(found)
    again = [(one, one, 1) for one in known[:MOST_KNOWN]]
    for lowest, highest, looked_at in [*again, *(place for place in places if place.kills)]:
        found |= _differing(runtime.engine, lowest, highest)
        kills += looked_at
    if kills:
        with runtime.engine.begin() as connection:
            junctions.record_check(connection, now, kills, found)
    if found:
        log.error("who was on these killmails is not what core says of them: %s", sorted(found))


def _differing(engine: Engine, lowest: int, highest: int) -> set[int]:
    with snapshot(engine) as connection:
        return junctions.differing(connection, lowest, highest)
