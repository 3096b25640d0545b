"""Reads and writes how complete each UTC day is: quality.day_coverage, and what core has of a day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from killmart.db.sql import sql


@dataclass(frozen=True)
class Coverage:
    """How complete one UTC day is, in killmails; `missing` are ids that are neither in core nor in quarantine."""

    day: date
    expected: int
    loaded: int
    quarantined: int
    missing: list[int] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether every expected killmail is in core or, with its reason, in quarantine."""
        return not self.missing


def kills_of_day(connection: Connection, day: date) -> dict[int, str]:
    """The hashes by id of what core has of a UTC day."""
    return _hashes(connection.execute(sql("core/select_day_kills"), {"day": day}))


def known_kills(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """The hashes by id of those of `ids` that core has, whatever their day."""
    return _hashes(connection.execute(sql("core/find_known_kills"), {"kill_ids": list(ids)}))


def _hashes(rows: Any) -> dict[int, str]:
    return {row.killmail_id: row.killmail_hash for row in rows}


def record_coverage(
    connection: Connection, day: date, expected_ids: Collection[int], sources: Sequence[str]
) -> Coverage:
    """Compare a day with what the sources name, keep and return the result."""
    parameters = {"day": day, "expected_ids": list(expected_ids), "sources": list(sources)}
    row = connection.execute(sql("quality/upsert_day_coverage"), parameters).one()
    return Coverage(day, row.expected, row.loaded, row.quarantined, list(row.missing))


def coverage_between(connection: Connection, first: date, last: date) -> list[Any]:
    """The rows of quality.day_coverage from `first` to `last`, both included."""
    return list(connection.execute(sql("quality/select_day_coverage"), {"first": first, "last": last}))


def days_to_compare(connection: Connection, today: date, recent: int, cycle: int) -> dict[date, int]:
    """Days that were loaded before and whose totals are due to be compared: what was expected of each."""
    parameters = {"today": today, "recent": recent, "cycle": cycle}
    rows = connection.execute(sql("quality/select_days_to_compare"), parameters)
    return {row.day: row.expected for row in rows}
