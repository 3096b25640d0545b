"""Reads and writes how complete each UTC day is: quality.day_coverage, and what core has of a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from killmart.db.reading import Row, find, select
from killmart.db.sql import batch_sql, sql
from killmart.model.day_range import Days


@dataclass(frozen=True)
class DayCoverage:
    """How complete one UTC day is, in killmails; `missing` are ids that are neither in core nor in quarantine."""

    day: date
    expected: int
    loaded: int
    quarantined: int
    missing: list[int] = field(default_factory=list)


def kills_of_day(connection: Connection, day: date) -> dict[int, str]:
    """The hashes by id of what core has of a UTC day."""
    return _hashes(connection.execute(sql("core/select_day_kills"), {"day": day}))


def known_kills(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """The hashes by id of those of `ids` that core has, whatever their day."""
    return _hashes(connection.execute(sql("core/find_known_kills"), {"kill_ids": list(ids)})) if ids else {}


def discarded_kills(connection: Connection, ids: Collection[int]) -> set[tuple[int, str | None]]:
    """Those of `ids` that a person has discarded for good, each with the hash that it had (None: nobody knew it)."""
    if not ids:
        return set()
    rows = connection.execute(sql("quality/select_discarded_kills"), {"ids": list(ids)})
    return {(row.killmail_id, row.killmail_hash) for row in rows}


def _hashes(rows: Any) -> dict[int, str]:
    return {row.killmail_id: row.killmail_hash for row in rows}


def candidates_among(connection: Connection, batch_id: int, ids: Sequence[int]) -> set[int]:
    """Those of `ids` that an open batch holds already."""
    rows = connection.execute(batch_sql("candidate/find_kills", batch_id), {"kill_ids": list(ids)})
    return {row.killmail_id for row in rows}


def quarantine_nameless(
    connection: Connection, batch_id: int, bodies: Iterable[bytes], *, reason: str, detail: str, feed: str
) -> int:
    """Put bodies that name no killmail into quarantine; returns how many were not there yet."""
    row = {"batch_id": batch_id, "reason": reason, "detail": detail, "feed": feed}
    statement = sql("quality/insert_nameless_body")
    return sum(connection.execute(statement, row | {"body": body}).rowcount for body in bodies)


def quarantined_in_batch(connection: Connection, batch_id: int) -> dict[int, str]:
    """What a batch sent to quarantine and what is still there: killmail and reason."""
    rows = connection.execute(sql("quality/select_batch_quarantine"), {"batch_id": batch_id})
    return {row.killmail_id: f"{row.reason}: {row.detail}" for row in rows if row.killmail_id is not None}


def record_coverage(
    connection: Connection, day: date, expected_ids: Collection[int], sources: Sequence[str]
) -> DayCoverage:
    """Compare a day with what the sources name, keep and return the result."""
    parameters = {"day": day, "expected_ids": list(expected_ids), "sources": list(sources)}
    row = connection.execute(sql("quality/upsert_day_coverage"), parameters).one()
    return DayCoverage(day, row.expected, row.loaded, row.quarantined, list(row.missing))


def coverage_between(connection: Connection, first: date, last: date) -> list[Any]:
    """How complete the days from `first` to `last` are, both included, with `missing_ids` and `refused_ids`."""
    return list(connection.execute(sql("quality/select_day_coverage"), {"first": first, "last": last}))


def days_to_compare(connection: Connection, today: date, recent: int, cycle: int) -> list[Any]:
    """Days whose totals are due to be compared: `day`, killmails `present` in core or quarantine, and `missing`.

    Days of a batch that is blocked are not due: a person has to decide on it first.
    """
    parameters = {"today": today, "recent": recent, "cycle": cycle}
    return list(connection.execute(sql("quality/select_days_to_compare"), parameters))


def covered_days(connection: Connection, days: Days) -> list[Row]:
    """How complete some days are."""
    return select(connection, "quality/select_coverage", **asdict(days))


def covered_day(connection: Connection, of: date, limit: int, after: int = 0) -> Row | None:
    """One day's coverage with up to `limit` missing ids above `after`, or None where it was never checked."""
    return find(connection, "quality/find_coverage", day=of, after=after, limit=limit)
